"""What monitoring asks: `/healthz` (the process lives) and `/readyz` (the database and a worker are there)."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from portal.core.clock import utc_now
from portal.core.database import db
from portal.core.models import Job

operations = Blueprint("operations", __name__)

WORKER = "worker"
STALE_AFTER = timedelta(seconds=60)


def _text(body: str, status: int = 200) -> Response:
    return Response(body + "\n", status, mimetype="text/plain")


@operations.get("/healthz")
def healthz() -> Response:
    """200 while the process answers; touches nothing else."""
    return _text("ok")


@operations.get("/readyz")
def readyz() -> Response:
    """200 when the database answers and a worker was alive within the last minute, else 503 naming what is wrong."""
    try:
        seen_at = db.session.execute(select(Job.last_run_at).where(Job.name == WORKER)).scalar()
    except SQLAlchemyError:
        db.session.rollback()
        return _text("database: cannot be reached or is not set up", 503)
    if seen_at is None:
        return _text("worker: none has run yet", 503)
    if abs(utc_now() - seen_at) > STALE_AFTER:
        return _text(f"worker: last seen {seen_at:%Y-%m-%d %H:%M:%S} UTC", 503)
    return _text("ok")

"""The system page: version, database, letters waiting, background work."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from datetime import datetime
from importlib import metadata
from typing import Any

from flask import render_template
from sqlalchemy import func, literal, select

from portal.core.clock import utc_now
from portal.core.database import db
from portal.core.models import Job, Outbox
from portal.core.words import _
from portal.web.admin import admin
from portal.web.auth import current_actor

MOST_COUNTED = 1_000
JOB_NAMES = {
    "promises": _("Marking promises that were missed"),
    "clock": _("Freeing letters after the clock jumped"),
    "auto-close": _("Closing resolved tickets nobody answered"),
    "trash": _("Emptying the trash"),
    "expired": _("Deleting expired sessions and links"),
    "files": _("Deleting files no ticket has"),
}
STORES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


@dataclass(frozen=True)
class JobRow:
    """A kind of background work."""

    name: str
    last_run_at: datetime | None
    next_run_at: datetime
    last_seconds: float | None
    last_error: str
    about: str


@dataclass(frozen=True)
class SystemPage:
    """What the page shows; a count above 1,000 reads "1,000+"."""

    version: str
    store: str
    python: str
    waiting: str
    dead: str
    jobs: tuple[JobRow, ...]
    worker_at: datetime | None


def _count(state: str) -> str:
    inner = select(literal(1)).select_from(Outbox).where(Outbox.state == state).limit(MOST_COUNTED + 1)
    number = db.session.execute(select(func.count()).select_from(inner.subquery())).scalar_one()
    return f"{MOST_COUNTED:,}+" if number > MOST_COUNTED else f"{number:,}"


def _version() -> str:
    try:
        return metadata.version("throughline")
    except metadata.PackageNotFoundError:
        return _("unknown")


def _store() -> str:
    bind: Any = db.session.get_bind()
    version = ".".join(str(part) for part in bind.dialect.server_version_info or ())
    return f"{STORES.get(bind.dialect.name, bind.dialect.name)} {version}".strip()


def system_page() -> SystemPage:
    """The page's figures: three statements."""
    rows = db.session.execute(
        select(Job.name, Job.last_run_at, Job.next_run_at, Job.last_seconds, Job.last_error).order_by(Job.name)
    ).all()
    jobs = tuple(JobRow(*row, JOB_NAMES.get(row.name, "")) for row in rows)
    return SystemPage(
        version=_version(),
        store=_store(),
        python=platform.python_version(),
        waiting=_count("queued"),
        dead=_count("dead"),
        jobs=tuple(job for job in jobs if job.name != "worker"),
        worker_at=next((job.last_run_at for job in jobs if job.name == "worker"), None),
    )


@admin.get("/system")
def system() -> str:
    """How the desk itself is doing."""
    return render_template("admin/system.html", page=system_page(), now=utc_now(), zone=current_actor().time_zone)

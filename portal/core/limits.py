"""Counted tries inside a window, kept in the database so that they hold across processes and restarts.

Own code rather than Flask-Limiter: failures only are counted, waits grow (reliability.md R1), and the counting must
happen in the same store as everything else.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import delete, func, insert, select

from portal.core.database import db, transaction
from portal.core.models import Try


def bucket_name(*parts: object) -> str:
    """The stored name of what is counted: a hash, so that no address stands in the table."""
    return hashlib.sha256("\0".join(str(part) for part in parts).encode("utf-8", "replace")).hexdigest()


def limits_are_on() -> bool:
    """False when `PORTAL_RATE_LIMITS=off` (tests and load scripts)."""
    return bool(current_app.config.get("PORTAL_RATE_LIMITS", True))


def count_tries(bucket: str, *, window: timedelta, now: datetime) -> tuple[int, datetime | None]:
    """How many tries the bucket has inside the window, and when the newest was."""
    number, newest = db.session.execute(
        select(func.count(), func.max(Try.happened_at)).where(Try.bucket == bucket, Try.happened_at > now - window)
    ).one()
    return number, newest


def oldest_try(bucket: str, *, window: timedelta, now: datetime) -> datetime | None:
    """When the oldest try inside the window was; None without one."""
    return db.session.execute(
        select(func.min(Try.happened_at)).where(Try.bucket == bucket, Try.happened_at > now - window)
    ).scalar()


def add_try(bucket: str, *, now: datetime) -> None:
    """Count one try."""
    with transaction():
        db.session.execute(insert(Try).values(bucket=bucket, happened_at=now))


def clear_tries(bucket: str) -> None:
    """Forget the bucket's tries (after a success)."""
    with transaction():
        db.session.execute(delete(Try).where(Try.bucket == bucket))


def take(bucket: str, *, most: int, window: timedelta, now: datetime) -> int:
    """Count a try if fewer than `most` are inside the window. Gives 0, or the seconds to wait when there are enough."""
    if not limits_are_on():
        return 0
    with transaction():
        number, _newest = count_tries(bucket, window=window, now=now)
        if number >= most:
            oldest = oldest_try(bucket, window=window, now=now) or now
            return max(1, int((oldest + window - now).total_seconds()))
        db.session.execute(insert(Try).values(bucket=bucket, happened_at=now))
    return 0

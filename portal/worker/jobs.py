"""Work on a timer: each job has a row that says when it runs next and which worker has it, by compare-and-set."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from portal.core.clock import utc_now
from portal.core.database import db, transaction
from portal.core.models import Job

log = logging.getLogger("portal.worker")

HEARTBEAT = "worker"
"""The job row that says a worker is alive; `readyz` and the doctor read it."""

BEAT_EVERY = timedelta(seconds=10)


@dataclass(frozen=True)
class Timed:
    """A job: `work(now)` gives how many things it did."""

    name: str
    every: timedelta
    work: Callable[[datetime], int]


def beat(now: datetime) -> None:
    """Say that a worker is alive; writes at most every 10 seconds, also when the clock was set back."""
    last = db.session.execute(select(Job.last_run_at).where(Job.name == HEARTBEAT)).scalar()
    if last is not None and abs(now - last) < BEAT_EVERY:
        return
    with transaction():
        _make_row(HEARTBEAT, now)
        db.session.execute(
            update(Job).where(Job.name == HEARTBEAT).values(last_run_at=now, next_run_at=now + BEAT_EVERY)
        )


def run_due_jobs(name: str, *, lease: timedelta, stop: threading.Event, jobs: tuple[Timed, ...] = ()) -> None:
    """Run every job that is due and that no other worker has. One select when none is."""
    from portal.worker.rounds import JOBS

    jobs = jobs or JOBS
    now = utc_now()
    rows = {row.name: row.next_run_at for row in db.session.execute(select(Job.name, Job.next_run_at))}
    for job in jobs:
        if stop.is_set():
            return
        if job.name in rows and now < rows[job.name] <= _latest(job, now, lease):
            continue
        claim = f"{name}.{secrets.token_hex(6)}"
        if _claim(job, claim, utc_now(), lease):
            _run(job, claim)
            beat(utc_now())


def _latest(job: Timed, now: datetime, lease: timedelta) -> datetime:
    """No honest next run is later than this; one that is comes from a clock that ran ahead."""
    return now + job.every + lease + timedelta(minutes=1)


def _make_row(name: str, now: datetime) -> None:
    make = sqlite.insert if db.session.get_bind().dialect.name == "sqlite" else postgresql.insert
    db.session.execute(make(Job).values(name=name, next_run_at=now, last_error="", lease="").on_conflict_do_nothing())


def _claim(job: Timed, claim: str, now: datetime, lease: timedelta) -> bool:
    with transaction():
        _make_row(job.name, now)
        result = db.session.execute(
            update(Job)
            .where(Job.name == job.name, or_(Job.next_run_at <= now, Job.next_run_at > _latest(job, now, lease)))
            .values(lease=claim, next_run_at=now + lease)
        )
    return bool(result.rowcount)  # type: ignore[attr-defined]


def _run(job: Timed, claim: str) -> None:
    """Run a claimed job and write down how it went; an error stays with the job and is shown with it."""
    started, problem = time.monotonic(), ""
    try:
        done = job.work(utc_now())
        if done:
            log.info("job %s: %s", job.name, done)
    except Exception as error:
        db.session.rollback()
        problem = f"{type(error).__name__}: {error}"[:500]
        log.exception("job %s failed; it runs again at its next time", job.name)
    now = utc_now()
    with transaction():
        db.session.execute(
            update(Job)
            .where(Job.name == job.name, Job.lease == claim)
            .values(
                lease="",
                last_run_at=now,
                next_run_at=now + job.every,
                last_error=problem,
                last_seconds=round(time.monotonic() - started, 3),
            )
        )
    db.session.expunge_all()

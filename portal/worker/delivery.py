"""Delivering the outbox: rows are leased by compare-and-set, so that several workers never send one twice.

A row is `sending` under the lease of one claim; whoever finds it after the lease is over takes it over. A result is
written only under the lease it was claimed with.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update

from portal.core.clock import utc_now
from portal.core.database import db, transaction
from portal.core.models import Outbox
from portal.worker.jobs import beat

log = logging.getLogger("portal.worker")

LEASE = timedelta(minutes=2)
BATCH = 10
"""Rows claimed at once: few enough that a worker that dies holds up little."""

DELAYS = tuple(timedelta(minutes=m) for m in (1, 5, 30, 120, 360, 720, 1440, 1440))
"""How long a row waits after its first, second … failed try: almost three days in all, then it is dead."""

Transport = Callable[[Outbox, datetime], str]
"""Delivers one row and gives its final state: `done`, or `kept` when there is no way to send it yet. Raises when it
failed and should be tried again. May fill the row's subject and body."""


def _is_due(now: datetime):
    return Outbox.state.in_(("queued", "sending")) & (Outbox.next_try_at <= now)


def deliver_due(name: str, *, transport: Transport, lease: timedelta, stop: threading.Event) -> bool:
    """Deliver what is due, batch by batch, until nothing is or `stop` is set. Gives True when there was something.

    One select when there is nothing.
    """
    worked = False
    while not stop.is_set():
        now = utc_now()
        db.session.rollback()
        if db.session.execute(select(Outbox.id).where(_is_due(now)).limit(1)).first() is None:
            return worked
        started = time.monotonic()
        claim = f"{name}.{secrets.token_hex(6)}"
        for row in _claim(claim, now, lease):
            if stop.is_set() or time.monotonic() - started > lease.total_seconds() / 2:
                break  # what is left goes back below, or is another's when the lease is over
            _deliver_one(row, claim, transport)
        _give_back(claim)
        beat(utc_now())
        worked = True
    return worked


def _claim(claim: str, now: datetime, lease: timedelta) -> list[Outbox]:
    """Take up to BATCH due rows for this claim alone; gives them, detached, in the order they became due."""
    with transaction():
        due = (
            select(Outbox.id)
            .where(_is_due(now))
            .order_by(Outbox.next_try_at, Outbox.id)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        )
        ids = list(db.session.execute(due).scalars())
        taken = db.session.execute(
            update(Outbox)
            .where(Outbox.id.in_(ids), _is_due(now))
            .values(state="sending", lease=claim, next_try_at=now + lease, attempts=Outbox.attempts + 1)
            .returning(Outbox)
            .execution_options(synchronize_session=False, populate_existing=True)
        )
        rows = sorted(taken.scalars(), key=lambda row: ids.index(row.id))
    db.session.expunge_all()
    return rows


def _deliver_one(row: Outbox, claim: str, transport: Transport) -> None:
    """Deliver one claimed row and write its result; whatever goes wrong with it stays with it."""
    if row.attempts > len(DELAYS) + 1:  # it took workers down with it every time
        _finish(row.id, claim, state="dead", last_error=row.last_error or "never came to an end")
        return
    try:
        state = transport(row, utc_now())
    except Exception as error:
        db.session.rollback()
        log.warning("outbox row %s (%s) was not delivered: %s", row.id, row.letter, type(error).__name__)
        _put_off(row.id, claim, row.attempts, error)
    else:
        _finish(row.id, claim, state=state, subject=row.subject, body=row.body, done_at=utc_now(), last_error="")
    db.session.expunge_all()


def _put_off(row_id: int, claim: str, attempts: int, error: Exception) -> None:
    reason = f"{type(error).__name__}: {error}"[:500]
    if attempts > len(DELAYS):
        _finish(row_id, claim, state="dead", last_error=reason)
    else:
        _finish(row_id, claim, state="queued", last_error=reason, next_try_at=utc_now() + DELAYS[attempts - 1])


def _finish(row_id: int, claim: str, **values: object) -> None:
    """Write a result if the row still belongs to this claim."""
    with transaction():
        db.session.execute(
            update(Outbox)
            .where(Outbox.id == row_id, Outbox.lease == claim, Outbox.state == "sending")
            .values(lease="", **values)
            .execution_options(synchronize_session=False)
        )


def _give_back(claim: str) -> None:
    """Rows of a claim that were not come to are free again at once, and the try does not count."""
    mine = (Outbox.lease == claim) & (Outbox.state == "sending")
    if db.session.execute(select(Outbox.id).where(mine, Outbox.next_try_at > utc_now()).limit(1)).first() is None:
        return
    with transaction():
        db.session.execute(
            update(Outbox)
            .where(mine)
            .values(state="queued", lease="", next_try_at=utc_now(), attempts=Outbox.attempts - 1)
            .execution_options(synchronize_session=False)
        )


def free_after_clock_jump(now: datetime) -> int:
    """Make due what a clock that ran ahead put into the far future; gives how many rows."""
    latest = now + DELAYS[-1] + LEASE
    with transaction():
        result = db.session.execute(
            update(Outbox)
            .where(
                Outbox.state.in_(("queued", "sending")),
                or_(Outbox.next_try_at > latest, Outbox.created_at > now + timedelta(minutes=5)),
            )
            .values(next_try_at=now, created_at=now)
            .execution_options(synchronize_session=False)
        )
    return int(result.rowcount)  # type: ignore[attr-defined]

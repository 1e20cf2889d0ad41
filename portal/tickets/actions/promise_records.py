"""The rows and events of promises: what every change of one is made of. No checks of rights."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from portal.core.database import db
from portal.core.errors import Refused
from portal.core.words import _
from portal.people.actor import SYSTEM, Actor
from portal.tickets import facts
from portal.tickets.history import instant, record
from portal.tickets.models import Event, Promise, Ticket


def open_promise(ticket_id: int, kind: str) -> Promise | None:
    """The open promise of that kind."""
    return db.session.execute(
        select(Promise).where(Promise.ticket_id == ticket_id, Promise.kind == kind, Promise.state == "open")
    ).scalar()


def facts_of(row: Promise, **more: object) -> dict[str, object]:
    """What an event keeps of a promise, for its sentence and for undo."""
    return {
        "promise": row.id,
        "confidence": row.confidence,
        "words": row.words,
        "due": instant(row.due_at),
        **{name: value for name, value in more.items() if value},
    }


def make_promise(ticket: Ticket, row: Promise, *, by: Actor, now: datetime, reason: str = "") -> Event:
    """Write a new promise and its event; nothing of its kind may be open."""
    db.session.add(row)
    db.session.flush()
    facts.put_due(ticket)
    return record(
        ticket,
        "promise.made",
        by=by,
        now=now,
        field=f"promise.{row.kind}",
        new=instant(row.due_at),
        data=facts_of(row, reason=reason),
        is_public=True,
        entry_id=row.made_in_entry_id,
    )


def record_reopened(ticket: Ticket, row: Promise, *, by: Actor, now: datetime, undoes_id: int | None = None) -> Event:
    """The event of a promise that is open again."""
    return record(
        ticket,
        "promise.made",
        by=by,
        now=now,
        field=f"promise.{row.kind}",
        new=instant(row.due_at),
        data=facts_of(row, again=True),
        undoes_id=undoes_id,
    )


def record_kept(
    ticket: Ticket, row: Promise, *, by: Actor, now: datetime, entry_id: int | None, late: bool = False
) -> Event:
    """The event of a promise that was kept, or of a call made late."""
    return record(
        ticket,
        "promise.kept",
        by=by,
        now=now,
        field=f"promise.{row.kind}",
        old=instant(row.due_at),
        data=facts_of(row, late=late),
        is_public=True,
        entry_id=entry_id,
    )


def move_promise(ticket: Ticket, old: Promise, row: Promise, *, by: Actor, now: datetime, reason: str) -> Event:
    """End a promise as moved and write the one that takes its place."""
    old.state, old.reason, old.ended_at = "moved", reason, now
    db.session.flush()
    db.session.add(row)
    db.session.flush()
    old.moved_to_id = row.id
    db.session.flush()
    facts.put_due(ticket)
    return record(
        ticket,
        "promise.moved",
        by=by,
        now=now,
        field=f"promise.{row.kind}",
        old=instant(old.due_at),
        new=instant(row.due_at),
        data=facts_of(row, reason=reason, moved_from=old.id),
        is_public=True,
        entry_id=row.made_in_entry_id,
    )


def withdraw_promise(
    ticket: Ticket, row: Promise, *, by: Actor, now: datetime, reason: str, undoes_id: int | None = None
) -> Event:
    """End a promise as withdrawn; one that is past its time is missed instead. Raises Refused without a reason."""
    if row.due_at < now and undoes_id is None:
        event = miss_promise(ticket, row, now=now)
        facts.put_due(ticket)
        return event
    if not reason and undoes_id is None:
        raise Refused(_("Say why you withdraw the promise. The customer reads it."), field="reason")
    row.state, row.reason, row.ended_at = "withdrawn", reason, now
    db.session.flush()
    facts.put_due(ticket)
    return record(
        ticket,
        "promise.withdrawn",
        by=by,
        now=now,
        field=f"promise.{row.kind}",
        old=instant(row.due_at),
        data=facts_of(row, reason=reason),
        is_public=undoes_id is None,
        undoes_id=undoes_id,
    )


def miss_promise(ticket: Ticket, row: Promise, *, now: datetime) -> Event:
    """End a promise as missed."""
    row.state, row.ended_at = "missed", now
    db.session.flush()
    return record(
        ticket,
        "promise.missed",
        by=SYSTEM,
        now=now,
        field=f"promise.{row.kind}",
        old=instant(row.due_at),
        data=facts_of(row),
        is_public=True,
    )


def open_again(row: Promise) -> None:
    """Make a promise open again as if nothing had ended it."""
    row.state, row.reason, row.kept_at, row.ended_at, row.moved_to_id = "open", "", None, None, None
    db.session.flush()

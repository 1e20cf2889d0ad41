"""Taking promises back: made, moved, withdrawn, and a call marked as made."""

from __future__ import annotations

from datetime import datetime

from portal.core.database import db
from portal.core.errors import NotFound, Refused
from portal.core.words import _
from portal.people.actor import Actor
from portal.tickets import facts, policy
from portal.tickets.actions.promise_records import (
    facts_of,
    open_again,
    open_promise,
    record_reopened,
    withdraw_promise,
)
from portal.tickets.actions.undo import UNDO
from portal.tickets.history import instant, record
from portal.tickets.models import Event, Promise, Ticket


def _undo_made(ticket: Ticket, event: Event, *, by: Actor, now: datetime) -> Event:
    policy.require(by, "ticket.reply", ticket)
    row = _promise_of(ticket, event.data.get("promise"))
    if row.state != "open":
        raise Refused(_("This promise is not open any more."))
    return withdraw_promise(ticket, row, by=by, now=now, reason="", undoes_id=event.id)


def _undo_moved(ticket: Ticket, event: Event, *, by: Actor, now: datetime) -> Event:
    policy.require(by, "ticket.reply", ticket)
    row, old = (_promise_of(ticket, event.data.get(name)) for name in ("promise", "moved_from"))
    if row.state != "open":
        raise Refused(_("This promise is not open any more."))
    _refuse_past(old, now)
    row.state, row.ended_at = "withdrawn", now
    db.session.flush()
    open_again(old)
    facts.put_due(ticket)
    return record(
        ticket,
        "promise.moved",
        by=by,
        now=now,
        field=f"promise.{row.kind}",
        old=instant(row.due_at),
        new=instant(old.due_at),
        data=facts_of(old, moved_from=row.id),
        undoes_id=event.id,
    )


def _undo_ended(ticket: Ticket, event: Event, *, by: Actor, now: datetime) -> Event:
    """Open a withdrawn promise, or one whose call was marked as made, again."""
    policy.require(by, "ticket.reply", ticket)
    row = _promise_of(ticket, event.data.get("promise"))
    if event.kind == "promise.kept" and row.kind != "callback":
        raise Refused(_("What kept this promise has gone out; it cannot be taken back."))
    if row.state == "missed" and event.data.get("late"):
        row.kept_at = None
        facts.put_due(ticket)
        return record_reopened(ticket, row, by=by, now=now, undoes_id=event.id)
    if row.state not in ("withdrawn", "kept") or open_promise(ticket.id, row.kind) is not None:
        raise Refused(_("There is another promise by now."))
    _refuse_past(row, now)
    open_again(row)
    facts.put_due(ticket)
    return record_reopened(ticket, row, by=by, now=now, undoes_id=event.id)


def _promise_of(ticket: Ticket, promise_id: object) -> Promise:
    row = db.session.get(Promise, promise_id, populate_existing=True) if isinstance(promise_id, int) else None
    if row is None or row.ticket_id != ticket.id:
        raise NotFound(_("There is no such promise on this ticket any more."))
    return row


def _refuse_past(row: Promise, now: datetime) -> None:
    if row.due_at <= now:
        raise Refused(_("That time has passed. Promise a new one."))


UNDO["promise.made"] = _undo_made
UNDO["promise.moved"] = _undo_moved
UNDO["promise.withdrawn"] = _undo_ended
UNDO["promise.kept"] = _undo_ended

"""Promising a time, moving it, withdrawing it, keeping it, missing it (spec: promises are records, never overwritten).

A ticket has at most one open promise of each kind. A missed one stays "late" until it is answered after all, which
stamps its `kept_at`; its state stays `missed`.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select

from portal.core.database import db, lock, transaction
from portal.core.errors import Refused
from portal.core.text import TEXT_LENGTH, clean_text, is_blank
from portal.core.words import _
from portal.people.actor import Actor
from portal.tickets import facts, policy
from portal.tickets.actions.promise_records import (
    make_promise,
    miss_promise,
    move_promise,
    open_again,
    open_promise,
    record_kept,
    record_reopened,
    withdraw_promise,
)
from portal.tickets.guards import refuse_if_gone
from portal.tickets.history import check_seen
from portal.tickets.models import Event, Promise, Ticket

KINDS = ("update", "fix", "callback")
CONFIDENCES = ("likely", "not_before", "unknown")
FORM_FIELDS = {"update": "next_update_at", "fix": "solution_at", "callback": "callback_at"}
"""The form field of each kind (product.md section 5)."""


def promise(
    ticket: Ticket,
    kind: str,
    due_at: datetime | None,
    *,
    by: Actor,
    now: datetime,
    confidence: str = "",
    words: str = "",
    reason: str = "",
    entry_id: int | None = None,
    seen: int | None = None,
) -> Event | None:
    """Promise a time of that kind, move the open one, or withdraw it (None).

    Moving and withdrawing need a reason, which the customer is told; a reply (`entry_id`) is its own reason for a
    move. A time moved or withdrawn after it was due is a missed promise, and the new time a new one. None when nothing
    changes. Raises Forbidden, Refused (time in the past, no reason, unknown kind or confidence) and Conflict.
    """
    policy.require(by, "ticket.reply", ticket)
    if kind not in KINDS:
        raise Refused(_("There is no such kind of promise."))
    confidence = _good_confidence(kind, confidence)
    words, reason = _good_words(words, "words"), _good_words(reason, "reason")
    with transaction():
        lock(ticket)
        refuse_if_gone(ticket)
        current = open_promise(ticket.id, kind)
        if due_at is None:
            if current is None:
                return None
            check_seen(ticket, f"promise.{kind}", seen)
            return withdraw_promise(ticket, current, by=by, now=now, reason=reason)
        if current is not None and (current.due_at, current.confidence, current.words) == (due_at, confidence, words):
            return None
        check_seen(ticket, f"promise.{kind}", seen)
        if due_at <= now:
            raise Refused(_("This time has passed. Pick a later one."), field=FORM_FIELDS[kind])
        if current is not None and current.due_at < now:
            miss_promise(ticket, current, now=now)
            current = None
        row = Promise(
            ticket_id=ticket.id,
            kind=kind,
            words=words,
            due_at=due_at,
            confidence=confidence,
            made_by_id=by.person_id,
            made_by_name=by.name,
            made_in_entry_id=entry_id,
            made_at=now,
        )
        if current is None:
            return make_promise(ticket, row, by=by, now=now, reason=reason)
        if not reason and entry_id is None and current.due_at != due_at:
            raise Refused(_("Say why the time moves. The customer reads it."), field="reason")
        return move_promise(ticket, current, row, by=by, now=now, reason=reason)


def keep_promises(
    ticket: Ticket, kinds: tuple[str, ...], *, by: Actor, now: datetime, entry_id: int | None = None
) -> list[int]:
    """What was promised has been done: promises of these kinds that are due now or later are kept.

    Those already due become missed if they are not yet; every missed one stops being late. Call inside the caller's
    `transaction()` after `lock(ticket)`. Gives the ids of the rows it changed, for `reopen_promises`.
    """
    rows = (
        db.session.execute(
            select(Promise)
            .where(
                Promise.ticket_id == ticket.id,
                Promise.kind.in_(kinds),
                or_(Promise.state == "open", (Promise.state == "missed") & Promise.kept_at.is_(None)),
            )
            .order_by(Promise.id)
        )
        .scalars()
        .all()
    )
    for row in rows:
        if row.state == "open" and row.due_at >= now:
            row.state, row.kept_at, row.ended_at = "kept", now, now
            record_kept(ticket, row, by=by, now=now, entry_id=entry_id)
            continue
        if row.state == "open":
            miss_promise(ticket, row, now=now)
        row.kept_at = now
        if row.kind == "callback":
            record_kept(ticket, row, by=by, now=now, entry_id=entry_id, late=True)
    if rows:
        db.session.flush()
        facts.put_due(ticket)
    return [row.id for row in rows]


def reopen_promises(ticket: Ticket, promise_ids: list[int], *, by: Actor, now: datetime) -> None:
    """Take back what `keep_promises` did, when the change that kept them is undone.

    One that is meanwhile replaced by another open one of its kind stays kept. Call inside the caller's transaction.
    """
    rows = (
        db.session.execute(
            select(Promise).where(Promise.ticket_id == ticket.id, Promise.id.in_(promise_ids)).order_by(Promise.id)
        )
        .scalars()
        .all()
    )
    for row in rows:
        if row.state == "missed":
            row.kept_at = None
        elif row.state == "kept" and open_promise(ticket.id, row.kind) is None:
            open_again(row)
            record_reopened(ticket, row, by=by, now=now)
    db.session.flush()
    facts.put_due(ticket)


def mark_called(ticket: Ticket, *, by: Actor, now: datetime) -> Event | None:
    """The promised call was made. None when none is open or missed. Raises Forbidden."""
    policy.require(by, "ticket.reply", ticket)
    with transaction():
        lock(ticket)
        refuse_if_gone(ticket)
        if not keep_promises(ticket, ("callback",), by=by, now=now):
            return None
        return _newest_event(ticket, "promise.callback")


def _good_confidence(kind: str, confidence: str) -> str:
    if kind != "fix":
        return ""
    if confidence not in ("", *CONFIDENCES):
        raise Refused(_("Pick how sure this time is: likely, not before, or unknown."), field="confidence")
    return confidence or "likely"


def _good_words(text: str, field: str) -> str:
    text = clean_text(text)
    if len(text) > TEXT_LENGTH:
        raise Refused(
            _("This text is too long: %(most)s characters at most.") % {"most": f"{TEXT_LENGTH:,}"}, field=field
        )
    return "" if is_blank(text) else text


def _newest_event(ticket: Ticket, field: str) -> Event | None:
    return db.session.execute(
        select(Event).where(Event.ticket_id == ticket.id, Event.field == field).order_by(Event.version.desc()).limit(1)
    ).scalar()

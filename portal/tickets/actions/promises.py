"""Promising a time, moving it, withdrawing it, keeping it, missing it (spec: promises are records, never overwritten).

A ticket has at most one open promise of each kind. A missed one stays "late" until it is answered after all, which
stamps its `kept_at`; its state stays `missed`.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import or_, select

from portal.core.database import db, lock, transaction
from portal.core.errors import Forbidden, NotFound, Refused, TooMany
from portal.core.text import TEXT_LENGTH, clean_text, is_blank
from portal.core.words import _
from portal.people.actor import SYSTEM, Actor
from portal.tickets import facts, policy
from portal.tickets.actions.undo import UNDO
from portal.tickets.guards import refuse_if_gone
from portal.tickets.history import check_seen, instant, record
from portal.tickets.models import Event, Promise, Ticket

KINDS = ("update", "fix", "callback")
CONFIDENCES = ("likely", "not_before", "unknown")
FORM_FIELDS = {"update": "next_update_at", "fix": "solution_at", "callback": "callback_at"}
"""The form field of each kind (product.md section 5)."""

ASK_AGAIN_AFTER = timedelta(hours=1)
_BATCH = 200


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
            return _withdraw(ticket, current, by=by, now=now, reason=reason)
        if current is not None and (current.due_at, current.confidence, current.words) == (due_at, confidence, words):
            return None
        check_seen(ticket, f"promise.{kind}", seen)
        if due_at <= now:
            raise Refused(_("This time has passed. Pick a later one."), field=FORM_FIELDS[kind])
        if current is not None and current.due_at < now:
            _miss(ticket, current, now=now)
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
            return _make(ticket, row, by=by, now=now, reason=reason)
        if not reason and entry_id is None and current.due_at != due_at:
            raise Refused(_("Say why the time moves. The customer reads it."), field="reason")
        return _move(ticket, current, row, by=by, now=now, reason=reason)


def open_promise(ticket_id: int, kind: str) -> Promise | None:
    """The open promise of that kind."""
    return db.session.execute(
        select(Promise).where(Promise.ticket_id == ticket_id, Promise.kind == kind, Promise.state == "open")
    ).scalar()


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
            _record_kept(ticket, row, by=by, now=now, entry_id=entry_id)
            continue
        if row.state == "open":
            _miss(ticket, row, now=now)
        row.kept_at = now
        if row.kind == "callback":
            _record_kept(ticket, row, by=by, now=now, entry_id=entry_id, late=True)
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
            _open_again(row)
            _record_made(ticket, row, by=by, now=now)
    db.session.flush()
    facts.put_due(ticket)


def reopen_promises_of(ticket: Ticket, event: Event, *, by: Actor, now: datetime) -> None:
    """Take back what resolving (`event`) did to the promises; a reply sent in the same moment keeps what it kept.

    Call inside the undoing transaction.
    """
    if event.kind not in ("ticket.resolved", "ticket.closed"):
        return
    replied = db.session.execute(
        select(Event.id).where(
            Event.ticket_id == ticket.id, Event.kind == "reply.sent", Event.happened_at == event.happened_at
        )
    ).first()
    kinds = ("fix",) if replied else ("update", "fix")
    ids = db.session.execute(
        select(Promise.id).where(
            Promise.ticket_id == ticket.id, Promise.kind.in_(kinds), Promise.kept_at == event.happened_at
        )
    ).scalars()
    reopen_promises(ticket, list(ids), by=by, now=now)


def mark_called(ticket: Ticket, *, by: Actor, now: datetime) -> Event | None:
    """The promised call was made. None when none is open or missed. Raises Forbidden."""
    policy.require(by, "ticket.reply", ticket)
    with transaction():
        lock(ticket)
        refuse_if_gone(ticket)
        if not keep_promises(ticket, ("callback",), by=by, now=now):
            return None
        return _newest_event(ticket, "promise.callback")


def miss_promises(now: datetime) -> int:
    """The worker's: turn open promises whose time has passed into missed ones, a transaction each. Gives how many.

    Index: ix_promise_state_due. A promise of a ticket in the trash waits until the ticket is back; on a
    solved ticket only a call is still owed.
    """
    due = db.session.execute(
        select(Promise.id, Promise.ticket_id)
        .join(Ticket, Ticket.id == Promise.ticket_id)
        .where(
            Promise.state == "open",
            Promise.due_at < now,
            Ticket.is_listed,
            or_(Ticket.is_active, Promise.kind == "callback"),
        )
        .order_by(Promise.due_at, Promise.id)
        .limit(_BATCH)
    ).all()
    missed = 0
    for promise_id, ticket_id in due:
        with transaction():
            ticket = db.session.get(Ticket, ticket_id)
            if ticket is None:
                continue
            lock(ticket)
            row = db.session.get(Promise, promise_id, populate_existing=True)
            if row is None or row.state != "open" or row.due_at >= now:
                continue
            _miss(ticket, row, now=now)
            facts.put_due(ticket)
            missed += 1
    return missed


def late_promise(ticket_id: int, now: datetime, *, kinds: tuple[str, ...] = ("update", "fix")) -> Promise | None:
    """The newest promise of these kinds that is past due and still unanswered; None when the desk is not late."""
    return db.session.execute(
        select(Promise)
        .where(
            Promise.ticket_id == ticket_id,
            Promise.kind.in_(kinds),
            Promise.kept_at.is_(None),
            or_(Promise.state == "missed", (Promise.state == "open") & (Promise.due_at < now)),
        )
        .order_by(Promise.due_at.desc(), Promise.id.desc())
        .limit(1)
    ).scalar()


def ask_for_news(ticket: Ticket, *, by: Actor, now: datetime) -> Event:
    """The customer asks for the news that is late; the owner is alerted.

    Raises Forbidden for agents, Refused when nothing is late, TooMany within an hour of the last time.
    """
    if not by.is_customer:
        raise Forbidden(_("Only the customer can ask for news."))
    with transaction():
        lock(ticket)
        refuse_if_gone(ticket)
        if late_promise(ticket.id, now) is None:
            raise Refused(_("No news is late. You can write to us here at any time."))
        asked_at = db.session.execute(
            select(Event.happened_at)
            .where(Event.ticket_id == ticket.id, Event.kind == "news.asked", Event.happened_at > now - ASK_AGAIN_AFTER)
            .order_by(Event.happened_at.desc())
            .limit(1)
        ).scalar()
        if asked_at is not None:
            wait = int((asked_at + ASK_AGAIN_AFTER - now).total_seconds())
            raise TooMany(
                _("You asked for news within the last hour. We have seen it; you can ask again later."),
                retry_after=max(1, wait),
            )
        return record(ticket, "news.asked", by=by, now=now, is_public=True)


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


def _facts_of(row: Promise, **more: object) -> dict[str, object]:
    return {
        "promise": row.id,
        "confidence": row.confidence,
        "words": row.words,
        "due": instant(row.due_at),
        **{name: value for name, value in more.items() if value},
    }


def _make(ticket: Ticket, row: Promise, *, by: Actor, now: datetime, reason: str = "") -> Event:
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
        data=_facts_of(row, reason=reason),
        is_public=True,
        entry_id=row.made_in_entry_id,
    )


def _record_made(ticket: Ticket, row: Promise, *, by: Actor, now: datetime, undoes_id: int | None = None) -> Event:
    return record(
        ticket,
        "promise.made",
        by=by,
        now=now,
        field=f"promise.{row.kind}",
        new=instant(row.due_at),
        data=_facts_of(row),
        undoes_id=undoes_id,
    )


def _record_kept(
    ticket: Ticket, row: Promise, *, by: Actor, now: datetime, entry_id: int | None, late: bool = False
) -> Event:
    return record(
        ticket,
        "promise.kept",
        by=by,
        now=now,
        field=f"promise.{row.kind}",
        old=instant(row.due_at),
        data=_facts_of(row, late=late),
        is_public=True,
        entry_id=entry_id,
    )


def _move(ticket: Ticket, old: Promise, row: Promise, *, by: Actor, now: datetime, reason: str) -> Event:
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
        data=_facts_of(row, reason=reason, moved_from=old.id),
        is_public=True,
        entry_id=row.made_in_entry_id,
    )


def _withdraw(
    ticket: Ticket, row: Promise, *, by: Actor, now: datetime, reason: str, undoes_id: int | None = None
) -> Event:
    if row.due_at < now and undoes_id is None:
        event = _miss(ticket, row, now=now)
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
        data=_facts_of(row, reason=reason),
        is_public=undoes_id is None,
        undoes_id=undoes_id,
    )


def _miss(ticket: Ticket, row: Promise, *, now: datetime) -> Event:
    row.state, row.ended_at = "missed", now
    db.session.flush()
    return record(
        ticket,
        "promise.missed",
        by=SYSTEM,
        now=now,
        field=f"promise.{row.kind}",
        old=instant(row.due_at),
        data=_facts_of(row),
        is_public=True,
    )


def _open_again(row: Promise) -> None:
    row.state, row.reason, row.kept_at, row.ended_at, row.moved_to_id = "open", "", None, None, None
    db.session.flush()


def _newest_event(ticket: Ticket, field: str) -> Event | None:
    return db.session.execute(
        select(Event).where(Event.ticket_id == ticket.id, Event.field == field).order_by(Event.version.desc()).limit(1)
    ).scalar()


def _promise_of(ticket: Ticket, promise_id: object) -> Promise:
    row = db.session.get(Promise, promise_id, populate_existing=True) if isinstance(promise_id, int) else None
    if row is None or row.ticket_id != ticket.id:
        raise NotFound(_("There is no such promise on this ticket any more."))
    return row


def _undo_made(ticket: Ticket, event: Event, *, by: Actor, now: datetime) -> Event:
    policy.require(by, "ticket.reply", ticket)
    row = _promise_of(ticket, event.data.get("promise"))
    if row.state != "open":
        raise Refused(_("This promise is not open any more."))
    return _withdraw(ticket, row, by=by, now=now, reason="", undoes_id=event.id)


def _undo_moved(ticket: Ticket, event: Event, *, by: Actor, now: datetime) -> Event:
    policy.require(by, "ticket.reply", ticket)
    row, old = (_promise_of(ticket, event.data.get(name)) for name in ("promise", "moved_from"))
    if row.state != "open":
        raise Refused(_("This promise is not open any more."))
    _refuse_past(old, now)
    row.state, row.ended_at = "withdrawn", now
    db.session.flush()
    _open_again(old)
    facts.put_due(ticket)
    return record(
        ticket,
        "promise.moved",
        by=by,
        now=now,
        field=f"promise.{row.kind}",
        old=instant(row.due_at),
        new=instant(old.due_at),
        data=_facts_of(old, moved_from=row.id),
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
        return _record_made(ticket, row, by=by, now=now, undoes_id=event.id)
    if row.state not in ("withdrawn", "kept") or open_promise(ticket.id, row.kind) is not None:
        raise Refused(_("There is another promise by now."))
    _refuse_past(row, now)
    _open_again(row)
    facts.put_due(ticket)
    return _record_made(ticket, row, by=by, now=now, undoes_id=event.id)


def _refuse_past(row: Promise, now: datetime) -> None:
    if row.due_at <= now:
        raise Refused(_("That time has passed. Promise a new one."))


UNDO["promise.made"] = _undo_made
UNDO["promise.moved"] = _undo_moved
UNDO["promise.withdrawn"] = _undo_ended
UNDO["promise.kept"] = _undo_ended

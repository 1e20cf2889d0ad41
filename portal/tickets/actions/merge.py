"""Merging a ticket into another, and taking that back.

The child's thread is shown in the parent, its people and promises go along, its number leads to the parent. The
child's event keeps all that undoing needs; what was written after the merge stays where it was written.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update

from portal.core.database import db, lock_in_order, transaction
from portal.core.errors import NotFound, Refused
from portal.core.text import excerpt
from portal.core.words import _
from portal.people.actor import Actor
from portal.tickets import facts, policy, search_text
from portal.tickets.actions.collaborators import drop_collaborator, follows, put_collaborator
from portal.tickets.actions.promise_records import open_promise
from portal.tickets.actions.referrals import drop_referral, put_referral, referral_id
from portal.tickets.actions.undo import UNDO
from portal.tickets.history import instant, read_instant, record
from portal.tickets.models import Collaborator, Entry, Event, Promise, Ticket
from portal.tickets.statuses import STAGE_RESOLUTION, ticket_lists

_MOST_STEPS = 100
_TALK_COLUMNS = ("is_answered", "last_message_at", "last_reply_at", "preview")


def merge(child: Ticket, into: Ticket, *, by: Actor, now: datetime) -> Event:
    """Merge `child` into `into`, or into the ticket that one was merged into. Gives the child's event.

    Raises Forbidden without the right on both, Refused for the same ticket, one in the trash or merged already.
    """
    parent = final_parent(into)
    policy.require(by, "ticket.merge", child, parent)
    if child.id == parent.id:
        raise Refused(_("These two are one ticket. Pick another one."), field="into")
    with transaction():
        lock_in_order(child, parent)
        _refuse(child, parent)
        data = {
            "into": parent.id,
            "number": parent.number,
            "up_to": _move_entries(child.id, parent.id),
            "talk": _as_json({name: getattr(parent, name) for name in _TALK_COLUMNS}),
            "people": _move_people(child, parent, now=now),
            "promises": _move_promises(child, parent, now=now),
            "department": _let_department_see(child, parent, now=now),
            "status": ticket_lists().statuses[child.status_id].slug,
            "before": facts.side_values(child),
        }
        _join_talk(child, parent)
        _close(child, parent.id, now=now)
        _tidy(child, parent)
        event = record(
            child, "ticket.merged", by=by, now=now, field="merge", new=parent.number, data=data, is_public=True
        )
        record(
            parent,
            "merge.received",
            by=by,
            now=now,
            field=f"merged:{child.id}",
            new=child.number,
            data={"ticket": child.id, "number": child.number, "event": event.id},
        )
        return event


def final_parent(ticket: Ticket) -> Ticket:
    """The ticket that shows this one's thread: itself, or the one it was merged into, however far up."""
    for _step in range(_MOST_STEPS):
        if ticket.merged_into_id is None:
            return ticket
        parent = db.session.get(Ticket, ticket.merged_into_id)
        if parent is None:
            return ticket
        ticket = parent
    return ticket


def _refuse(child: Ticket, parent: Ticket) -> None:
    if child.merged_into_id is not None:
        raise Refused(_("This ticket was merged already. Undo that merge first."))
    if child.deleted_at is not None:
        raise Refused(_("This ticket is in the trash. Bring it back first."))
    if parent.deleted_at is not None:
        raise Refused(
            _("Ticket %(number)s is in the trash. Bring it back first.") % {"number": parent.number}, field="into"
        )
    if parent.merged_into_id is not None:
        raise Refused(_("Ticket %(number)s was merged meanwhile. Try again.") % {"number": parent.number}, field="into")


def _move_entries(child_id: int, parent_id: int) -> int:
    """Show the child's whole thread in the parent; gives the newest entry's id."""
    newest = db.session.execute(select(func.max(Entry.id)).where(Entry.thread_id == child_id)).scalar() or 0
    db.session.execute(update(Entry).where(Entry.thread_id == child_id).values(thread_id=parent_id))
    return newest


def _move_people(child: Ticket, parent: Ticket, *, now: datetime) -> list[int]:
    """Let the child's customer and collaborators follow the parent; gives those who did not yet."""
    wanted = [child.customer_id, *_collaborator_ids(child.id)]
    known = {parent.customer_id, *_collaborator_ids(parent.id)}
    added = [person_id for person_id in dict.fromkeys(wanted) if person_id not in known]
    for person_id in added:
        put_collaborator(parent.id, person_id, now=now)
    return added


def _collaborator_ids(ticket_id: int) -> list[int]:
    return list(
        db.session.execute(
            select(Collaborator.person_id).where(Collaborator.ticket_id == ticket_id).order_by(Collaborator.person_id)
        ).scalars()
    )


def _move_promises(child: Ticket, parent: Ticket, *, now: datetime) -> list[dict[str, Any]]:
    """Open promises go along. Of two of one kind the earlier stays open, the other ends as withdrawn."""
    notes = []
    rows = (
        db.session.execute(
            select(Promise).where(Promise.ticket_id == child.id, Promise.state == "open").order_by(Promise.id)
        )
        .scalars()
        .all()
    )
    for row in rows:
        there = open_promise(parent.id, row.kind)
        later = None if there is None else max((row, there), key=lambda one: (one.due_at, one is row))
        if later is not None:
            later.state, later.ended_at = "withdrawn", now
            later.reason = _("Joined with ticket %(number)s, where an earlier time is promised.") % {
                "number": parent.number
            }
            db.session.flush()
        row.ticket_id = parent.id
        db.session.flush()
        notes.append({"moved": row.id, "ended": later.id if later is not None else None})
    return notes


def _let_department_see(child: Ticket, parent: Ticket, *, now: datetime) -> int | None:
    """Refer the parent to the child's department when that is another; gives its id when that was new."""
    department_id = child.department_id
    if department_id == parent.department_id or referral_id(parent.id, "department", department_id) is not None:
        return None
    put_referral(parent.id, "department", department_id, now=now)
    return department_id


def _close(child: Ticket, parent_id: int, *, now: datetime) -> None:
    child.merged_into_id = parent_id
    facts.put_status(child, ticket_lists().first_status("closed"))
    facts.reach(child, STAGE_RESOLUTION, now)
    child.ended_at = child.closed_at = now


def _join_talk(child: Ticket, parent: Ticket) -> None:
    """What is kept of the conversation follows the newer one of the two."""
    if _last_word_at(child) > _last_word_at(parent):
        parent.is_answered, parent.preview = child.is_answered, child.preview
    parent.last_message_at = max(filter(None, (child.last_message_at, parent.last_message_at)), default=None)
    parent.last_reply_at = max(filter(None, (child.last_reply_at, parent.last_reply_at)), default=None)


def _last_word_at(ticket: Ticket) -> datetime:
    return max(filter(None, (ticket.last_message_at, ticket.last_reply_at)), default=ticket.created_at)


def _read_talk(ticket: Ticket) -> None:
    """Set what is kept of the conversation from the thread as it is now: two statements."""
    rows = db.session.execute(
        select(Entry.kind, func.max(Entry.created_at)).where(Entry.thread_id == ticket.id).group_by(Entry.kind)
    ).all()
    newest: dict[str, datetime] = {row.kind: row[1] for row in rows}
    ticket.last_message_at, ticket.last_reply_at = newest.get("message"), newest.get("reply")
    last = db.session.execute(
        select(Entry.kind, Entry.body)
        .where(Entry.thread_id == ticket.id, Entry.kind != "note")
        .order_by(Entry.created_at.desc(), Entry.id.desc())
        .limit(1)
    ).first()
    if last is not None:
        ticket.is_answered, ticket.preview = last.kind == "reply", excerpt(last.body)


def _tidy(child: Ticket, parent: Ticket) -> None:
    facts.place(child)
    for ticket in (child, parent):
        facts.put_due(ticket)
        search_text.index_ticket(ticket)


def _as_json(values: dict[str, Any]) -> dict[str, Any]:
    return {name: instant(value) if isinstance(value, datetime) else value for name, value in values.items()}


def _undo_merged(child: Ticket, event: Event, *, by: Actor, now: datetime) -> Event:
    """Give the child its thread, status, people and promises back, as far as the parent still has them."""
    parent = db.session.get(Ticket, event.data["into"])
    if parent is None:
        raise NotFound(_("The ticket it was merged into does not exist any more."))
    policy.require(by, "ticket.merge", child, parent)
    lock_in_order(child, parent)
    _refuse_undo(child, parent)
    data = event.data
    written_since = _entries_since(parent.id, data["up_to"])
    _return_entries(child.id, parent.id, data["up_to"])
    _return_people(parent.id, data["people"])
    _return_promises(child, parent, data["promises"])
    if data["department"] is not None:
        drop_referral(parent.id, "department", data["department"])
    child.merged_into_id = None
    facts.put_status(child, ticket_lists().status(data["status"]))
    facts.restore_side_values(child, data["before"])
    if written_since:
        _read_talk(parent)
    else:
        _restore_talk(parent, data["talk"])
    _tidy(child, parent)
    _record_undo_on_parent(child, parent, event, by=by, now=now)
    return record(
        child,
        "ticket.unmerged",
        by=by,
        now=now,
        field="merge",
        old=parent.number,
        data={"from": parent.id, "number": parent.number},
        is_public=True,
        undoes_id=event.id,
    )


def _refuse_undo(child: Ticket, parent: Ticket) -> None:
    if child.merged_into_id != parent.id:
        raise Refused(_("This ticket is not merged into that one any more."))
    if child.deleted_at is not None:
        raise Refused(_("This ticket is in the trash. Bring it back first."))
    if parent.merged_into_id is not None:
        raise Refused(_("Ticket %(number)s was merged itself. Undo that merge first.") % {"number": parent.number})
    if parent.deleted_at is not None:
        raise Refused(_("Ticket %(number)s is in the trash. Bring it back first.") % {"number": parent.number})


def _entries_since(parent_id: int, up_to: int) -> bool:
    """True when anything was written in the parent since the merge."""
    newest = db.session.execute(select(func.max(Entry.id)).where(Entry.thread_id == parent_id)).scalar() or 0
    return newest > up_to


def family(ticket_id: int) -> list[int]:
    """The ticket and all that were merged into it, however far down."""
    found, wanted = [ticket_id], [ticket_id]
    while wanted:
        wanted = list(
            db.session.execute(
                select(Ticket.id).where(Ticket.merged_into_id.in_(wanted), Ticket.id.not_in(found))
            ).scalars()
        )
        found += wanted
    return found


def _return_entries(child_id: int, parent_id: int, up_to: int) -> None:
    """Only what was written in the child or in what was merged into it, before the merge."""
    db.session.execute(
        update(Entry)
        .where(Entry.thread_id == parent_id, Entry.ticket_id.in_(family(child_id)), Entry.id <= up_to)
        .values(thread_id=child_id)
    )


def _return_people(parent_id: int, person_ids: list[int]) -> None:
    for person_id in person_ids:
        if follows(parent_id, person_id):
            drop_collaborator(parent_id, person_id)


def _return_promises(child: Ticket, parent: Ticket, notes: list[dict[str, Any]]) -> None:
    for note in reversed(notes):
        moved = db.session.get(Promise, note["moved"], populate_existing=True)
        ended = db.session.get(Promise, note["ended"], populate_existing=True) if note["ended"] else None
        if moved is None or moved.ticket_id != parent.id or (ended is None and moved.state != "open"):
            continue
        moved.ticket_id = child.id
        db.session.flush()
        if ended is not None and ended.state == "withdrawn" and open_promise(ended.ticket_id, ended.kind) is None:
            ended.state, ended.reason, ended.ended_at = "open", "", None
            db.session.flush()


def _restore_talk(parent: Ticket, talk: dict[str, Any]) -> None:
    for name in _TALK_COLUMNS:
        value = talk[name]
        setattr(parent, name, read_instant(value) if name.endswith("_at") else value)


def _record_undo_on_parent(child: Ticket, parent: Ticket, event: Event, *, by: Actor, now: datetime) -> Event:
    received = db.session.execute(
        select(Event.id)
        .where(
            Event.ticket_id == parent.id,
            Event.kind == "merge.received",
            Event.field == f"merged:{child.id}",
            Event.happened_at == event.happened_at,
        )
        .order_by(Event.id.desc())
        .limit(1)
    ).scalar()
    return record(
        parent,
        "merge.undone",
        by=by,
        now=now,
        field=f"merged:{child.id}",
        old=child.number,
        data={"ticket": child.id, "number": child.number},
        undoes_id=received,
    )


def _undo_received(parent: Ticket, event: Event, *, by: Actor, now: datetime) -> Event:
    """The same from the parent's side."""
    child, merged = db.session.get(Ticket, event.data["ticket"]), db.session.get(Event, event.data["event"])
    if child is None or merged is None:
        raise NotFound(_("The ticket that was merged does not exist any more."))
    if child.merged_into_id != parent.id:
        raise Refused(_("This ticket is not merged into that one any more."))
    _undo_merged(child, merged, by=by, now=now)
    return db.session.execute(select(Event).where(Event.undoes_id == event.id)).scalar_one()


UNDO["ticket.merged"] = _undo_merged
UNDO["merge.received"] = _undo_received

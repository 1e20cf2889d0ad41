"""Priority, due time, topic and subject: one field each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from portal.core.database import lock, transaction
from portal.core.errors import Refused
from portal.core.words import _
from portal.people.actor import Actor
from portal.tickets.facts import put_due
from portal.tickets.guards import good_subject, refuse_if_gone
from portal.tickets.history import check_seen, instant, read_instant, record
from portal.tickets.models import Event, Ticket
from portal.tickets.policy import require
from portal.tickets.search_text import index_ticket
from portal.tickets.statuses import ticket_lists


def _begin(ticket: Ticket, field: str, by: Actor, seen: int | None) -> None:
    lock(ticket)
    refuse_if_gone(ticket)
    require(by, "ticket.edit", ticket)
    check_seen(ticket, field, seen)


def change_priority(ticket: Ticket, slug: str, *, by: Actor, now: datetime, seen: int | None = None) -> Event | None:
    """Set the priority by its slug. None when it has it already."""
    priority = ticket_lists().priority(slug)
    if not priority.is_active:
        raise Refused(_("This priority is switched off. Pick another one."), field="priority")
    with transaction():
        _begin(ticket, "priority", by, seen)
        return _set_priority(ticket, slug, by=by, now=now)


def _set_priority(ticket: Ticket, slug: str, *, by: Actor, now: datetime, undoes_id: int | None = None) -> Event | None:
    priority = ticket_lists().priority(slug)
    if ticket.priority_id == priority.id:
        return None
    old = ticket_lists().priorities[ticket.priority_id].slug
    ticket.priority_id, ticket.priority_rank = priority.id, priority.rank
    return record(ticket, "priority.changed", by=by, now=now, field="priority", old=old, new=slug, undoes_id=undoes_id)


def change_due(
    ticket: Ticket, due_at: datetime | None, *, by: Actor, now: datetime, seen: int | None = None
) -> Event | None:
    """Set or clear the due time (a UTC instant). A past time is refused. None when it is the same."""
    with transaction():
        _begin(ticket, "due", by, seen)
        if due_at is not None and due_at != ticket.due_at and due_at <= now:
            raise Refused(_("This time has passed. Pick one that is still to come."), field="due_at")
        return _set_due(ticket, due_at, by=by, now=now)


def _set_due(
    ticket: Ticket, due_at: datetime | None, *, by: Actor, now: datetime, undoes_id: int | None = None
) -> Event | None:
    if ticket.due_at == due_at:
        return None
    old, ticket.due_at = ticket.due_at, due_at
    put_due(ticket)
    return record(
        ticket, "due.changed", by=by, now=now, field="due", old=instant(old), new=instant(due_at), undoes_id=undoes_id
    )


def change_topic(
    ticket: Ticket, topic_id: int | None, *, by: Actor, now: datetime, seen: int | None = None
) -> Event | None:
    """Set or clear the help topic. Department and priority stay: those were for intake. None when it is the same."""
    topic = ticket_lists().topics.get(topic_id) if topic_id is not None else None
    if topic_id is not None and (topic is None or not topic.is_active):
        raise Refused(_("There is no such topic. Pick one from the list."), field="topic")
    with transaction():
        _begin(ticket, "topic", by, seen)
        return _set_topic(ticket, topic_id, by=by, now=now)


def _set_topic(
    ticket: Ticket, topic_id: int | None, *, by: Actor, now: datetime, undoes_id: int | None = None
) -> Event | None:
    if ticket.topic_id == topic_id:
        return None
    old, ticket.topic_id = ticket.topic_id, topic_id
    return record(ticket, "topic.changed", by=by, now=now, field="topic", old=old, new=topic_id, undoes_id=undoes_id)


def change_subject(ticket: Ticket, subject: str, *, by: Actor, now: datetime, seen: int | None = None) -> Event | None:
    """Set the subject. Raises Refused when it is empty or too long. None when it is the same."""
    subject = good_subject(subject)
    with transaction():
        _begin(ticket, "subject", by, seen)
        return _set_subject(ticket, subject, by=by, now=now)


def _set_subject(
    ticket: Ticket, subject: str, *, by: Actor, now: datetime, undoes_id: int | None = None
) -> Event | None:
    if ticket.subject == subject:
        return None
    old, ticket.subject = ticket.subject, subject
    event = record(
        ticket, "subject.changed", by=by, now=now, field="subject", old=old, new=subject, undoes_id=undoes_id
    )
    index_ticket(ticket)
    return event


def undo_field(ticket: Ticket, event: Event, *, by: Actor, now: datetime) -> Event:
    """Give back the value of the one field an event changed, while it still is the one the event set."""
    require(by, "ticket.edit", ticket)
    lists = ticket_lists()
    current: dict[str, Any] = {
        "priority": lists.priorities[ticket.priority_id].slug,
        "due": instant(ticket.due_at),
        "topic": ticket.topic_id,
        "subject": ticket.subject,
    }
    if event.field not in current or current[event.field] != event.new:
        raise Refused(_("This has changed since. Set it by hand."))
    if event.field == "priority":
        undone = _set_priority(ticket, event.old, by=by, now=now, undoes_id=event.id)
    elif event.field == "due":
        undone = _set_due(ticket, read_instant(event.old), by=by, now=now, undoes_id=event.id)
    elif event.field == "topic":
        if event.old is not None and event.old not in lists.topics:
            raise Refused(_("The topic it had does not exist any more."))
        undone = _set_topic(ticket, event.old, by=by, now=now, undoes_id=event.id)
    else:
        undone = _set_subject(ticket, event.old, by=by, now=now, undoes_id=event.id)
    if undone is None:
        raise Refused(_("There is nothing to undo."))
    return undone

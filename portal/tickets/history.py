"""The only writer of events. Audit, timeline, undo, notices and reports all read what is written here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import select

from portal.core.database import db
from portal.core.errors import Conflict
from portal.core.words import _
from portal.people.actor import Actor
from portal.tickets.models import Event, Ticket

listeners: list[Callable[[Ticket, Event], None]] = []
"""Called inside the transaction for every event; the notices room, which stands above, writes its letters here."""


def record(
    ticket: Ticket,
    kind: str,
    *,
    by: Actor,
    now: datetime,
    field: str | None = None,
    old: Any = None,
    new: Any = None,
    data: dict[str, Any] | None = None,
    is_public: bool = False,
    entry_id: int | None = None,
    undoes_id: int | None = None,
) -> Event:
    """Write one event, grow the ticket's version and its `updated_at`; gives the event (flushed, with its id).

    `old` and `new` are JSON values (ids, slugs, ISO instants). Call inside `transaction()` after `lock(ticket)`.
    """
    ticket.version += 1
    ticket.updated_at = max(now, ticket.updated_at)
    event = Event(
        ticket_id=ticket.id,
        kind=kind,
        field=field,
        old=old,
        new=new,
        data=data or {},
        is_public=is_public,
        actor_kind=by.kind,
        actor_id=by.person_id,
        actor_name=by.name,
        entry_id=entry_id,
        undoes_id=undoes_id,
        version=ticket.version,
        happened_at=now,
    )
    db.session.add(event)
    db.session.flush()
    for listener in listeners:
        listener(ticket, event)
    return event


def check_seen(ticket: Ticket, field: str, seen_version: int | None) -> None:
    """Raise Conflict when an event after `seen_version` changed the same field (product.md section 3).

    The sentence names who did it; None means that the form carried no version, so there is no check.
    """
    if seen_version is None:
        return
    event = db.session.execute(
        select(Event)
        .where(Event.ticket_id == ticket.id, Event.field == field, Event.version > seen_version)
        .order_by(Event.version.desc())
        .limit(1)
    ).scalar()
    if event is not None:
        raise Conflict(
            _("%(name)s changed this meanwhile.") % {"name": event.actor_name or _("Somebody")},
            field=field,
            current_version=ticket.version,
        )


def instant(value: datetime | None) -> str | None:
    """An instant as an event keeps it: ISO 8601, or None."""
    return value.isoformat() if value else None


def read_instant(value: str | None) -> datetime | None:
    """The instant of an event's value."""
    return datetime.fromisoformat(value) if value else None

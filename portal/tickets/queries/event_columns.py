"""What the sentences about an event are made of (tickets/wording.py), for every query that shows events."""

from __future__ import annotations

from portal.tickets.models import Event

EVENT_COLUMNS = (
    Event.id,
    Event.ticket_id,
    Event.kind,
    Event.field,
    Event.old,
    Event.new,
    Event.data,
    Event.is_public,
    Event.actor_kind,
    Event.actor_id,
    Event.actor_name,
    Event.entry_id,
    Event.undoes_id,
    Event.version,
    Event.happened_at,
)

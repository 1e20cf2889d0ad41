"""Taking an event back, while the value is still the one it set, by anyone who may make that change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select

from portal.core.database import db, lock, transaction
from portal.core.errors import NotFound, Refused
from portal.core.words import _
from portal.people.actor import Actor
from portal.tickets.actions.assignment import undo_assignment
from portal.tickets.actions.fields import undo_field
from portal.tickets.actions.status import undo_status
from portal.tickets.actions.transfer import undo_transfer
from portal.tickets.guards import refuse_if_gone
from portal.tickets.models import Event, Ticket

Undo = Callable[..., Event]

UNDO: dict[str, Undo] = {
    "status.changed": undo_status,
    "ticket.resolved": undo_status,
    "ticket.closed": undo_status,
    "ticket.reopened": undo_status,
    "ticket.assigned": undo_assignment,
    "ticket.released": undo_assignment,
    "priority.changed": undo_field,
    "due.changed": undo_field,
    "topic.changed": undo_field,
    "subject.changed": undo_field,
    "department.changed": undo_transfer,
}
"""How each kind of event is taken back: `function(ticket, event, by=, now=)` inside a transaction, gives the new event.

Action files of other verb families add theirs here.
"""


_WAY_BACK = ("ticket.trashed", "ticket.merged")
"""What may be undone on a ticket in the trash or merged."""


def is_undoable(kind: str, undoes_id: int | None = None) -> bool:
    """True for kinds of events that can be taken back. An undo is itself undone by undoing its event."""
    return kind in UNDO


def undo(ticket: Ticket, event_id: int, *, by: Actor, now: datetime) -> Event:
    """Take back one event of this ticket; gives the event that says so.

    Raises NotFound for an event of another ticket, Refused when it cannot be taken back (any more) or was already.
    """
    with transaction():
        lock(ticket)
        event = db.session.get(Event, event_id)
        if event is None or event.ticket_id != ticket.id:
            raise NotFound(_("There is no such change on this ticket."))
        if event.kind not in UNDO:
            raise Refused(_("This cannot be undone."))
        if event.kind not in _WAY_BACK:
            refuse_if_gone(ticket)
        taken_back = db.session.execute(select(Event.id).where(Event.undoes_id == event.id).limit(1)).scalar()
        if taken_back is not None:
            raise Refused(_("This was undone already."))
        return UNDO[event.kind](ticket, event, by=by, now=now)

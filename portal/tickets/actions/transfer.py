"""Moving a ticket to another department."""

from __future__ import annotations

from datetime import datetime

from portal.core.database import lock, transaction
from portal.core.errors import Refused
from portal.core.words import _
from portal.people.actor import Actor
from portal.people.desk import desk
from portal.tickets.actions.assignment import may_hold
from portal.tickets.guards import good_text, refuse_if_gone
from portal.tickets.history import check_seen, record
from portal.tickets.models import Event, Ticket
from portal.tickets.policy import require


def transfer(
    ticket: Ticket, department_id: int, *, comment: str = "", by: Actor, now: datetime, seen: int | None = None
) -> Event | None:
    """Move the ticket; an assignee who has no access there is dropped. A comment becomes a note. None when it is there.

    Product.md section 3, "transfer / refer".
    """
    from portal.tickets.actions.entries import write_note

    department = desk().departments.get(department_id)
    if department is None or not department.is_active:
        raise Refused(_("There is no such department. Pick one from the list."), field="department")
    comment = good_text(comment, field="comment", may_be_empty=True)
    with transaction():
        lock(ticket)
        refuse_if_gone(ticket)
        require(by, "ticket.transfer", ticket)
        check_seen(ticket, "department", seen)
        if ticket.department_id == department_id:
            return None
        card = desk().agents.get(ticket.assignee_id or 0)
        dropped = card.id if card is not None and not may_hold(card, department_id) else None
        old, ticket.department_id = ticket.department_id, department_id
        if dropped is not None:
            ticket.assignee_id = None
        event = record(
            ticket,
            "department.changed",
            by=by,
            now=now,
            field="department",
            old=old,
            new=department_id,
            data={"dropped": dropped},
        )
        if comment:
            write_note(ticket, comment, by=by, now=now)
        return event


def undo_transfer(ticket: Ticket, event: Event, *, by: Actor, now: datetime) -> Event:
    """Move the ticket back, to the assignee the transfer had dropped when nobody else took it."""
    require(by, "ticket.transfer", ticket)
    if ticket.department_id != event.new:
        raise Refused(_("The department has changed since. Move it by hand."))
    department = desk().departments.get(event.old)
    if department is None or not department.is_active:
        raise Refused(_("The department it came from does not exist any more."))
    dropped = event.data.get("dropped")
    card = desk().agents.get(dropped or 0)
    ticket.department_id = event.old
    if card is not None and card.is_active and ticket.assignee_id is None:
        ticket.assignee_id = card.id
    return record(
        ticket,
        "department.changed",
        by=by,
        now=now,
        field="department",
        old=event.new,
        new=event.old,
        data={"given_back": dropped},
        undoes_id=event.id,
    )

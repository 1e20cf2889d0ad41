"""Giving a ticket to another customer."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from portal.core.database import db, lock, transaction
from portal.core.errors import NotFound, Refused
from portal.core.words import _
from portal.people.actor import Actor
from portal.people.models import Person
from portal.tickets import policy, search_text
from portal.tickets.actions.collaborators import drop_collaborator, follows, put_collaborator
from portal.tickets.actions.secure_links import give_back_links, revoke_links
from portal.tickets.actions.undo import UNDO
from portal.tickets.guards import refuse_if_gone
from portal.tickets.history import check_seen, record
from portal.tickets.models import Event, Ticket


def change_customer(
    ticket: Ticket, person_id: int, *, by: Actor, now: datetime, seen: int | None = None
) -> Event | None:
    """Make another person the customer. None when they are already.

    The old customer's secure links to this ticket stop working; an agent's choice counts as proof of the address.
    Raises Forbidden, Conflict, NotFound for a person who does not exist, Refused for one switched off.
    """
    policy.require(by, "ticket.customer", ticket)
    with transaction():
        lock(ticket)
        refuse_if_gone(ticket)
        if person_id == ticket.customer_id:
            return None
        check_seen(ticket, "customer", seen)
        person = db.session.get(Person, person_id)
        if person is None:
            raise NotFound(_("There is no such person."), field="email")
        if not person.is_active:
            raise Refused(_("%(name)s is switched off.") % {"name": person.name}, field="email")
        return _put(ticket, person_id, is_proven=True, by=by, now=now)


def _put(
    ticket: Ticket, person_id: int, *, is_proven: bool, by: Actor, now: datetime, undoes_id: int | None = None
) -> Event:
    old_id = ticket.customer_id
    rows = db.session.execute(select(Person.id, Person.name).where(Person.id.in_([old_id, person_id]))).all()
    names = {row.id: row.name for row in rows}
    data = {
        "old_name": names.get(old_id, ""),
        "new_name": names.get(person_id, ""),
        "was_proven": ticket.is_address_proven,
        "followed": drop_collaborator(ticket.id, person_id),
        "links": revoke_links(ticket.id, old_id, now=now),
    }
    ticket.customer_id, ticket.is_address_proven = person_id, is_proven
    search_text.index_ticket(ticket)
    return record(
        ticket,
        "customer.changed",
        by=by,
        now=now,
        field="customer",
        old=old_id,
        new=person_id,
        data=data,
        undoes_id=undoes_id,
    )


def _undo_changed(ticket: Ticket, event: Event, *, by: Actor, now: datetime) -> Event:
    policy.require(by, "ticket.customer", ticket)
    if ticket.customer_id != event.new:
        raise Refused(_("The ticket has another customer by now."))
    give_back_links(event.data.get("links", []))
    undone = _put(
        ticket, event.old, is_proven=bool(event.data.get("was_proven", True)), by=by, now=now, undoes_id=event.id
    )
    if event.data.get("followed") and not follows(ticket.id, event.new):
        put_collaborator(ticket.id, event.new, now=now)
    return undone


UNDO["customer.changed"] = _undo_changed

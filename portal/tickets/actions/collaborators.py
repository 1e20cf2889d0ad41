"""People who follow a ticket beside its customer (Cc)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, insert, select

from portal.core.database import db, lock, transaction
from portal.core.errors import NotFound, Refused
from portal.core.words import _
from portal.people.actor import Actor
from portal.people.models import Person
from portal.tickets import policy
from portal.tickets.actions.secure_links import give_back_links, revoke_links
from portal.tickets.actions.undo import UNDO
from portal.tickets.guards import refuse_if_gone
from portal.tickets.history import record
from portal.tickets.models import Collaborator, Event, Ticket


def add_collaborator(ticket: Ticket, person_id: int, *, by: Actor, now: datetime) -> Event | None:
    """Let a person follow the ticket. None when they do already.

    Raises Forbidden, NotFound for a person who does not exist, Refused for the customer or a person switched off.
    """
    policy.require(by, "ticket.edit", ticket)
    with transaction():
        lock(ticket)
        refuse_if_gone(ticket)
        person = db.session.get(Person, person_id)
        if person is None:
            raise NotFound(_("There is no such person."), field="email")
        if person_id == ticket.customer_id:
            raise Refused(_("%(name)s is the customer of this ticket.") % {"name": person.name}, field="email")
        if not person.is_active:
            raise Refused(_("%(name)s is switched off.") % {"name": person.name}, field="email")
        if follows(ticket.id, person_id):
            return None
        return _add(ticket, person_id, person.name, by=by, now=now)


def remove_collaborator(ticket: Ticket, person_id: int, *, by: Actor, now: datetime) -> Event | None:
    """Let a person follow no longer; their secure links to this ticket stop working. None when they did not follow.

    Raises Forbidden.
    """
    policy.require(by, "ticket.edit", ticket)
    with transaction():
        lock(ticket)
        refuse_if_gone(ticket)
        if not follows(ticket.id, person_id):
            return None
        name = db.session.execute(select(Person.name).where(Person.id == person_id)).scalar_one()
        return _remove(ticket, person_id, name, by=by, now=now)


def follows(ticket_id: int, person_id: int) -> bool:
    """True when the person is a collaborator of the ticket."""
    found = select(Collaborator.person_id).where(
        Collaborator.ticket_id == ticket_id, Collaborator.person_id == person_id
    )
    return db.session.execute(found).first() is not None


def put_collaborator(ticket_id: int, person_id: int, *, now: datetime) -> None:
    """Write the row. Call inside `transaction()` for a person who does not follow yet."""
    db.session.execute(insert(Collaborator).values(ticket_id=ticket_id, person_id=person_id, added_at=now))


def drop_collaborator(ticket_id: int, person_id: int) -> bool:
    """Remove the row. Call inside `transaction()`; gives True when there was one."""
    done = db.session.execute(
        delete(Collaborator).where(Collaborator.ticket_id == ticket_id, Collaborator.person_id == person_id)
    )
    return bool(done.rowcount)  # type: ignore[attr-defined]


def _add(ticket: Ticket, person_id: int, name: str, *, by: Actor, now: datetime, undoes_id: int | None = None) -> Event:
    put_collaborator(ticket.id, person_id, now=now)
    return record(
        ticket,
        "collaborator.added",
        by=by,
        now=now,
        field=f"collaborator:{person_id}",
        old=False,
        new=True,
        data={"person": person_id, "name": name},
        is_public=True,
        undoes_id=undoes_id,
    )


def _remove(
    ticket: Ticket, person_id: int, name: str, *, by: Actor, now: datetime, undoes_id: int | None = None
) -> Event:
    drop_collaborator(ticket.id, person_id)
    links = revoke_links(ticket.id, person_id, now=now)
    return record(
        ticket,
        "collaborator.removed",
        by=by,
        now=now,
        field=f"collaborator:{person_id}",
        old=True,
        new=False,
        data={"person": person_id, "name": name, "links": links},
        is_public=True,
        undoes_id=undoes_id,
    )


def _undo_added(ticket: Ticket, event: Event, *, by: Actor, now: datetime) -> Event:
    policy.require(by, "ticket.edit", ticket)
    if not follows(ticket.id, event.data["person"]):
        raise Refused(_("%(name)s does not follow this ticket any more.") % {"name": event.data["name"]})
    return _remove(ticket, event.data["person"], event.data["name"], by=by, now=now, undoes_id=event.id)


def _undo_removed(ticket: Ticket, event: Event, *, by: Actor, now: datetime) -> Event:
    policy.require(by, "ticket.edit", ticket)
    person_id, name = event.data["person"], event.data["name"]
    if person_id == ticket.customer_id or follows(ticket.id, person_id):
        raise Refused(_("%(name)s is on this ticket already.") % {"name": name})
    give_back_links(event.data.get("links", []))
    return _add(ticket, person_id, name, by=by, now=now, undoes_id=event.id)


UNDO["collaborator.added"] = _undo_added
UNDO["collaborator.removed"] = _undo_removed

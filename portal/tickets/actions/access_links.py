"""Secure links that an agent hands to the customer, until letters carry them: each is shown once, never stored."""

from __future__ import annotations

from datetime import datetime

from portal.core.database import lock, transaction
from portal.people.actor import Actor
from portal.people.links import make_ticket_link, revoke_ticket_links
from portal.tickets.guards import refuse_if_gone
from portal.tickets.history import record
from portal.tickets.models import Event, Ticket
from portal.tickets.policy import require


def give_access_link(ticket: Ticket, *, by: Actor, now: datetime) -> str:
    """Make a secure link for the ticket's customer; gives its token, of which nothing is kept but the hash.

    The event says who made it, without the token. Raises Forbidden and Refused.
    """
    with transaction():
        lock(ticket)
        refuse_if_gone(ticket)
        require(by, "ticket.reply", ticket)
        token = make_ticket_link(ticket.id, ticket.customer_id, now=now)
        record(ticket, "access.given", by=by, now=now)
        return token


def revoke_access_links(ticket: Ticket, *, by: Actor, now: datetime) -> Event | None:
    """Make every secure link of the ticket useless, with the sessions they opened. None when there was none."""
    with transaction():
        lock(ticket)
        require(by, "ticket.reply", ticket)
        count = revoke_ticket_links(ticket.id, now=now)
        return record(ticket, "access.revoked", by=by, now=now, data={"links": count}) if count else None

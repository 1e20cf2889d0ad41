"""The customer's other tickets, to merge into."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from portal.core.database import db
from portal.people.actor import Actor
from portal.tickets.models import Ticket
from portal.tickets.policy import visible_to


@dataclass(frozen=True, slots=True)
class NearTicket:
    """Another ticket of the same customer."""

    number: str
    subject: str


def near_tickets(viewer: Actor, ticket: Ticket, *, most: int = 6) -> tuple[NearTicket, ...]:
    """The customer's newest other tickets that the viewer may see: one statement, index ix_ticket_customer."""
    rows = db.session.execute(
        visible_to(
            viewer,
            select(Ticket.number, Ticket.subject).where(
                Ticket.customer_id == ticket.customer_id, Ticket.is_listed, Ticket.id != ticket.id
            ),
        )
        .order_by(Ticket.updated_at.desc(), Ticket.id.desc())
        .limit(most)
    ).all()
    return tuple(NearTicket(row.number, row.subject) for row in rows)

"""A customer writes to a ticket that ended too long ago: a new one is opened that links to the old."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from portal.core.database import db
from portal.core.files import KeptFile
from portal.people.actor import Actor
from portal.tickets.actions.open import NewTicket, open_ticket
from portal.tickets.history import record
from portal.tickets.models import Entry, Ticket, TicketLink
from portal.tickets.statuses import ticket_lists


def open_follow_up(
    ticket: Ticket, text: str, *, by: Actor, now: datetime, channel: str, files: Sequence[KeptFile]
) -> Entry:
    """Open the new ticket for the same customer and topic, link both, and give its first entry."""
    topic = ticket_lists().topics.get(ticket.topic_id or 0)
    is_topic_open = topic is not None and topic.is_active and (topic.is_public or by.is_agent)
    fresh = open_ticket(
        NewTicket(
            subject=ticket.subject,
            message=text,
            customer_id=by.person_id or ticket.customer_id,
            channel=channel,
            topic_id=ticket.topic_id if is_topic_open else None,
            department_id=ticket.department_id,
            files=files,
            is_address_proven=ticket.is_address_proven,
        ),
        by=by,
        now=now,
    )
    link = TicketLink(from_id=ticket.id, to_id=fresh.id, kind="related", made_at=now)
    db.session.add(link)
    db.session.flush()
    record(
        fresh,
        "link.added",
        by=by,
        now=now,
        field=f"link:{ticket.id}",
        new="related",
        data={"ticket": ticket.id, "number": ticket.number, "link": "related", "follows": True},
        is_public=True,
    )
    record(
        ticket,
        "link.added",
        by=by,
        now=now,
        field=f"link:{fresh.id}",
        new="related",
        data={"ticket": fresh.id, "number": fresh.number, "link": "related", "followed_by": True},
        is_public=True,
    )
    return db.session.execute(select(Entry).where(Entry.ticket_id == fresh.id).order_by(Entry.id).limit(1)).scalar_one()

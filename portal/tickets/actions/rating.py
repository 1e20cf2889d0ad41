"""Satisfaction: what the customer thinks of it once the ticket is closed."""

from __future__ import annotations

from datetime import datetime

from portal.core.database import lock, transaction
from portal.core.errors import Forbidden, Refused
from portal.core.words import _
from portal.people.actor import Actor
from portal.tickets.guards import good_text, refuse_if_gone
from portal.tickets.history import record
from portal.tickets.models import Event, Ticket

LOWEST, HIGHEST = 1, 5


def rate(ticket: Ticket, rating: int, *, comment: str = "", by: Actor, now: datetime) -> Event | None:
    """Rate a closed ticket from 1 to 5, or rate it anew. None when nothing changes.

    Raises Forbidden for anybody but its customer, Refused for another number or a ticket that is not closed.
    """
    if not by.is_customer or by.person_id != ticket.customer_id:
        raise Forbidden(_("Only the customer can rate this ticket."))
    if not LOWEST <= rating <= HIGHEST:
        raise Refused(_("Pick a number from 1 to 5."), field="rating")
    comment = good_text(comment, field="comment", may_be_empty=True)
    with transaction():
        lock(ticket)
        refuse_if_gone(ticket)
        if ticket.state != "closed":
            raise Refused(_("You can rate this once it is closed."))
        if (ticket.rating, ticket.rating_comment) == (rating, comment):
            return None
        old = ticket.rating
        ticket.rating, ticket.rating_comment = rating, comment
        return record(
            ticket, "ticket.rated", by=by, now=now, field="rating", old=old, new=rating, data={"comment": bool(comment)}
        )

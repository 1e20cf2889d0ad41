"""One customer's tickets as an agent may see them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam

from portal.core.paging import Cursor
from portal.core.words import _
from portal.people.actor import Actor
from portal.queues.queue_page import QueuePage, read_queue
from portal.queues.shipped import Leg, Queue
from portal.tickets.models import Ticket


def _of_customer(_actor: Actor, _order: str) -> list[Leg]:
    of_customer = Ticket.customer_id == bindparam("customer_id", type_=Ticket.customer_id.type)
    return [(of_customer, Ticket.deleted_at.is_(None))]


_QUEUE = Queue(
    slug="customer",
    name=_("Tickets"),
    tone="",
    order="-updated",
    legs=_of_customer,
    empty_title=_("No tickets yet"),
    empty_text=_("Tickets of this customer that you may see come here."),
    orders=("-updated",),
)


def customer_tickets(actor: Actor, person_id: int, *, cursor: Cursor | None, now: datetime) -> QueuePage:
    """A page of the person's tickets in every state, the last changed first: one statement."""
    return read_queue(actor, _QUEUE, order="-updated", cursor=cursor, now=now, customer_id=person_id)

"""`/tickets/<number>`: one ticket, as its customer sees it."""

from __future__ import annotations

from datetime import datetime

from flask import request

from portal.core.clock import utc_now
from portal.core.paging import decode_cursor
from portal.people.actor import Actor
from portal.tickets.queries.customer_ticket import CustomerTicket, customer_ticket
from portal.web.auth import current_actor
from portal.web.customer import customer
from portal.web.customer.door import at_door, show
from portal.web.customer.forms import MessageForm
from portal.web.customer.stops import shown_stops, with_times_strong
from portal.web.htmx import is_htmx


@customer.get("/tickets/<number>")
def one(number: str) -> tuple[str, int]:
    """The page: sentence, track, conversation and what the customer may do. Seven statements with the session's."""
    now = utc_now()
    before = decode_cursor(request.args.get("before"))
    ticket, actor = at_door(
        lambda actor: customer_ticket(actor, number, now=now, time_zone=actor.time_zone, before=before), number
    )
    return show_ticket(ticket, actor, now=now, is_whole=before is None)


def show_ticket(
    ticket: CustomerTicket,
    actor: Actor,
    *,
    now: datetime,
    form: MessageForm | None = None,
    status: int = 200,
    is_whole: bool = True,
) -> tuple[str, int]:
    """The ticket's page, or to htmx what is inside it; with `form` what was typed and what is wrong with it."""
    promised = (ticket.news_by, ticket.fix_by, ticket.call_by)
    return show(
        "customer/_ticket.html" if is_htmx() else "customer/ticket.html",
        status=status,
        ticket=ticket,
        now=now,
        zone=actor.time_zone,
        form=form,
        is_whole=is_whole,
        coming=with_times_strong(ticket.words.next, promised, now, actor.time_zone),
        stops=shown_stops(ticket.stops, now, actor.time_zone),
        is_guest=not current_actor().is_signed_in,
    )

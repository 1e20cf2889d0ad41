"""Customers: the list, and one of them with their tickets."""

from __future__ import annotations

from urllib.parse import quote

from flask import render_template, request

from portal.core.clock import utc_now
from portal.core.paging import decode_cursor
from portal.core.text import clean_line
from portal.people.customer_list import customer_card, customer_list
from portal.queues.customer_tickets import customer_tickets
from portal.tickets.policy import can_anywhere
from portal.web.agent import agent
from portal.web.agent.queue import PLAIN_COLUMNS
from portal.web.auth import current_actor

LONGEST_QUERY = 200


@agent.get("/customers")
def customers() -> str:
    """The customers whose name or address holds what `q` says: one statement besides the session's."""
    typed = clean_line(request.args.get("q", "")[: LONGEST_QUERY * 2])[:LONGEST_QUERY]
    cursor = decode_cursor(request.args.get("at"))
    found = customer_list(typed, cursor=cursor)
    here = "/agent/customers" + (f"?q={quote(typed)}" if typed else "")
    join = "&at=" if typed else "?at="
    return render_template(
        "agent/customers/list.html",
        page=found,
        typed=typed,
        first_url=here if cursor is not None else "",
        newer_url=here + join + found.newer if found.newer else "",
        older_url=here + join + found.older if found.older else "",
        section="customers",
    )


@agent.get("/customers/<int:person_id>")
def customer(person_id: int) -> str:
    """One customer and their tickets: two statements besides the session's."""
    actor, now = current_actor(), utc_now()
    card = customer_card(person_id)
    cursor = decode_cursor(request.args.get("at"))
    page = customer_tickets(actor, person_id, cursor=cursor, now=now)
    here = f"/agent/customers/{person_id}"
    address = card.addresses[0][0] if card.addresses else ""
    return render_template(
        "agent/customers/page.html",
        card=card,
        page=page,
        columns=PLAIN_COLUMNS,
        new_url=f"/agent/tickets/new?email={quote(address)}" if can_anywhere(actor, "ticket.create") else "",
        first_url=here if cursor is not None else "",
        newer_url=f"{here}?at={page.newer}" if page.newer else "",
        older_url=f"{here}?at={page.older}" if page.older else "",
        now=now,
        zone=actor.time_zone,
        section="customers",
    )

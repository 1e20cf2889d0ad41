"""`/`: open a ticket, find a ticket, and for those signed in the newest of theirs."""

from __future__ import annotations

from portal.core.clock import utc_now
from portal.tickets.queries.customer_list import customer_list
from portal.web.auth import current_actor
from portal.web.customer import customer
from portal.web.customer.door import show, signed_in_customer

NEWEST = 5


@customer.get("/")
def home() -> tuple[str, int]:
    """The first page. One statement for the newest tickets of somebody signed in, none for others."""
    actor = current_actor()
    newest = customer_list(signed_in_customer(), size=NEWEST) if actor.is_signed_in else None
    return show("customer/home.html", newest=newest, now=utc_now(), zone=actor.time_zone)

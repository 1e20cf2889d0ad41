"""`/tickets`: the tickets of whoever is here."""

from __future__ import annotations

from flask import request

from portal.core.clock import utc_now
from portal.core.paging import decode_cursor
from portal.core.text import clean_line
from portal.tickets.queries.customer_list import CustomerList, customer_list
from portal.web.auth import SignInNeeded, current_actor, guests
from portal.web.customer import customer
from portal.web.customer.door import show, signed_in_customer

QUERY_LENGTH = 200


@customer.get("/tickets")
def mine() -> tuple[str, int]:
    """My tickets, newest change first, 25 a page; `q` narrows by words. A holder of secure links sees those tickets."""
    query = clean_line(request.args.get("q"))[:QUERY_LENGTH]
    actor = current_actor()
    if actor.is_signed_in:
        page = customer_list(signed_in_customer(), cursor=decode_cursor(request.args.get("page")), query=query)
    else:
        page = _held(query)
        actor = guests()[0]
    return show("customer/mine.html", page=page, query=query, now=utc_now(), zone=actor.time_zone)


def _held(query: str) -> CustomerList:
    """The tickets of this browser's secure links, at most five; a statement each."""
    if not guests():
        raise SignInNeeded
    rows = [row for guest in guests() for row in customer_list(guest, query=query).rows]
    by_number = {row.number: row for row in rows}
    newest_first = sorted(by_number.values(), key=lambda row: row.updated_at, reverse=True)
    return CustomerList(tuple(newest_first), "", "", is_first=True)

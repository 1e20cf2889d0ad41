"""Customers as agents see them."""

from __future__ import annotations

import re

from flask import Flask

from portal.core.clock import utc_now
from portal.tickets import actions
from tests import world
from tests.agent_queue.test_queue import shown, text_of


def names(html: str) -> list[str]:
    """The names in the list."""
    return re.findall(r'<tr data-row id="customer-\d+"><td><a[^>]*><bdi>([^<]*)</bdi>', html)


def test_customers_are_found_by_name_and_address(app: Flask) -> None:
    cast = world.cast()
    world.make_customer("Özlem Ünal", address="oezlem@Firm.example")
    client = world.signed_in(app, cast.ana)
    assert names(text_of(client.get("/agent/customers"))) == ["Özlem Ünal", "Tomas Novak", "Maya Cole", "Priya Nair"]
    for typed, found in (
        ("nair", ["Priya Nair"]),
        ("PRIYA", ["Priya Nair"]),
        ("ünal", ["Özlem Ünal"]),
        ("ÖZLEM", ["Özlem Ünal"]),
        ("@firm", ["Özlem Ünal"]),
        ("priya nair", ["Priya Nair"]),
        ("priya cole", []),
        ("%", []),
        ("_", []),
        ("ana", []),
    ):
        html = text_of(client.get("/agent/customers", query_string={"q": typed}))
        assert names(html) == found, typed


def test_the_list_goes_on_over_pages(app: Flask) -> None:
    client = world.signed_in(app, world.make_agent())
    for number in range(30):
        world.make_customer(f"Person {number}")
    html = text_of(client.get("/agent/customers"))
    older = re.search(r'rel="next" href="([^"]+)"', html)
    assert older
    rest = text_of(client.get(older.group(1)))
    assert names(html) + names(rest) == [f"Person {n}" for n in reversed(range(30))]
    newer = re.search(r'rel="prev" href="([^"]+)"', rest)
    assert newer
    assert names(text_of(client.get(newer.group(1)))) == names(html)


def test_one_customer_with_the_tickets_the_agent_may_see(app: Flask) -> None:
    cast = world.cast()
    mine = [world.make_ticket(customer=cast.priya, status=s) for s in ("new", "waiting-on-customer", "closed")]
    hidden = world.make_ticket(customer=cast.priya, department=cast.operations)
    gone = world.make_ticket(customer=cast.priya)
    actions.trash(gone, by=world.actor_of(cast.ana), now=utc_now())
    world.make_ticket(customer=cast.tomas)
    html = text_of(world.signed_in(app, cast.ana).get(f"/agent/customers/{cast.priya.id}"))
    assert sorted(shown(html)) == sorted(ticket.number for ticket in mine)
    assert hidden.number not in html
    for part in ("Priya Nair", world.address_of(cast.priya), "Harbour Foods", "New ticket for this customer"):
        assert part in html
    viewer = world.make_agent("Vera View", role="View only")
    html = text_of(world.signed_in(app, viewer).get(f"/agent/customers/{cast.priya.id}"))
    assert "New ticket for this customer" not in html


def test_a_customer_who_is_not_there(app: Flask) -> None:
    client = world.signed_in(app, world.make_agent())
    for number in ("999999", "0", "99999999999999999999"):
        assert client.get(f"/agent/customers/{number}").status_code == 404

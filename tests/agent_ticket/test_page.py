"""The page of a ticket: what it shows, to whom, and in how many statements."""

from __future__ import annotations

from flask import Flask

from tests import world


def test_page_shows_the_ticket(app: Flask) -> None:
    cast = world.cast()
    ticket = world.make_ticket(customer=cast.priya, department=cast.support)
    page = world.signed_in(app, cast.ana).get(f"/agent/tickets/{ticket.number}")
    text = page.get_data(as_text=True)
    assert page.status_code == 200
    for shown in ("Online banking is down", "I see error 503.", "Priya Nair", "Harbour Foods", "on the web"):
        assert shown in text

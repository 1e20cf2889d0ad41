"""The first page."""

from __future__ import annotations

from flask import Flask

from tests.clients import CheckedClient
from tests.world import make_customer, make_ticket, set_setting, signed_in


def test_home_leads_to_opening_and_finding_a_ticket(client: CheckedClient) -> None:
    set_setting("site.name", "Harbour Bank help")
    page = client.get("/")
    text = page.get_data(as_text=True)
    assert page.status_code == 200
    assert "Harbour Bank help" in text
    assert 'href="/tickets/new"' in text
    assert 'href="/tickets/find"' in text


def test_home_shows_somebody_signed_in_their_newest_tickets_only(sqlite_app: Flask) -> None:
    priya, tomas = make_customer("Priya Nair"), make_customer("Tomas Novak")
    make_ticket("Card reader offline", customer=priya)
    make_ticket("Wrong charge", customer=tomas)
    text = signed_in(sqlite_app, priya).get("/").get_data(as_text=True)
    assert "Card reader offline" in text
    assert "Wrong charge" not in text

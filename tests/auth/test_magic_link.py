"""The sign-in link that is mailed."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from portal.core.clock import utc_now
from portal.core.database import db, transaction
from portal.people.links import make_sign_in_link, make_ticket_link
from portal.people.models import AccessLink, Person, PersonAddress, WebSession
from tests.clients import CheckedClient
from tests.world import make_agent, make_customer, make_ticket


def test_getting_it_often_changes_nothing_and_the_button_signs_in_once(client: CheckedClient, app: Flask) -> None:
    priya = make_customer("Priya Nair")
    with transaction():
        db.session.execute(select(PersonAddress)).scalar_one().proven_at = None
    make_ticket("Mine", customer=priya)
    token = make_sign_in_link(priya.id, now=utc_now())
    path = f"/sign-in/{token}"
    for agent in ("scanner", "Outlook", "curl"):
        answer = client.get(path, headers={"User-Agent": agent})
        assert answer.status_code == 200
        assert (answer.headers["Referrer-Policy"], answer.headers["Cache-Control"]) == ("no-referrer", "no-store")
        assert client.head(path, headers={"User-Agent": agent}).status_code == 200
    assert db.session.execute(select(WebSession)).first() is None
    assert db.session.execute(select(AccessLink.used_at)).scalar() is None
    assert client.send(path).location == "/tickets"
    assert "Mine" in client.get("/tickets").get_data(as_text=True)
    assert db.session.execute(select(PersonAddress.proven_at)).scalar() is not None
    again = CheckedClient.of(app)
    for answer in (again.send(path), again.get(path)):
        assert answer.status_code == 410
        assert "Send me a new link" in answer.get_data(as_text=True)
    assert again.get("/tickets").status_code == 303


def test_expired_forged_and_ticket_links_do_not_sign_in(client: CheckedClient) -> None:
    ticket = make_ticket()
    old = make_sign_in_link(ticket.customer_id, now=utc_now() - timedelta(minutes=16))
    wrong = make_ticket_link(ticket.id, ticket.customer_id, now=utc_now())
    for token in (old, wrong, "forged", "x" * 400):
        assert client.get(f"/sign-in/{token}").status_code == 410
        assert client.send(f"/sign-in/{token}").status_code == 410
    assert client.get("/tickets").status_code == 303


def test_a_sign_in_link_is_no_ticket_link(client: CheckedClient) -> None:
    token = make_sign_in_link(make_customer().id, now=utc_now())
    assert client.get(f"/t/{token}").status_code == 404


def test_somebody_switched_off_does_not_come_in(client: CheckedClient) -> None:
    priya = make_customer("Priya Nair")
    token = make_sign_in_link(priya.id, now=utc_now())
    with transaction():
        db.session.get_one(Person, priya.id).is_active = False
    assert client.send(f"/sign-in/{token}").status_code == 410


def test_an_agents_link_opens_the_customers_pages_only(client: CheckedClient) -> None:
    agent = make_agent("Ana Moreno")
    token = make_sign_in_link(agent.person_id, now=utc_now())
    assert client.send(f"/sign-in/{token}").location == "/tickets"
    assert client.get("/agent").status_code == 404


def test_two_presses_at_once_sign_in_once(client: CheckedClient, app: Flask) -> None:
    from portal.people.links import find_link, use_up

    token = make_sign_in_link(make_customer().id, now=utc_now())
    link = find_link(token, "sign-in", now=utc_now())
    assert link is not None
    with transaction():
        results = [use_up(link, now=utc_now()), use_up(link, now=utc_now())]
    assert results == [True, False]


def test_links_differ_and_are_stored_hashed(app: Flask) -> None:
    person = make_customer()
    tokens = {make_sign_in_link(person.id, now=utc_now()) for _number in range(100)}
    assert len(tokens) == 100
    assert min(len(token) for token in tokens) >= 22
    stored = set(db.session.execute(select(AccessLink.token_hash)).scalars())
    assert not tokens & stored

"""Asking for a link, and using one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.core.clock import utc_now
from portal.core.database import db
from portal.core.models import Outbox
from portal.people.links import make_ticket_link, revoke_ticket_links
from portal.people.models import AccessLink, WebSession
from portal.tickets import actions
from tests.clients import CheckedClient
from tests.world import actor_of, cast, make_customer, make_ticket

SIMPLE = ("ticket-link", "sign-in-link")


def letters() -> list[Outbox]:
    return list(db.session.execute(select(Outbox).where(Outbox.letter.in_(SIMPLE)).order_by(Outbox.id)).scalars())


def test_a_known_address_and_number_put_a_letter_into_the_outbox(client: CheckedClient) -> None:
    mira = make_customer("Mira Holt", address="mira@customer.example")
    ticket = make_ticket(customer=mira)
    answer = client.send("/tickets/find", {"email": "MIRA@customer.example", "number": f" #{ticket.number} "})
    assert answer.status_code == 303
    assert "on its way" in client.get(answer.location).get_data(as_text=True)
    (letter,) = letters()
    assert (letter.letter, letter.address, letter.person_id, letter.ticket_id) == (
        "ticket-link",
        "mira@customer.example",
        mira.id,
        ticket.id,
    )
    assert "token" not in str(letter.context)


def test_an_empty_number_asks_for_a_sign_in_link(client: CheckedClient) -> None:
    mira = make_customer("Mira Holt", address="mira@customer.example")
    client.send("/tickets/find", {"email": "mira@customer.example", "number": ""})
    (letter,) = letters()
    assert (letter.letter, letter.person_id, letter.ticket_id) == ("sign-in-link", mira.id, None)


def test_a_collaborator_gets_a_link_too(client: CheckedClient) -> None:
    people = cast()
    ticket = make_ticket(customer=people.priya)
    actions.add_collaborator(ticket, people.tomas.id, by=actor_of(people.ana), now=utc_now())
    client.send("/tickets/find", {"email": "tomas@customers.example", "number": ticket.number})
    assert [letter.ticket_id for letter in letters()] == [ticket.id]


def test_the_answer_is_the_same_for_known_and_unknown(client: CheckedClient) -> None:
    mira, tomas = make_customer("Mira Holt", address="mira@c.example"), make_customer("Tomas Novak")
    ticket, foreign = make_ticket(customer=mira), make_ticket(customer=tomas)
    numbers = (ticket.number, "999999", foreign.number)
    answers = [client.send("/tickets/find", {"email": "mira@c.example", "number": number}) for number in numbers]
    answers += [client.send("/tickets/find", {"email": f"no{i}@c.example", "number": ticket.number}) for i in range(3)]
    assert {answer.status_code for answer in answers} == {303}
    assert {answer.location for answer in answers} == {answers[0].location}
    assert {answer.get_data(as_text=True) for answer in answers} == {answers[0].get_data(as_text=True)}
    assert [letter.ticket_id for letter in letters()] == [ticket.id]


@pytest.mark.parametrize("email", ["", "x", "a b@c.example", "\x00", "x" * 300 + "@c.example"])
def test_what_is_no_address_is_422(sqlite_client: CheckedClient, email: str) -> None:
    answer = sqlite_client.send("/tickets/find", {"email": email, "number": "104218"})
    assert answer.status_code == 422
    assert "104218" in answer.get_data(as_text=True)


def test_three_an_hour_for_one_address_and_ten_for_one_network(
    sqlite_app: Flask, sqlite_client: CheckedClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sqlite_app.config, "PORTAL_RATE_LIMITS", True)
    make_customer("Mira Holt", address="mira@c.example")
    for address in ("mira@c.example", "unknown@c.example"):
        statuses = [sqlite_client.send("/tickets/find", {"email": address}).status_code for _try in range(4)]
        assert statuses == [303, 303, 303, 429]
    statuses = [sqlite_client.send("/tickets/find", {"email": f"a{i}@c.example"}).status_code for i in range(5)]
    assert statuses == [303, 303, 303, 303, 429]
    assert len(letters()) == 3


def test_a_secure_link_may_be_opened_often_and_head_opens_nothing(client: CheckedClient) -> None:
    ticket = make_ticket()
    token = make_ticket_link(ticket.id, ticket.customer_id, now=utc_now())
    for _time in range(3):
        assert client.head(f"/t/{token}").status_code == 303
    assert db.session.execute(select(func.count()).select_from(WebSession)).scalar() == 0
    for _time in range(3):
        answer = client.get(f"/t/{token}")
        assert (answer.status_code, answer.location) == (303, f"/tickets/{ticket.number}")
        assert (answer.headers["Referrer-Policy"], answer.headers["Cache-Control"]) == ("no-referrer", "no-store")
    assert db.session.execute(select(AccessLink.used_at)).scalar() is None


def test_forged_expired_and_revoked_links_say_so_and_offer_a_new_one(client: CheckedClient) -> None:
    ticket, other = make_ticket(), make_ticket()
    old = make_ticket_link(ticket.id, ticket.customer_id, now=utc_now() - timedelta(days=91))
    revoked = make_ticket_link(other.id, other.customer_id, now=utc_now())
    assert client.get(f"/t/{revoked}").status_code == 303
    revoke_ticket_links(other.id, now=utc_now())
    bodies = set()
    for token in ("forged", old, revoked, "x" * 500):
        answer = client.get(f"/t/{token}")
        assert answer.status_code == 404
        bodies.add("Send me a new link" in answer.get_data(as_text=True))
    assert bodies == {True}
    assert client.get(f"/tickets/{other.number}").status_code == 303

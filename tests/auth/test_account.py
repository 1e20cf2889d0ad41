"""One's own account: details, password, sessions."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select

from portal.core.clock import utc_now
from portal.core.database import db, transaction
from portal.people.links import make_ticket_link
from portal.people.models import Person, WebSession
from tests.clients import CheckedClient
from tests.world import PASSWORD, cast, make_agent, make_customer, make_ticket, set_setting, signed_in, with_link

NEW = "nine green umbrellas dance"


def test_nobody_is_led_to_sign_in(client: CheckedClient) -> None:
    assert client.get("/account").location == "/sign-in?next=/account"
    for path in ("/account", "/account/password", "/account/sessions/end"):
        assert client.send(path, {}).status_code == 303


def test_name_phone_and_zone_are_changed(client: CheckedClient, app: Flask) -> None:
    ana = make_agent("Ana Moreno")
    mine = signed_in(app, ana)
    data = {"name": "Ana M. Moreno", "phone": "12", "time_zone": "Europe/Madrid"}
    assert mine.send("/account", data).status_code == 303
    person = db.session.get_one(Person, ana.person_id)
    assert (person.name, person.phone, person.time_zone) == ("Ana M. Moreno", "12", "Europe/Madrid")
    assert "Ana M. Moreno" in mine.get("/account").get_data(as_text=True)


@pytest.mark.parametrize(
    ("field", "value"), [("name", " "), ("name", "x" * 201), ("phone", "1" * 51), ("time_zone", "Mars/Phobos")]
)
def test_bad_details_are_422(sqlite_app: Flask, field: str, value: str) -> None:
    mine = signed_in(sqlite_app, make_customer("Priya Nair"))
    data = {"name": "Priya Nair", "phone": "", "time_zone": "", field: value}
    assert mine.send("/account", data).status_code == 422


def test_a_new_password_ends_every_other_session_and_link(client: CheckedClient, app: Flask) -> None:
    priya = make_customer("Priya Nair")
    ticket = make_ticket(customer=priya)
    mine, elsewhere, link = signed_in(app, priya), signed_in(app, priya), with_link(app, ticket)
    token = make_ticket_link(ticket.id, priya.id, now=utc_now())
    old_cookie = mine.get_cookie("portal").value
    answer = mine.send("/account/password", {"current": PASSWORD, "password": NEW})
    assert answer.status_code == 303
    assert mine.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 303
    assert link.get(f"/tickets/{ticket.number}").status_code == 303
    assert client.get(f"/t/{token}").status_code == 404
    replay = CheckedClient.of(app)
    replay.set_cookie("portal", old_cookie)
    assert replay.get("/account").status_code == 303
    visitor = CheckedClient.of(app)
    data = {"email": "priya@customers.example", "password": PASSWORD}
    assert visitor.send("/sign-in", data).status_code == 422
    assert visitor.send("/sign-in", {**data, "password": NEW}).status_code == 303


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "x" * 14,
        "aaaaaaaaaaaaaaaaaaaa",
        "passwordpassword",
        "password123456789",
        "123456789012345",
        "priya likes warm tea",
        "harbourfoods is my bank",
        "x" * 1_001,
    ],
)
def test_weak_passwords_are_refused_with_a_sentence(sqlite_app: Flask, password: str) -> None:
    set_setting("site.name", "Harbourfoods")
    mine = signed_in(sqlite_app, make_customer("Priya Nair"))
    answer = mine.send("/account/password", {"current": PASSWORD, "password": password})
    assert answer.status_code == 422
    assert 'id="password-error"' in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "password",
    [
        "correct horse lamp sofa",
        "пять синих чайников",
        "x9!" * 5 + "Lampe",
        "tall " * 13 + "Q7#z",
        "😀🐟🌳🚲🧦🧲🥁🪁🧩🛶🧭🥝🫖🪴🧶",
    ],
)
def test_long_passwords_of_any_sign_are_taken(sqlite_app: Flask, password: str) -> None:
    priya = make_customer("Priya Nair")
    mine = signed_in(sqlite_app, priya)
    assert mine.send("/account/password", {"current": PASSWORD, "password": password}).status_code == 303
    data = {"email": "priya@customers.example", "password": password}
    assert CheckedClient.of(sqlite_app).send("/sign-in", data).status_code == 303


def test_the_current_password_is_asked_and_cannot_be_guessed_without_end(
    sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = signed_in(sqlite_app, make_customer("Priya Nair"))
    monkeypatch.setitem(sqlite_app.config, "PORTAL_RATE_LIMITS", True)
    data = {"current": "wrong", "password": NEW}
    statuses = [mine.send("/account/password", data).status_code for _try in range(11)]
    assert statuses == [422] * 10 + [429]


def test_who_has_no_password_sets_the_first_one(client: CheckedClient, app: Flask) -> None:
    priya = make_customer("Priya Nair")
    mine = signed_in(app, priya)
    with transaction():
        db.session.get_one(Person, priya.id).password_hash = ""
    assert 'name="current"' not in mine.get("/account").get_data(as_text=True)
    assert mine.send("/account/password", {"password": NEW}).status_code == 303


def test_own_sessions_are_listed_and_ended_but_nobody_elses(client: CheckedClient, app: Flask) -> None:
    people = cast()
    mine, elsewhere, foreign = signed_in(app, people.priya), signed_in(app, people.priya), signed_in(app, people.tomas)
    page = mine.get("/account").get_data(as_text=True)
    assert "this browser" in page
    (other,) = re.findall(r'name="session" value="(\d+)"', page)
    foreign_id = db.session.execute(select(WebSession.id).where(WebSession.person_id == people.tomas.id)).scalar_one()
    assert mine.send("/account/sessions/end", {"session": str(foreign_id)}).status_code == 404
    assert foreign.get("/account").status_code == 200
    assert mine.send("/account/sessions/end", {"session": other}).status_code == 303
    assert elsewhere.get("/account").status_code == 303
    assert mine.send("/account/sessions/end", {"session": "others"}).status_code == 303
    assert mine.get("/account").status_code == 200
    for odd in ("", "x", "²", "-1", "9" * 30):
        assert mine.send("/account/sessions/end", {"session": odd}).status_code in (404, 422)

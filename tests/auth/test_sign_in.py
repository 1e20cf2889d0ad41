"""Signing in and out with a password."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from urllib.parse import quote

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from portal.core.clock import utc_now
from portal.core.database import db, transaction
from portal.core.models import Try
from portal.people.models import Person, SecurityEvent, WebSession
from tests.clients import CheckedClient
from tests.world import PASSWORD, actor_of, cast, make_administrator, make_agent, make_customer, make_ticket, signed_in

WRONG = "this is not the password"


def try_in(client: CheckedClient, address: str, password: str = PASSWORD, **more: str):
    return client.send("/sign-in", {"email": address, "password": password, **more})


def test_customers_and_agents_come_in_by_one_form(client: CheckedClient, app: Flask) -> None:
    people = cast()
    for person, place in ((people.priya, "/tickets"), (people.ana, "/agent")):
        visitor = CheckedClient.of(app)
        first_name = "priya@customers.example" if person is people.priya else "ana@desk.example"
        answer = try_in(visitor, first_name.upper())
        assert (answer.status_code, answer.location) == (303, place)
        assert visitor.get("/tickets").status_code == 200
    sessions = db.session.execute(select(WebSession.is_agent).order_by(WebSession.id)).scalars().all()
    assert sessions == [False, True]


def test_wrong_unknown_and_switched_off_are_answered_alike(client: CheckedClient) -> None:
    make_customer("Priya Nair")
    off = make_customer("Off Duty", address="off@c.example")
    make_customer("No Password", address="none@c.example", password=False)
    with transaction():
        db.session.get_one(Person, off.id).is_active = False
    answers = [
        try_in(client, "priya@customers.example", WRONG),
        try_in(client, "nobody@c.example", WRONG),
        try_in(client, "off@c.example"),
        try_in(client, "none@c.example", ""),
        try_in(client, "none@c.example", WRONG),
    ]
    assert [answer.status_code for answer in answers] == [422] * 5
    texts = [re.sub(r'(value|content)="[\w.-]{60,}"', "TOKEN", answer.get_data(as_text=True)) for answer in answers]
    for address in ("priya@customers.example", "nobody@c.example", "off@c.example", "none@c.example"):
        texts = [text.replace(address, "ADDRESS") for text in texts]
    assert texts[0] == texts[1] == texts[2] == texts[4]
    assert db.session.execute(select(func.count()).select_from(WebSession)).scalar() == 0
    assert PASSWORD not in "".join(texts)
    assert WRONG not in "".join(texts)


def test_the_address_is_kept_and_the_password_is_not(sqlite_client: CheckedClient) -> None:
    text = try_in(sqlite_client, "priya@customers.example", WRONG, next="/tickets/104218").get_data(as_text=True)
    assert 'value="priya@customers.example"' in text
    assert 'value="/tickets/104218"' in text


def test_the_session_is_new_at_sign_in_and_dead_after_sign_out(client: CheckedClient, app: Flask) -> None:
    priya = make_customer("Priya Nair")
    before = CheckedClient.of(app)
    before.csrf()
    old_cookie = before.get_cookie("portal").value
    mine = signed_in(app, priya)
    cookie = mine.get_cookie("portal").value
    assert cookie != old_cookie
    assert mine.get("/tickets").status_code == 200
    out = mine.send("/sign-out")
    assert (out.status_code, out.location) == (303, "/")
    assert mine.get("/tickets").status_code == 303
    replay = CheckedClient.of(app)
    replay.set_cookie("portal", cookie)
    assert replay.get("/tickets").status_code == 303
    assert db.session.execute(select(func.count()).select_from(WebSession)).scalar() == 0


def test_signing_in_again_ends_the_old_session(client: CheckedClient, app: Flask) -> None:
    priya = make_customer("Priya Nair")
    mine = signed_in(app, priya)
    cookie = mine.get_cookie("portal").value
    try_in(mine, "priya@customers.example")
    replay = CheckedClient.of(app)
    replay.set_cookie("portal", cookie)
    assert replay.get("/tickets").status_code == 303


def test_sign_out_needs_a_post_with_a_token(sqlite_app: Flask) -> None:
    mine = signed_in(sqlite_app, make_customer("Priya Nair"))
    assert mine.get("/sign-out").status_code == 405
    assert mine.post("/sign-out").status_code == 400
    assert mine.get("/tickets").status_code == 200


OUTSIDE = (
    "https://elsewhere.example/",
    "//elsewhere.example/",
    "/\\elsewhere.example/",
    "\\\\elsewhere.example",
    "///elsewhere.example",
    "https:elsewhere.example",
    "/%2f%2felsewhere.example",
    "/%09/elsewhere.example",
    "/%0d%0aLocation:%20https://elsewhere.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "https://desk.example@elsewhere.example/",
    "https://desk.example.elsewhere.example/",
    "/sign-in",
)


@pytest.mark.parametrize("target", OUTSIDE)
@pytest.mark.parametrize("encoded", [False, True])
def test_next_never_leads_outside(sqlite_app: Flask, target: str, encoded: bool) -> None:
    make_customer("Priya Nair")
    visitor = CheckedClient.of(sqlite_app)
    page = visitor.get(f"/sign-in?next={quote(target, safe='') if encoded else target.replace(' ', '%20')}")
    assert "elsewhere.example" not in page.get_data(as_text=True)
    answer = try_in(visitor, "priya@customers.example", next=quote(target, safe="") if encoded else target)
    assert answer.status_code == 303
    assert answer.location == "/tickets"
    led = visitor.get(f"/sign-in?next={quote(target, safe='')}")
    assert led.location == "/tickets"


@pytest.mark.parametrize(
    "target", ["/agent?next=//elsewhere.example/", "/agent/tickets/104218#reply", "/tickets/1?x=1"]
)
def test_next_inside_is_gone_to(sqlite_app: Flask, target: str) -> None:
    make_agent("Ana Moreno")
    assert try_in(CheckedClient.of(sqlite_app), "ana@desk.example", next=target).location == target


def test_a_customer_is_not_led_to_the_desk(sqlite_app: Flask) -> None:
    make_customer("Priya Nair")
    answer = try_in(CheckedClient.of(sqlite_app), "priya@customers.example", next="/agent/tickets/1")
    assert answer.location == "/tickets"


def test_a_secure_link_stays_open_after_sign_in(client: CheckedClient, app: Flask) -> None:
    from tests.world import with_link

    make_customer("Priya Nair")
    ticket = make_ticket("By link")
    visitor = with_link(app, ticket)
    try_in(visitor, "priya@customers.example")
    assert visitor.get(f"/tickets/{ticket.number}").status_code == 200


@pytest.mark.parametrize("field", ["email", "password"])
def test_odd_values_are_422(sqlite_client: CheckedClient, field: str) -> None:
    for value in ("", "\x00", "x" * 100_000, "😡", "' OR 1=1 --"):
        data = {"email": "a@b.example", "password": WRONG, field: value}
        assert sqlite_client.send("/sign-in", data).status_code == 422


def test_failures_and_sign_ins_are_logged_without_the_password(client: CheckedClient) -> None:
    make_customer("Priya Nair")
    try_in(client, "priya@customers.example", WRONG)
    try_in(client, "priya@customers.example")
    rows = db.session.execute(select(SecurityEvent).order_by(SecurityEvent.id)).scalars().all()
    assert [row.kind for row in rows][:2] == ["sign-in.failed", "sign-in"]
    assert all(row.network for row in rows)
    assert WRONG not in str([(row.detail, row.actor_name) for row in rows])


class TestWaits:
    """Growing waits; the tests' app has limits switched off otherwise."""

    @pytest.fixture(autouse=True)
    def limits_on(self, sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sqlite_app.config, "PORTAL_RATE_LIMITS", True)

    def wrong(self, client: CheckedClient, times: int, address: str = "priya@customers.example") -> list[int]:
        return [try_in(client, address, WRONG).status_code for _time in range(times)]

    def test_the_eleventh_failure_waits_and_the_right_one_comes_in_after_the_wait(
        self, sqlite_client: CheckedClient
    ) -> None:
        make_customer("Priya Nair")
        assert self.wrong(sqlite_client, 10) == [422] * 10
        refused = try_in(sqlite_client, "priya@customers.example")
        assert refused.status_code == 429
        wait = int(refused.headers["Retry-After"])
        assert 0 < wait <= 31
        assert self.wrong(sqlite_client, 190) == [429] * 190
        with time_machine.travel(utc_now() + timedelta(seconds=wait + 1)):
            assert try_in(sqlite_client, "priya@customers.example").status_code == 303

    def test_waits_grow(self, sqlite_client: CheckedClient) -> None:
        make_customer("Priya Nair")
        moment: datetime = utc_now()
        with time_machine.travel(moment):
            self.wrong(sqlite_client, 10)
        waits = []
        for _round in range(3):
            with time_machine.travel(moment):
                waits.append(int(try_in(sqlite_client, "priya@customers.example").headers["Retry-After"]))
            moment += timedelta(seconds=waits[-1] + 1)
            with time_machine.travel(moment):
                assert self.wrong(sqlite_client, 1) == [422]
        assert waits[0] < waits[1] < waits[2]

    def test_unknown_accounts_wait_the_same(self, sqlite_client: CheckedClient) -> None:
        make_customer("Priya Nair")
        known = self.wrong(sqlite_client, 12)
        assert self.wrong(sqlite_client, 12, "nobody@c.example") == known

    def test_thirty_failures_of_one_network_wait_for_every_account(self, sqlite_client: CheckedClient) -> None:
        make_customer("Priya Nair")
        for number in range(30):
            assert self.wrong(sqlite_client, 1, f"a{number}@c.example") == [422]
        assert try_in(sqlite_client, "priya@customers.example").status_code == 429
        elsewhere = sqlite_client.send(
            "/sign-in",
            {"email": "priya@customers.example", "password": PASSWORD},
            environ_base={"REMOTE_ADDR": "192.0.2.7"},
        )
        assert elsewhere.status_code == 303

    def test_an_attacker_cannot_keep_the_owner_out(self, sqlite_app: Flask) -> None:
        priya = make_customer("Priya Nair")
        signed_in(sqlite_app, priya)
        attacker = CheckedClient.of(sqlite_app)
        data = {"email": "priya@customers.example", "password": WRONG}
        statuses = [
            attacker.send("/sign-in", data, environ_base={"REMOTE_ADDR": "192.0.2.66"}).status_code
            for _try in range(12)
        ]
        assert statuses[-1] == 429
        assert try_in(CheckedClient.of(sqlite_app), "priya@customers.example").status_code == 303

    def test_a_success_ends_the_row(self, sqlite_client: CheckedClient) -> None:
        make_customer("Priya Nair")
        self.wrong(sqlite_client, 9)
        assert try_in(sqlite_client, "priya@customers.example").status_code == 303
        sqlite_client.token = None
        assert self.wrong(sqlite_client, 9) == [422] * 9


def test_an_agent_who_was_switched_off_does_not_come_in_as_one(client: CheckedClient, app: Flask) -> None:
    make_administrator()
    make_agent("Gone Agent", active=False)
    visitor = CheckedClient.of(app)
    try_in(visitor, "gone@desk.example")
    assert visitor.get("/agent").status_code != 200


def test_a_hundred_failures_in_a_row_need_a_mail_or_an_administrator(
    sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    from portal.people.agent_actions import set_agent_password
    from portal.people.links import make_sign_in_link

    monkeypatch.setattr("portal.people.sign_in.MOST_IN_A_ROW", 5)
    monkeypatch.setitem(sqlite_app.config, "PORTAL_RATE_LIMITS", True)
    ana, omar = make_agent("Ana Moreno"), make_administrator()
    visitor = CheckedClient.of(sqlite_app)

    def lock_out() -> None:
        assert [try_in(visitor, "ana@desk.example", WRONG).status_code for _try in range(6)] == [422] * 5 + [429]

    lock_out()
    with time_machine.travel(utc_now() + timedelta(minutes=20)):
        refused = try_in(CheckedClient.of(sqlite_app), "ana@desk.example")
        assert refused.status_code == 429
        assert "link by e-mail" in refused.get_data(as_text=True)
    mailed = CheckedClient.of(sqlite_app)
    assert mailed.send(f"/sign-in/{make_sign_in_link(ana.person_id, now=utc_now())}").status_code == 303
    assert try_in(CheckedClient.of(sqlite_app), "ana@desk.example").status_code == 303
    with transaction():
        for bucket in db.session.execute(select(Try)).scalars():
            db.session.delete(bucket)
    lock_out()
    set_agent_password(ana, "six amber lanterns hum", by=actor_of(omar), now=utc_now())
    assert try_in(CheckedClient.of(sqlite_app), "ana@desk.example", "six amber lanterns hum").status_code == 303

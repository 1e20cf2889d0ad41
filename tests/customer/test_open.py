"""Opening a ticket on the web."""

from __future__ import annotations

import io
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from portal.core.clock import utc_now
from portal.core.database import db
from portal.core.models import FirstResult, Try
from portal.people.models import AccessLink, Person, PersonAddress, SecurityEvent
from portal.tickets.models import Attachment, Entry, Ticket
from tests.clients import CheckedClient
from tests.world import make_customer, make_ticket, make_topic, set_setting, signed_in

GOOD = {
    "name": "Priya Nair",
    "email": "priya@harbour.example",
    "phone": "+1 555 0100",
    "subject": "Online banking is down",
    "message": "Web shows error 503.\nThe app too.",
}


def tickets() -> list[Ticket]:
    return list(db.session.execute(select(Ticket).order_by(Ticket.id)).scalars())


def entries() -> list[Entry]:
    return list(db.session.execute(select(Entry).order_by(Entry.id)).scalars())


def link_on(page_text: str) -> str:
    match = re.search(r'value="http://[^"/]+(/t/[^"]+)"', page_text)
    assert match
    return match.group(1)


def test_a_stranger_opens_a_ticket_and_gets_number_and_secure_link(client: CheckedClient) -> None:
    topic = make_topic("Online banking")
    answer = client.send("/tickets/new", {**GOOD, "topic": str(topic.id), "once": "a"})
    assert answer.status_code == 303
    (ticket,) = tickets()
    assert answer.location == f"/tickets/{ticket.number}/opened"
    assert (ticket.subject, ticket.channel, ticket.topic_id, ticket.is_address_proven) == (
        "Online banking is down",
        "web",
        topic.id,
        False,
    )
    (entry,) = entries()
    assert (entry.body, entry.author_name, entry.kind) == (
        "Web shows error 503.\nThe app too.",
        "Priya Nair",
        "message",
    )
    page = client.get(answer.location).get_data(as_text=True)
    assert ticket.number in page
    assert client.get(f"/tickets/{ticket.number}").status_code == 200
    another = CheckedClient.of(client.application)
    led = another.get(link_on(page))
    assert (led.status_code, led.location) == (303, f"/tickets/{ticket.number}")
    assert led.headers["Referrer-Policy"] == "no-referrer"
    assert another.get(led.location).status_code == 200
    assert "priya@harbour.example" not in str(db.session.execute(select(FirstResult.result)).all())


def test_the_token_of_the_secure_link_is_stored_nowhere(client: CheckedClient) -> None:
    answer = client.send("/tickets/new", GOOD)
    token = link_on(client.get(answer.location).get_data(as_text=True)).rsplit("/", 1)[1]
    assert token not in answer.location
    hashes = db.session.execute(select(AccessLink.token_hash)).scalars().all()
    assert hashes
    assert token not in hashes


def test_somebody_signed_in_is_not_asked_who_they_are(client: CheckedClient, app: Flask) -> None:
    priya = make_customer("Priya Nair")
    mine = signed_in(app, priya)
    assert 'name="email"' not in mine.get("/tickets/new").get_data(as_text=True)
    mine.send("/tickets/new", {"subject": "Card lost", "message": "It is gone.", "email": "other@x.example"})
    (ticket,) = tickets()
    assert (ticket.customer_id, ticket.is_address_proven) == (priya.id, True)


def test_a_known_address_in_other_letters_joins_its_person_and_shows_nothing_else(app: Flask) -> None:
    mira = make_customer("Mira Holt", address="mira@customer.example")
    old = make_ticket("Salary question", customer=mira)
    stranger = CheckedClient.of(app)
    answer = stranger.send("/tickets/new", {**GOOD, "name": "M", "email": "MIRA@Customer.example", "phone": "12"})
    fresh = tickets()[-1]
    assert (fresh.customer_id, fresh.is_address_proven) == (mira.id, False)
    assert db.session.execute(select(func.count()).select_from(Person)).scalar() == 1
    text = stranger.get(answer.location).get_data(as_text=True)
    text += stranger.get(f"/tickets/{fresh.number}").get_data(as_text=True)
    text += stranger.get("/tickets").get_data(as_text=True)
    assert "Mira Holt" not in text
    assert "Salary" not in text
    assert old.number not in text
    assert stranger.get(f"/tickets/{old.number}").status_code == 303
    person = db.session.get_one(Person, mira.id)
    assert (person.name, person.phone) == ("Mira Holt", "")
    assert "Phone: 12" in entries()[-1].body


def test_the_same_form_twice_opens_one_ticket_and_shows_its_page_again(client: CheckedClient) -> None:
    first = client.send("/tickets/new", {**GOOD, "once": "same"})
    second = client.send("/tickets/new", {**GOOD, "once": "same"})
    assert len(tickets()) == 1
    assert first.location == second.location
    assert "/t/" in client.get(second.location).get_data(as_text=True)
    client.send("/tickets/new", {**GOOD, "once": "other"})
    assert len(tickets()) == 2


def test_ten_at_once_open_one_ticket(app: Flask) -> None:
    browser = CheckedClient.of(app)
    token = browser.csrf()
    cookie = browser.get_cookie("portal").value

    def send(_number: int) -> str | None:
        one = app.test_client()
        one.set_cookie("portal", cookie)
        return one.post("/tickets/new", data={**GOOD, "once": "x", "csrf_token": token}).location

    with ThreadPoolExecutor(5) as pool:
        locations = set(pool.map(send, range(10)))
    db.session.rollback()
    (ticket,) = tickets()
    assert locations == {f"/tickets/{ticket.number}/opened"}
    assert len(entries()) == 1


def test_who_only_guesses_a_once_value_does_not_get_in(app: Flask) -> None:
    CheckedClient.of(app).send("/tickets/new", {**GOOD, "once": "1"})
    (ticket,) = tickets()
    stranger = CheckedClient.of(app)
    answer = stranger.send("/tickets/new", {**GOOD, "once": "1"})
    assert len(tickets()) == 1
    assert answer.location == "/tickets/find"
    assert stranger.get(f"/tickets/{ticket.number}").status_code == 303


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("subject", "   ", "Write a subject"),
        ("subject", "\u200b\u2060", "Write a subject"),
        ("subject", "x" * 1_001, "1,000 characters"),
        ("message", "\x00\x01", "Write something"),
        ("message", "x" * 200_001, "200,000 characters"),
        ("name", "", "Write your name"),
        ("name", "x" * 201, "200 characters"),
        ("email", "", "Write your e-mail"),
        ("email", "no address", "not an e-mail"),
        ("email", "a@b@c.example", "not an e-mail"),
        ("email", "a@b..example", "not an e-mail"),
        ("email", "a\uff20b@c.example", "not an e-mail"),
        ("email", "x" * 250 + "@a.example", "254 characters"),
        ("phone", "1" * 51, "50 characters"),
        ("topic", "999999", "no such topic"),
        ("topic", "x'--", "no such topic"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_what_was_typed_is_kept(
    sqlite_client: CheckedClient, field: str, value: str, words: str
) -> None:
    make_topic("Cards")
    answer = sqlite_client.send("/tickets/new", {**GOOD, field: value})
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert words in text
    assert tickets() == []
    for name in ("subject", "message", "email", "phone"):
        if name != field:
            assert GOOD[name].split("\n")[0] in text


def test_an_internal_topic_cannot_be_picked(sqlite_client: CheckedClient) -> None:
    topic = make_topic("Fraud desk", is_public=False)
    assert "Fraud desk" not in sqlite_client.get("/tickets/new").get_data(as_text=True)
    assert sqlite_client.send("/tickets/new", {**GOOD, "topic": str(topic.id)}).status_code == 422


def test_text_of_any_script_is_kept_as_typed(client: CheckedClient) -> None:
    subject, message = "Login 😡 {{7*7}} <b>x</b> לא", "שלום\r\nпривет\u202e abc 印刷 \U0001f600"
    answer = client.send("/tickets/new", {**GOOD, "subject": subject, "message": message, "email": "ü@bücher.example"})
    (ticket,) = tickets()
    assert ticket.subject == subject
    assert entries()[0].body == message.replace("\r\n", "\n")
    page = client.get(answer.location.removesuffix("/opened")).get_data(as_text=True)
    assert "{{7*7}} &lt;b&gt;x&lt;/b&gt;" in page


def test_files_come_with_it(client: CheckedClient) -> None:
    files = [(io.BytesIO(b"one"), "../../etc/pass wd.txt"), (io.BytesIO(b"two"), "b.txt")]
    answer = client.send("/tickets/new", {**GOOD, "files": files}, content_type="multipart/form-data")
    names = db.session.execute(select(Attachment.name).order_by(Attachment.position)).scalars().all()
    assert names == ["pass wd.txt", "b.txt"]
    assert "pass wd.txt" in client.get(answer.location.removesuffix("/opened")).get_data(as_text=True)


def test_a_file_that_is_too_large_is_413_and_nothing_is_written(
    sqlite_client: CheckedClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.core.files.FILE_BYTES", 10)
    data = {**GOOD, "files": [(io.BytesIO(b"x" * 11), "big.bin")]}
    answer = sqlite_client.send("/tickets/new", data, content_type="multipart/form-data")
    assert answer.status_code == 413
    assert GOOD["subject"] in answer.get_data(as_text=True)
    assert tickets() == []


def test_one_customer_cannot_fill_the_store(sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.tickets.queries.customer_files.CUSTOMER_BYTES", 5)
    mine = signed_in(sqlite_app, make_customer("Priya Nair"))
    data = {"subject": "a", "message": "b", "files": [(io.BytesIO(b"123456"), "x.txt")]}
    assert mine.send("/tickets/new", data, content_type="multipart/form-data").status_code == 413
    assert tickets() == []


def test_programs_that_fill_in_the_bait_are_asked_again(sqlite_client: CheckedClient) -> None:
    answer = sqlite_client.send("/tickets/new", {**GOOD, "website": "http://spam.example"})
    assert answer.status_code == 422
    assert tickets() == []


def test_links_sent_at_once_are_asked_again_but_a_script_without_the_field_is_not(sqlite_client: CheckedClient) -> None:
    page = sqlite_client.get("/tickets/new").get_data(as_text=True)
    started = re.search(r'name="started" value="([^"]+)"', page).group(1)
    text = "https://a.example and https://b.example"
    answer = sqlite_client.send("/tickets/new", {**GOOD, "message": text, "started": started})
    assert answer.status_code == 422
    assert text in answer.get_data(as_text=True)
    with time_machine.travel(utc_now() + timedelta(seconds=10)):
        later = sqlite_client.send("/tickets/new", {**GOOD, "message": text, "started": started})
    assert later.status_code == 303
    sqlite_client.token = None  # made in the future, as the clock goes now
    assert sqlite_client.send("/tickets/new", {**GOOD, "message": text}).status_code == 303
    assert sqlite_client.send("/tickets/new", {**GOOD, "message": text, "started": "forged.x.y"}).status_code == 303


class TestLimits:
    """Rate limits, which the tests' app has switched off otherwise."""

    @pytest.fixture(autouse=True)
    def limits_on(self, sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sqlite_app.config, "PORTAL_RATE_LIMITS", True)

    def test_ten_an_hour_for_one_address(self, sqlite_client: CheckedClient) -> None:
        for _number in range(10):
            assert sqlite_client.send("/tickets/new", GOOD).status_code == 303
        refused = sqlite_client.send("/tickets/new", GOOD)
        assert refused.status_code == 429
        assert int(refused.headers["Retry-After"]) > 0
        assert "Web shows error 503." in refused.get_data(as_text=True)
        assert len(tickets()) == 10
        assert sqlite_client.send("/tickets/new", {**GOOD, "email": "x@y.example"}).status_code == 303
        with time_machine.travel(utc_now() + timedelta(minutes=61)):
            sqlite_client.token = None
            assert sqlite_client.send("/tickets/new", GOOD).status_code == 303

    def test_thirty_an_hour_for_one_network_unless_it_is_trusted(self, sqlite_client: CheckedClient) -> None:
        for number in range(30):
            assert sqlite_client.send("/tickets/new", {**GOOD, "email": f"a{number}@x.example"}).status_code == 303
        one_more = {**GOOD, "email": "b@x.example"}
        assert sqlite_client.send("/tickets/new", one_more).status_code == 429
        set_setting("tickets.trusted_networks", ["127.0.0.0/8", "nonsense"])
        assert sqlite_client.send("/tickets/new", one_more).status_code == 303

    def test_a_repeat_of_the_last_one_is_not_refused(self, sqlite_client: CheckedClient) -> None:
        set_setting("tickets.open_per_address_hour", 1)
        first = sqlite_client.send("/tickets/new", {**GOOD, "once": "q"})
        assert sqlite_client.send("/tickets/new", {**GOOD, "once": "q"}).location == first.location

    def test_people_signed_in_are_not_counted(self, sqlite_app: Flask) -> None:
        set_setting("tickets.open_per_address_hour", 1)
        mine = signed_in(sqlite_app, make_customer("Priya Nair"))
        for _number in range(3):
            assert mine.send("/tickets/new", {"subject": "a", "message": "b"}).status_code == 303

    def test_no_address_stands_in_the_table_of_tries(self, sqlite_client: CheckedClient) -> None:
        sqlite_client.send("/tickets/new", GOOD)
        buckets = db.session.execute(select(Try.bucket)).scalars().all()
        assert buckets
        assert not any("@" in bucket for bucket in buckets)


def test_a_form_without_a_csrf_token_changes_nothing_and_keeps_the_text(sqlite_client: CheckedClient) -> None:
    sqlite_client.csrf()
    answer = sqlite_client.post("/tickets/new", data=GOOD)
    assert answer.status_code == 400
    assert "Web shows error 503." in answer.get_data(as_text=True)
    assert tickets() == []


def test_extra_fields_change_nothing(sqlite_client: CheckedClient) -> None:
    extra = {
        "priority": "urgent",
        "status": "closed",
        "customer_id": "1",
        "assignee": "1",
        "channel": "phone",
        "is_address_proven": "1",
        "number": "1",
        "department_id": "1",
        "due_at": "2030-01-01T10:00",
    }
    sqlite_client.send("/tickets/new", {**GOOD, **extra})
    (ticket,) = tickets()
    assert (ticket.channel, ticket.state, ticket.is_address_proven, ticket.due_at, ticket.priority_rank) == (
        "web",
        "open",
        False,
        None,
        2,
    )


def test_one_address_is_one_person_however_often_it_comes(client: CheckedClient) -> None:
    client.send("/tickets/new", GOOD)
    client.send("/tickets/new", {**GOOD, "name": "P. Nair"})
    assert db.session.execute(select(func.count()).select_from(PersonAddress)).scalar() == 1
    assert db.session.execute(select(Person.name)).scalars().all() == ["Priya Nair"]


def test_a_flood_of_strangers_puts_one_line_into_the_security_log(
    sqlite_app: Flask, sqlite_client: CheckedClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sqlite_app.config, "PORTAL_RATE_LIMITS", True)
    monkeypatch.setattr("portal.intake.limits.SITE_ALARM", 2)
    for number in range(4):
        sqlite_client.send("/tickets/new", {**GOOD, "email": f"a{number}@x.example"})
    kinds = db.session.execute(select(SecurityEvent.kind)).scalars().all()
    assert kinds.count("tickets.flood") == 1
    assert len(tickets()) == 4

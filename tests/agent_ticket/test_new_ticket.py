"""Opening a ticket for somebody who called."""

from __future__ import annotations

import io

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.core.database import db
from portal.core.models import Outbox
from portal.people.models import Person
from portal.tickets.models import Entry, Ticket
from portal.tickets.statuses import ticket_lists
from tests import world
from tests.agent_ticket.scene import hidden, text_of
from tests.clients import CheckedClient

URL = "/agent/tickets/new"
GOOD = {
    "email": "branch14@example.org", "name": "Branch 14", "phone": "555 0114", "channel": "phone",
    "subject": "Card reader offline", "message": "No light on the reader.",
}  # fmt: skip


def _agent(app: Flask, role: str = "All access") -> CheckedClient:
    return world.signed_in(app, world.make_agent("Ana Moreno", role=role))


def _count(model: type) -> int:
    return db.session.execute(select(func.count()).select_from(model)).scalar_one()


def test_opens_a_ticket_for_a_new_person(app: Flask) -> None:
    client = _agent(app)
    topic = world.make_topic("Branch hardware", priority="high")
    answer = client.send(URL, {
        **GOOD, "topic": str(topic.id), "reply": "We come at noon.", "note": "Third time this month.",
        "assignee": "me", "due_at": "2031-03-14T16:30", "status": "in-progress", "tell": "1",
        "files": [(io.BytesIO(b"log"), "reader.txt")],
    })  # fmt: skip
    ticket = db.session.execute(select(Ticket)).scalar_one()
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/agent/tickets/{ticket.number}"
    page = text_of(client.get(answer.headers["Location"]))
    for shown in (
        "Card reader offline", "Branch 14", "by phone", "No light on the reader.", "We come at noon.", "reader.txt",
        "Third time this month.", "High", "In progress", "Branch hardware",
    ):  # fmt: skip
        assert shown in page, shown
    person = db.session.get_one(Person, ticket.customer_id)
    assert (person.name, person.phone) == ("Branch 14", "555 0114")


def test_finds_a_known_person_and_keeps_their_name(app: Flask) -> None:
    client = _agent(app)
    priya = world.make_customer("Priya Nair")
    page = text_of(client.get(f"{URL}?customer={priya.id}"))
    assert 'value="priya@customers.example"' in page
    client.send(URL, {**GOOD, "email": "PRIYA@customers.example", "name": "Somebody Else"})
    ticket = db.session.execute(select(Ticket)).scalar_one()
    assert ticket.customer_id == priya.id
    assert db.session.get_one(Person, priya.id).name == "Priya Nair"
    assert ticket_lists().statuses[ticket.status_id].slug == "new"
    for wrong in ("0", "abc", "9" * 40, "-1"):
        assert client.get(f"{URL}?customer={wrong}").status_code == 200


def test_telling_the_customer_is_a_choice(app: Flask) -> None:
    client = _agent(app)
    told = select(func.count()).where(Outbox.address == "branch14@example.org")
    client.send(URL, {**GOOD, "tell": ""})
    assert db.session.execute(told).scalar_one() == 0
    client.send(URL, {**GOOD, "tell": ["", "1"]})
    assert db.session.execute(told).scalar_one() == 1
    client.send(URL, GOOD)
    assert db.session.execute(told).scalar_one() == 2


def test_a_double_submit_opens_one_ticket(app: Flask) -> None:
    client = _agent(app)
    once = hidden(text_of(client.get(URL)), "once")
    places = {client.send(URL, {**GOOD, "once": once}).headers["Location"] for _time in range(4)}
    assert len(places) == 1
    assert _count(Ticket) == 1
    assert _count(Entry) == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"email": ""}, "email"), ({"email": "nobody"}, "email"), ({"email": "x" * 250 + "@example.org"}, "email"),
        ({"name": "n" * 201}, "name"), ({"phone": "5" * 51}, "phone"), ({"subject": ""}, "subject"),
        ({"subject": "s" * 1001}, "subject"), ({"message": " \u200b "}, "message"),
        ({"message": "m" * 200_001}, "message"),
        ({"channel": "pigeon"}, "channel"), ({"topic": "999"}, "topic"), ({"topic": "abc"}, "topic"),
        ({"priority": "huge"}, "priority"), ({"assignee": "999"}, "assignee"), ({"status": "nonsense"}, "status"),
        ({"status": "new\x00x"}, "status"), ({"due_at": "tomorrow"}, "due_at"),
        ({"due_at": "2001-01-01T00:00"}, "due_at"),
        ({"reply": "r" * 200_001}, "reply"), ({"note": "n" * 200_001}, "note"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_nothing_is_half_made(sqlite_app: Flask, wrong: dict[str, str], field: str) -> None:
    client = _agent(sqlite_app)
    people = _count(Person)
    answer = client.send(URL, {**GOOD, **wrong})
    text = text_of(answer)
    assert answer.status_code == 422
    assert 'role="alert"' in text
    if field not in ("message", "reply", "note"):
        assert f'id="{field}-error"' in text
    if field != "message":
        assert "No light on the reader.</textarea>" in text
    assert (_count(Ticket), _count(Entry), _count(Person)) == (0, 0, people)


def test_rights(app: Flask) -> None:
    client = _agent(app, role="View only")
    assert client.get(URL).status_code == 403
    assert client.send(URL, GOOD).status_code == 403
    assert _count(Ticket) == 0


def test_topics_of_other_departments_are_not_offered_nor_taken(app: Flask) -> None:
    client = _agent(app)
    foreign = world.make_topic("Servers", department=world.make_department("Operations"))
    world.make_topic("Cards")
    page = text_of(client.get(URL))
    assert "Cards" in page
    assert "Servers" not in page
    answer = client.send(URL, {**GOOD, "topic": str(foreign.id)})
    assert answer.status_code == 403
    assert "No light on the reader." in text_of(answer)
    assert _count(Ticket) == 0

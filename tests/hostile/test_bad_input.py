"""What people and programs get wrong in forms: each answer is clear, keeps what was typed and changes nothing half."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import func, select

from portal.core.database import db
from portal.people.models import Person
from portal.tickets.models import Entry, Event, Ticket
from tests import world
from tests.clients import CheckedClient

GOOD = {
    "name": "Gail Roe", "email": "gail@customers.example", "subject": "Cards are refused", "phone": "",
    "message": "Since this morning.",
}  # fmt: skip


def counts() -> tuple[int, ...]:
    """How many tickets, entries, events and people there are."""
    tables = (Ticket, Entry, Event, Person)
    return tuple(db.session.execute(select(func.count()).select_from(table)).scalar_one() for table in tables)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("subject", "", "Write a subject"),
        ("subject", " \u200b\u2060 ", "Write a subject"),
        ("subject", "\x00\x01\x07", "Write a subject"),
        ("subject", "x" * 1_001, "1,000"),
        ("message", "", "Write"),
        ("message", "\x00\x00", "Write"),
        ("message", "y" * 200_001, "200,000"),
        ("name", "n" * 201, "200"),
        ("name", "", ""),
        ("email", "", ""),
        ("email", "gail", ""),
        ("email", "gail@", ""),
        ("email", "a b@customers.example", ""),
        ("email", "g" * 250 + "@customers.example", "254"),
        ("email", "gail@customers.example\r\nBcc: all@desk.example", ""),
        ("phone", "1" * 51, "50"),
        ("topic", "999999", ""),
        ("topic", "99999999999999999999", ""),
        ("topic", "one", ""),
    ],
)
def test_opening_with_something_wrong(app, client, field, value, said):
    before = counts()
    answer = client.send("/tickets/new", {**GOOD, field: value})
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert said in text
    assert counts() == before
    for name, typed in GOOD.items():
        if name not in (field, "phone"):
            assert typed in text, f"{name} was not kept"


@pytest.mark.parametrize("length", [1_000])
def test_lengths_are_counted_in_characters(app, client, length):
    answer = client.send("/tickets/new", {**GOOD, "subject": "😡" * length, "message": "Ж" * 200_000})
    assert answer.status_code == 303
    ticket = db.session.execute(select(Ticket)).scalar_one()
    assert ticket.subject == "😡" * length


def test_control_signs_go_and_everything_else_stays(app, client):
    words = "Tab\there\r\nline\x00 \x1b[31mred\u202e \u2028next 😡 é é ﬁ İ ß \ud7ff\ue000"
    assert client.send("/tickets/new", {**GOOD, "message": words}).status_code == 303
    body = db.session.execute(select(Entry.body)).scalar_one()
    assert body == "Tab\there\nline [31mred\u202e \nnext 😡 é é ﬁ İ ß \ud7ff\ue000"


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("status", {"status": "no-such-slug"}),
        ("status", {"status": "new"}),
        ("status", {}),
        ("priority", {"priority": "most"}),
        ("priority", {}),
        ("due", {"due_at": "tomorrow"}),
        ("due", {"due_at": "2026-13-01T00:00"}),
        ("due", {"due_at": "99999-01-01T00:00"}),
        ("due", {"due_at": "0001-01-01T00:00"}),
        ("assignment", {"assignee": "999999"}),
        ("assignment", {"assignee": "team:999999"}),
        ("assignment", {"assignee": "team:"}),
        ("assignment", {"assignee": "99999999999999999999999"}),
        ("assignment", {"assignee": "-1"}),
        ("topic", {"topic": "999999"}),
        ("topic", {"topic": "x"}),
        ("subject", {"subject": ""}),
        ("subject", {"subject": "x" * 1_001}),
        ("department", {"department": "999999"}),
        ("department", {"department": ""}),
        ("resolution", {"resolution": "x" * 200_001}),
        ("resolution", {"resolution": "Done.", "status": "open"}),
        ("customer", {"email": "nobody"}),
        ("customer", {"email": ""}),
        ("collaborators", {"email": "@"}),
        ("referrals", {"to": "everybody"}),
        ("referrals", {"to": "department:999999"}),
        ("links", {"number": "000000", "kind": "related"}),
        ("links", {"number": "", "kind": "related"}),
        ("merge", {"into": "000000"}),
        ("promise", {"next_update_at": "soon"}),
        ("promise", {"next_update_at": "2001-01-01T00:00"}),
        ("promise", {"solution_at": "2031-01-01T00:00", "confidence": "very"}),
        ("promise", {"next_update_at": "2031-01-01T00:00", "words": "w" * 200_001}),
        ("replies", {"body": ""}),
        ("replies", {"body": "x" * 200_001}),
        ("replies", {"body": "Hello", "status": "no-such-slug"}),
        ("replies", {"body": "Hello", "next_update_at": "never"}),
        ("notes", {"body": "\x00"}),
        ("undo", {"event": "999999"}),
        ("undo", {"event": "x"}),
    ],
)
@pytest.mark.parametrize("htmx", [False, True], ids=["page", "fragment"])
def test_changing_a_ticket_with_something_wrong(sqlite_app, path, fields, htmx):
    people = world.cast()
    ticket = world.make_ticket(customer=people.priya, assignee=people.ana)
    client, before, version = world.signed_in(sqlite_app, people.omar), counts(), ticket.version
    answer = client.send(f"/agent/tickets/{ticket.number}/{path}", fields, htmx=htmx)
    assert answer.status_code in (404, 422)
    assert counts() == before
    assert ticket.version == version


def test_a_reply_that_was_refused_is_kept(sqlite_app):
    people = world.cast()
    ticket = world.make_ticket(customer=people.priya, assignee=people.ana)
    client = world.signed_in(sqlite_app, people.ana)
    words = "A long answer nobody wants to type twice."
    answer = client.send(f"/agent/tickets/{ticket.number}/replies", {"body": words, "next_update_at": "never"})
    assert answer.status_code == 422
    assert words in answer.get_data(as_text=True)


def test_ten_thousand_fields_are_refused(sqlite_app):
    client = CheckedClient.of(sqlite_app)
    fields = {f"field{number}": "x" for number in range(10_000)}
    assert client.send("/tickets/new", {**GOOD, **fields}, content_type="multipart/form-data").status_code == 413
    before = counts()
    assert client.send("/tickets/new", {**GOOD, **fields}).status_code in (303, 413, 422)
    assert counts()[0] <= before[0] + 1


def test_too_much_is_refused_with_a_sentence(sqlite_app):
    client = CheckedClient.of(sqlite_app)
    client.csrf()
    huge = io.BytesIO(b"x" * (51 * 1024 * 1024))
    answer = client.send("/tickets/new", {**GOOD, "files": (huge, "huge.bin")}, content_type="multipart/form-data")
    assert answer.status_code == 413
    assert "too large" in answer.get_data(as_text=True)
    assert counts()[0] == 0


def test_one_large_file_is_refused_by_name(sqlite_app):
    client = CheckedClient.of(sqlite_app)
    large = io.BytesIO(b"x" * (26 * 1024 * 1024))
    answer = client.send("/tickets/new", {**GOOD, "files": (large, "movie.mp4")}, content_type="multipart/form-data")
    assert answer.status_code == 413
    assert "movie.mp4" in answer.get_data(as_text=True)
    assert counts()[0] == 0


def test_a_text_field_of_ten_megabytes_is_refused(sqlite_app):
    client = CheckedClient.of(sqlite_app)
    for content_type in ("multipart/form-data", "application/x-www-form-urlencoded"):
        answer = client.send("/tickets/new", {**GOOD, "message": "m" * 10_000_000}, content_type=content_type)
        assert answer.status_code in (413, 422)
        assert counts()[0] == 0


@pytest.mark.parametrize("path", ["/t/forged", "/t/" + "a" * 3_000, "/sign-in/forged", "/sign-in/" + "%00" * 10])
def test_a_forged_link_offers_a_new_one(sqlite_client, path):
    answer = sqlite_client.get(path)
    assert answer.status_code in (404, 410)
    if "%00" not in path:
        assert "/tickets/find" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("path", "method"), [("/tickets/new", "DELETE"), ("/sign-out", "GET"), ("/tickets/1/rating", "GET")]
)
def test_a_wrong_method_is_said_plainly(sqlite_client, path, method):
    answer = sqlite_client.open(path, method=method)
    assert answer.status_code in (400, 405)
    assert "Traceback" not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "path", ["/%00", "/tickets/%ff%fe", "/agent/tickets/%F0%9F%98%A1", "/" + "a" * 5_000, "/..%2f..%2fetc"]
)
def test_odd_addresses_are_nothing_here(sqlite_client, path):
    assert sqlite_client.get(path).status_code in (303, 404)

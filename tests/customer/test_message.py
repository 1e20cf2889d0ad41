"""Adding a message, saying whether it works, rating."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from portal.core.clock import utc_now
from portal.core.database import db
from portal.people.actor import SYSTEM
from portal.tickets import actions
from portal.tickets.models import Attachment, Entry, Ticket
from tests.clients import CheckedClient
from tests.world import (
    cast,
    make_agent,
    make_customer,
    make_reply,
    make_ticket,
    signed_in,
    with_link,
)


def bodies(ticket: Ticket) -> list[str]:
    statement = select(Entry.body).where(Entry.thread_id == ticket.id).order_by(Entry.id)
    return list(db.session.execute(statement).scalars())


def state(ticket: Ticket) -> str:
    db.session.refresh(ticket)
    return ticket.state


def test_a_message_is_added_and_led_to(client: CheckedClient, app: Flask) -> None:
    priya = make_customer("Priya Nair")
    ticket = make_ticket(customer=priya, message="first")
    answer = signed_in(app, priya).send(f"/tickets/{ticket.number}/messages", {"message": "second"})
    assert answer.status_code == 303
    assert answer.location.startswith(f"/tickets/{ticket.number}#entry-")
    assert bodies(ticket) == ["first", "second"]


def test_htmx_gets_the_ticket_anew(client: CheckedClient, app: Flask) -> None:
    priya = make_customer("Priya Nair")
    ticket = make_ticket(customer=priya)
    answer = signed_in(app, priya).send(f"/tickets/{ticket.number}/messages", {"message": "NEWWORD"}, htmx=True)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert text.lstrip().startswith('<div id="ticket"')
    assert "NEWWORD" in text
    assert "<html" not in text


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize(("message", "words"), [(" \u200b ", "Write something"), ("x" * 200_001, "200,000")])
def test_an_empty_or_long_message_is_422_with_the_text_kept(
    sqlite_app: Flask, htmx: bool, message: str, words: str
) -> None:
    priya = make_customer("Priya Nair")
    ticket = make_ticket(customer=priya)
    answer = signed_in(sqlite_app, priya).send(f"/tickets/{ticket.number}/messages", {"message": message}, htmx=htmx)
    assert answer.status_code == 422
    assert words in answer.get_data(as_text=True)
    assert answer.get_data(as_text=True).count("x" * 1_000) == message.count("x" * 1_000)
    assert len(bodies(ticket)) == 1


def test_a_picture_alone_says_enough(client: CheckedClient, app: Flask) -> None:
    priya = make_customer("Priya Nair")
    ticket = make_ticket(customer=priya)
    data = {"message": "", "files": [(io.BytesIO(b"\x89PNG\r\n\x1a\n123"), "error.png")]}
    answer = signed_in(app, priya).send(f"/tickets/{ticket.number}/messages", data, content_type="multipart/form-data")
    assert answer.status_code == 303
    assert db.session.execute(select(Attachment.name)).scalars().all() == ["error.png"]


def test_the_same_form_again_adds_nothing(client: CheckedClient, app: Flask) -> None:
    priya = make_customer("Priya Nair")
    ticket = make_ticket(customer=priya)
    mine = signed_in(app, priya)
    token, cookie, path = mine.csrf(), mine.get_cookie("portal").value, f"/tickets/{ticket.number}/messages"

    def send(_number: int) -> str | None:
        one = app.test_client()
        one.set_cookie("portal", cookie)
        data = {"message": "once", "once": "o", "csrf_token": token}
        return one.post(path, data=data).location

    with ThreadPoolExecutor(5) as pool:
        locations = set(pool.map(send, range(6)))
    db.session.rollback()
    assert len(locations) == 1
    assert bodies(ticket) == ["I see error 503.", "once"]


def test_others_may_not_write(client: CheckedClient, app: Flask) -> None:
    people = cast()
    ticket = make_ticket(customer=people.priya)
    path = f"/tickets/{ticket.number}/messages"
    assert signed_in(app, people.tomas).send(path, {"message": "x"}).status_code == 404
    assert signed_in(app, people.ana).send(path, {"message": "x"}).status_code == 404
    assert len(bodies(ticket)) == 1


def test_after_sign_out_the_text_is_kept_and_shown_again_after_sign_in(client: CheckedClient, app: Flask) -> None:
    priya = make_customer("Priya Nair")
    ticket = make_ticket(customer=priya)
    answer = CheckedClient.of(app).send(f"/tickets/{ticket.number}/messages", {"message": "TYPEDTEXT of mine"})
    assert answer.status_code == 303
    assert answer.location.startswith("/sign-in?next=")
    assert "TYPEDTEXT" not in answer.location
    mine = signed_in(app, priya)
    page = mine.get(answer.location, follow_redirects=True).get_data(as_text=True)
    assert "TYPEDTEXT of mine" in page
    assert f"/tickets/{ticket.number}/messages" in page
    assert len(bodies(ticket)) == 1


def test_an_expired_token_keeps_the_text(client: CheckedClient, app: Flask) -> None:
    priya = make_customer("Priya Nair")
    ticket = make_ticket(customer=priya)
    mine = signed_in(app, priya)
    token = mine.csrf()
    with time_machine.travel(utc_now() + timedelta(hours=5)):
        data = {"message": "TYPEDTEXT", "csrf_token": token}
        answer = mine.post(f"/tickets/{ticket.number}/messages", data=data)
    assert answer.status_code == 400
    assert "TYPEDTEXT" in answer.get_data(as_text=True)
    assert len(bodies(ticket)) == 1


def test_writing_to_a_resolved_ticket_opens_it_again(client: CheckedClient, app: Flask) -> None:
    priya = make_customer("Priya Nair")
    ticket = make_ticket(customer=priya, status="resolved")
    signed_in(app, priya).send(f"/tickets/{ticket.number}/messages", {"message": "no"})
    assert state(ticket) == "open"


@pytest.mark.parametrize("is_guest", [False, True])
def test_writing_after_the_window_opens_a_new_ticket_and_says_so(
    client: CheckedClient, app: Flask, is_guest: bool
) -> None:
    priya = make_customer("Priya Nair")
    ticket = make_ticket(customer=priya, status="closed", now=utc_now() - timedelta(days=20))
    mine = with_link(app, ticket) if is_guest else signed_in(app, priya)
    assert "opens a new one" in mine.get(f"/tickets/{ticket.number}").get_data(as_text=True)
    data = {"message": "Again!", "once": "w"}
    answer = mine.send(f"/tickets/{ticket.number}/messages", data)
    again = mine.send(f"/tickets/{ticket.number}/messages", data)
    fresh = db.session.execute(select(Ticket).order_by(Ticket.id.desc()).limit(1)).scalar_one()
    assert fresh.id != ticket.id
    assert answer.location == again.location == f"/tickets/{fresh.number}/opened"
    page = mine.get(answer.location).get_data(as_text=True)
    assert ticket.number in page
    assert db.session.execute(select(func.count()).select_from(Ticket)).scalar() == 2
    assert mine.get(f"/tickets/{fresh.number}").status_code == 200
    assert state(ticket) == "closed"


class TestConfirmation:
    def test_it_works_closes_it_and_asks_for_a_rating(self, client: CheckedClient, app: Flask) -> None:
        priya = make_customer("Priya Nair")
        ticket = make_ticket(customer=priya, status="resolved")
        mine = signed_in(app, priya)
        page = mine.get(f"/tickets/{ticket.number}").get_data(as_text=True)
        assert "It works, close it" in page
        assert "Restored from the backup." in page
        assert "A broken update" not in page
        assert mine.send(f"/tickets/{ticket.number}/confirmation", {"works": "yes"}).status_code == 303
        assert state(ticket) == "closed"
        page = mine.get(f"/tickets/{ticket.number}").get_data(as_text=True)
        assert 'name="rating"' in page
        assert "Still a problem?" in page

    def test_it_does_not_work_opens_it_again_with_the_words(self, client: CheckedClient, app: Flask) -> None:
        ticket = make_ticket(status="resolved")
        guest = with_link(app, ticket)
        guest.send(f"/tickets/{ticket.number}/confirmation", {"works": "no", "message": "Error 503 again"})
        assert state(ticket) == "open"
        assert bodies(ticket)[-1] == "Error 503 again"

    def test_it_does_not_work_needs_no_words(self, client: CheckedClient, app: Flask) -> None:
        ticket = make_ticket(status="closed")
        answer = with_link(app, ticket).send(f"/tickets/{ticket.number}/confirmation", {"works": "no"})
        assert answer.status_code == 303
        assert (state(ticket), len(bodies(ticket))) == ("open", 1)

    def test_an_open_ticket_that_was_answered_can_be_closed_by_its_customer(
        self, client: CheckedClient, app: Flask
    ) -> None:
        priya = make_customer("Priya Nair")
        ticket = make_ticket(customer=priya)
        make_reply(ticket, by=make_agent("Ana Moreno"))
        mine = signed_in(app, priya)
        assert "It works again, close this" in mine.get(f"/tickets/{ticket.number}").get_data(as_text=True)
        mine.send(f"/tickets/{ticket.number}/confirmation", {"works": "yes"}, htmx=True)
        assert state(ticket) == "closed"

    @pytest.mark.parametrize("works", ["", "maybe", "YES"])
    def test_anything_else_is_422(self, sqlite_app: Flask, works: str) -> None:
        ticket = make_ticket(status="resolved")
        guest = with_link(sqlite_app, ticket)
        assert guest.send(f"/tickets/{ticket.number}/confirmation", {"works": works}).status_code == 422
        assert state(ticket) == "resolved"

    def test_pressing_twice_changes_nothing_twice(self, client: CheckedClient, app: Flask) -> None:
        ticket = make_ticket(status="resolved")
        guest = with_link(app, ticket)
        for _time in range(2):
            assert guest.send(f"/tickets/{ticket.number}/confirmation", {"works": "yes"}).status_code == 303
        db.session.refresh(ticket)
        assert ticket.state == "closed"


class TestRating:
    def test_a_rating_is_kept_with_its_comment(self, client: CheckedClient, app: Flask) -> None:
        priya = make_customer("Priya Nair")
        ticket = make_ticket(customer=priya, status="closed")
        mine = signed_in(app, priya)
        data = {"rating": "4", "comment": "Quick."}
        assert mine.send(f"/tickets/{ticket.number}/rating", data).status_code == 303
        db.session.refresh(ticket)
        assert (ticket.rating, ticket.rating_comment) == (4, "Quick.")
        page = mine.get(f"/tickets/{ticket.number}").get_data(as_text=True)
        assert "4 of 5" in page
        assert 'name="rating"' not in page

    @pytest.mark.parametrize("rating", ["", "0", "6", "-1", "4.5", "²", "x" * 5_000])
    def test_other_numbers_are_422(self, sqlite_app: Flask, rating: str) -> None:
        ticket = make_ticket(status="closed")
        guest = with_link(sqlite_app, ticket)
        assert guest.send(f"/tickets/{ticket.number}/rating", {"rating": rating}).status_code == 422

    def test_only_the_customer_rates(self, client: CheckedClient, app: Flask) -> None:
        people = cast()
        ticket = make_ticket(customer=people.priya, status="closed")
        actions.add_collaborator(ticket, people.tomas.id, by=SYSTEM, now=utc_now())
        answer = signed_in(app, people.tomas).send(f"/tickets/{ticket.number}/rating", {"rating": "1"})
        assert answer.status_code == 403


@pytest.mark.parametrize("field", ["message", "once", "files", "csrf_token", "subject"])
def test_a_file_where_a_text_belongs_is_no_crash(sqlite_app: Flask, field: str) -> None:
    priya = make_customer("Priya Nair")
    ticket = make_ticket(customer=priya)
    mine = signed_in(sqlite_app, priya)
    data = {"message": "hello", "csrf_token": mine.csrf(), field: (io.BytesIO(b"zz"), "f.txt")}
    path = f"/tickets/{ticket.number}/messages"
    answer = mine.post(path, data=data, content_type="multipart/form-data")
    assert answer.status_code in (303, 400, 422)

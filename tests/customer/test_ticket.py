"""One ticket as its customer sees it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from portal.core.clock import utc_now
from portal.core.database import db, transaction
from portal.people.actor import SYSTEM
from portal.tickets import actions
from portal.tickets.models import Ticket
from portal.tickets.queries.customer_talk import KEPT_TALKS
from portal.tickets.queries.customer_ticket import KEPT_SIDES
from tests.clients import CheckedClient
from tests.world import (
    actor_of,
    cast,
    count_statements,
    later,
    make_agent,
    make_customer,
    make_message,
    make_note,
    make_organization,
    make_reply,
    make_ticket,
    set_setting,
    signed_in,
    with_link,
)

AGENTS_ONLY = (
    "pending",
    "on hold",
    "escalated",
    "tier",
    "queue",
    "SLA",
    "breach",
    "backlog",
    "Waiting on customer",
    "Waiting on third party",
    "internal note",
)


def text_of(client: CheckedClient, ticket: Ticket) -> str:
    answer = client.get(f"/tickets/{ticket.number}")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_it_says_what_it_is_what_is_next_and_what_you_can_do(client: CheckedClient, app: Flask) -> None:
    set_setting("site.name", "Harbour Bank")
    people = cast()
    ticket = make_ticket("Cannot log in", customer=people.priya, assignee=people.ana)
    actions.promise(ticket, "update", later(minutes=90), by=actor_of(people.ana), now=utc_now())
    make_reply(ticket, "We are **restoring** it.", by=people.ana)
    text = text_of(signed_in(app, people.priya), ticket)
    assert "Cannot log in" in text
    assert "Ana is looking after this." in text
    assert "With Ana" in text
    assert "Being worked on" in text
    assert "Ana, Harbour Bank" in text
    assert "<strong>restoring</strong>" in text
    assert ">You<" in text
    assert "Moreno" not in text


def test_no_note_and_no_agents_word_is_ever_shown(client: CheckedClient, app: Flask) -> None:
    people = cast()
    ticket = make_ticket(customer=people.priya, assignee=people.jonas)
    make_note(ticket, "NOTEWORD the customer must not read", by=people.jonas)
    for status in ("waiting-on-customer", "waiting-on-third-party", "in-progress"):
        actions.change_status(ticket, status, by=SYSTEM, now=utc_now())
        text = text_of(signed_in(app, people.priya), ticket)
        assert "NOTEWORD" not in text
        assert "Weber" not in text
        assert [word for word in AGENTS_ONLY if f" {word.lower()} " in f" {text.lower()} "] == []


def test_messages_stand_oldest_first_with_the_answer_box_below(client: CheckedClient, app: Flask) -> None:
    ana, priya = make_agent("Ana Moreno"), make_customer("Priya Nair")
    start = utc_now() - timedelta(hours=2)
    ticket = make_ticket(customer=priya, message="FIRST", now=start)
    make_reply(ticket, "SECOND", by=ana, now=start + timedelta(minutes=10))
    make_message(ticket, "THIRD", by=priya, now=start + timedelta(minutes=20))
    text = text_of(signed_in(app, priya), ticket)
    places = [text.index(word) for word in ("FIRST", "SECOND", "THIRD", 'id="answer"')]
    assert places == sorted(places)


def test_a_promise_that_was_missed_comes_with_words_and_a_button(client: CheckedClient, app: Flask) -> None:
    ana, priya = make_agent("Ana Moreno"), make_customer("Priya Nair")
    ticket = make_ticket(customer=priya, assignee=ana)
    past = utc_now() - timedelta(hours=1)
    actions.promise(ticket, "update", past + timedelta(minutes=30), by=actor_of(ana), now=past)
    mine = signed_in(app, priya)
    text = text_of(mine, ticket)
    assert "and are late" in text
    assert "Ask for news" in text
    assert mine.send(f"/tickets/{ticket.number}/news").status_code == 303
    text = text_of(mine, ticket)
    assert "We have seen it" in text
    assert f'action="/tickets/{ticket.number}/news"' not in text
    again = mine.send(f"/tickets/{ticket.number}/news")
    assert (again.status_code, int(again.headers["Retry-After"]) > 0) == (429, True)


def test_other_peoples_tickets_and_missing_ones_look_the_same(client: CheckedClient, app: Flask) -> None:
    priya, tomas = make_customer("Priya Nair"), make_customer("Tomas Novak")
    ticket = make_ticket("SECRETWORD", customer=tomas)
    mine = signed_in(app, priya)
    foreign, missing = mine.get(f"/tickets/{ticket.number}"), mine.get("/tickets/999999999")
    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert "SECRETWORD" not in foreign.get_data(as_text=True)
    nobody = CheckedClient.of(app)
    for number in (ticket.number, "999999999", "x" * 300):
        answer = nobody.get(f"/tickets/{number}")
        assert answer.status_code == 303
        assert answer.location.startswith("/sign-in?next=")
    fragment = nobody.fragment(f"/tickets/{ticket.number}")
    assert fragment.status_code == 401
    assert fragment.headers["HX-Redirect"].startswith("/sign-in")


def test_a_secure_link_shows_its_ticket_and_no_other(client: CheckedClient, app: Flask) -> None:
    priya = make_customer("Priya Nair")
    one, other = make_ticket("One", customer=priya), make_ticket("Other", customer=priya)
    guest = with_link(app, one)
    assert "One" in text_of(guest, one)
    assert guest.get(f"/tickets/{other.number}").status_code == 303
    assert "Other" not in guest.get("/tickets").get_data(as_text=True)


def test_a_collaborator_and_a_colleague_of_an_organization_that_shares_see_it(
    client: CheckedClient, app: Flask
) -> None:
    people = cast()
    ticket = make_ticket(customer=people.priya)
    assert signed_in(app, people.maya).get(f"/tickets/{ticket.number}").status_code == 200
    tomas = signed_in(app, people.tomas)
    assert tomas.get(f"/tickets/{ticket.number}").status_code == 404
    actions.add_collaborator(ticket, people.tomas.id, by=actor_of(people.ana), now=utc_now())
    text = text_of(tomas, ticket)
    assert "You" in text
    assert "Priya Nair" in text


def test_a_colleague_does_not_see_it_when_the_organization_does_not_share(client: CheckedClient, app: Flask) -> None:
    shy = make_organization("Shy")
    one, two = make_customer("Una One", organization=shy), make_customer("Duo Two", organization=shy)
    ticket = make_ticket(customer=one)
    assert signed_in(app, two).get(f"/tickets/{ticket.number}").status_code == 404


def test_a_ticket_in_the_trash_is_gone_for_its_customer(client: CheckedClient, app: Flask) -> None:
    priya = make_customer("Priya Nair")
    ticket = make_ticket(customer=priya)
    guest = with_link(app, ticket)
    actions.trash(ticket, by=SYSTEM, now=utc_now())
    assert signed_in(app, priya).get(f"/tickets/{ticket.number}").status_code == 404
    assert guest.get(f"/tickets/{ticket.number}").status_code == 303


def test_a_merged_ticket_shows_where_it_went(client: CheckedClient, app: Flask) -> None:
    people = cast()
    parent = make_ticket("Parent subject", customer=people.maya, message="MAYAWORD")
    child = make_ticket("Child subject", customer=people.tomas, message="TOMASWORD")
    make_note(parent, "NOTEWORD", by=people.ana)
    guest = with_link(app, child)
    actions.merge(child, parent, by=SYSTEM, now=utc_now())
    for client_ in (signed_in(app, people.tomas), guest):
        text = text_of(client_, child)
        assert parent.number in text
        assert f'action="/tickets/{child.number}/messages"' not in text
        text = text_of(client_, parent)
        assert "TOMASWORD" in text
        assert "MAYAWORD" in text
        assert "NOTEWORD" not in text
        assert client_.send(f"/tickets/{parent.number}/messages", {"message": "still here"}).status_code == 303


def test_whoever_typed_somebody_elses_address_does_not_reach_their_ticket_by_a_merge(
    client: CheckedClient, app: Flask
) -> None:
    mira = make_customer("Mira Holt", address="mira@customer.example")
    parent = make_ticket("Salary", customer=mira, message="PRIVATEWORD")
    writer = CheckedClient.of(app)
    writer.send("/tickets/new", {"name": "X", "email": "mira@customer.example", "subject": "s", "message": "m"})
    child = db.session.query(Ticket).order_by(Ticket.id.desc()).first()
    assert child is not None
    actions.merge(child, parent, by=SYSTEM, now=utc_now())
    assert parent.number in text_of(writer, child)
    assert writer.get(f"/tickets/{parent.number}").status_code == 303


def test_an_agent_is_led_to_the_agents_page_unless_the_ticket_is_their_own(client: CheckedClient, app: Flask) -> None:
    people = cast()
    ticket = make_ticket(customer=people.priya)
    ana = signed_in(app, people.ana)
    answer = ana.get(f"/tickets/{ticket.number}")
    assert (answer.status_code, answer.location) == (303, f"/agent/tickets/{ticket.number}")
    assert ana.get("/tickets/999999999").status_code == 404
    opened = ana.send("/tickets/new", {"subject": "My laptop", "message": "is slow"})
    assert ana.get(opened.location).status_code == 200
    assert "My laptop" in ana.get("/tickets").get_data(as_text=True)


def test_an_address_is_proven_by_the_button_behind_the_mailed_link_only(client: CheckedClient, app: Flask) -> None:
    ticket = make_ticket(proven=False)
    shown = with_link(app, ticket)
    assert "Yes, this is my address" not in text_of(shown, ticket)
    assert shown.send(f"/tickets/{ticket.number}/address").status_code == 422
    mailed = with_link(app, ticket, is_mailed=True)
    assert "Yes, this is my address" in text_of(mailed, ticket)
    db.session.refresh(ticket)
    assert ticket.is_address_proven is False
    assert mailed.send(f"/tickets/{ticket.number}/address").status_code == 303
    db.session.refresh(ticket)
    assert ticket.is_address_proven is True
    assert "Your address is confirmed" in text_of(mailed, ticket)


def test_a_message_through_the_mailed_link_proves_the_address_too(client: CheckedClient, app: Flask) -> None:
    ticket = make_ticket(proven=False)
    with_link(app, ticket).send(f"/tickets/{ticket.number}/messages", {"message": "more"})
    db.session.refresh(ticket)
    assert ticket.is_address_proven is False
    with_link(app, ticket, is_mailed=True).send(f"/tickets/{ticket.number}/messages", {"message": "and more"})
    db.session.refresh(ticket)
    assert ticket.is_address_proven is True


@pytest.mark.parametrize("messages", [1, 12])
def test_the_number_of_statements_is_fixed(client: CheckedClient, app: Flask, messages: int) -> None:
    ana, priya = make_agent("Ana Moreno"), make_customer("Priya Nair")
    ticket = make_ticket(customer=priya, assignee=ana)
    for number in range(messages):
        make_message(ticket, f"message {number}", by=priya)
        make_reply(ticket, f"reply {number}", by=ana)
    mine = signed_in(app, priya)
    path = f"/tickets/{ticket.number}"
    mine.get(path)
    KEPT_TALKS.clear()
    KEPT_SIDES.clear()
    with count_statements() as first:
        mine.get(path)
    assert first.count == 7, str(first)
    with count_statements() as statements:
        mine.get(path)
    assert statements.count == 2, str(statements)  # the session and the head; the rest is kept


def test_the_holder_of_a_link_costs_no_more_statements(client: CheckedClient, app: Flask) -> None:
    ticket = make_ticket()
    guest = with_link(app, ticket)
    path = f"/tickets/{ticket.number}"
    guest.get(path)
    with count_statements() as statements:
        guest.get(path)
    assert statements.count == 2, str(statements)  # the session and the head; the rest is kept


def test_a_long_conversation_is_shown_a_hundred_at_a_time(client: CheckedClient, app: Flask) -> None:
    priya = make_customer("Priya Nair")
    start = utc_now() - timedelta(days=3)
    ticket = make_ticket(customer=priya, message="OLDEST", now=start)
    with transaction():
        for number in range(130):
            actions.post_message(
                ticket, f"WORD{number:03}", by=actor_of(priya), now=start + timedelta(minutes=number + 1)
            )
    mine = signed_in(app, priya)
    text = text_of(mine, ticket)
    assert "WORD129" in text
    assert "OLDEST" not in text
    before = text.split("?before=")[1].split('"')[0]
    earlier = mine.get(f"/tickets/{ticket.number}?before={before}").get_data(as_text=True)
    assert "OLDEST" in earlier
    assert sum(f"WORD{number:03}" in text for number in range(130)) == 100
    assert sum(f"WORD{number:03}" in earlier for number in range(130)) == 30
    assert 'id="answer"' not in earlier
    for junk in ("%00", "x", "WzEsMl0", "9" * 600):
        assert mine.get(f"/tickets/{ticket.number}?before={junk}").status_code == 200


def test_names_and_subjects_are_shown_as_typed(client: CheckedClient, app: Flask) -> None:
    name = "<script>alert(1)</script> ${7*7}"
    priya = make_customer(name, address="priya@x.example")
    ticket = make_ticket("{{7*7}} <img src=x onerror=alert(1)>", customer=priya, message="<b>bold?</b> {% raw %}")
    text = text_of(signed_in(app, priya), ticket)
    assert "{{7*7}} &lt;img src=x" in text
    assert "&lt;b&gt;bold?&lt;/b&gt; {% raw %}" in text
    assert "<script>alert" not in text


def test_hostile_markdown_of_a_reply_is_harmless(client: CheckedClient, app: Flask) -> None:
    ana, priya = make_agent("Ana Moreno"), make_customer("Priya Nair")
    ticket = make_ticket(customer=priya)
    make_reply(
        ticket,
        '[x](javascript:alert(1)) <div hx-get="/evil" id="main" style="position:fixed">over</div>'
        " ![p](https://remote.example/a.png)",
        by=ana,
    )
    text = text_of(signed_in(app, priya), ticket)
    conversation = text.split('id="conversation"')[1].split('id="answer"')[0]
    assert "<div hx-get" not in conversation
    assert 'href="javascript' not in conversation
    assert 'src="https://remote' not in conversation

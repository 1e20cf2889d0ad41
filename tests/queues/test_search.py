"""Plain search: what is found, in which order, and that nothing typed is syntax."""

from __future__ import annotations

import time

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from portal.core.clock import utc_now
from portal.core.database import db
from portal.core.paging import decode_cursor
from portal.queues import search as room
from portal.queues.search import search_page
from portal.tickets import actions
from portal.tickets.models import Ticket
from portal.tickets.search_match import match_clause, read_query
from tests import world
from tests.queues.hard_searches import HARD_SEARCHES


def found(who, typed: str) -> list[str]:
    """The subjects found, in order."""
    return [row.subject for row in search_page(world.actor_of(who), typed, cursor=None).rows]


@pytest.fixture
def omar(app: Flask):
    """An administrator, and tickets in several scripts."""
    for subject, message in (
        ("Login broken", "Error 503 after sign-in on online banking."),
        ("印刷できません", "三階のプリンターが動きません。"),
        ("Не открывается отчёт", "У нас лягушка в принтере."),
        ("Café branch", "The déjà vu terminal on Hauptstraße."),
        ("Banking app", "The online shop and banking are slow."),
    ):
        world.make_ticket(subject, message=message, customer=world.make_customer())
    return world.make_administrator()


@pytest.mark.parametrize(
    ("typed", "subjects"),
    [
        ("login", ["Login broken"]),
        ("LOGIN", ["Login broken"]),
        ("online banking", ["Banking app", "Login broken"]),
        ('"online banking"', ["Login broken"]),
        ("bankin", ["Banking app", "Login broken"]),
        ("ban* login", ["Login broken"]),
        ("ban login", []),
        ("プリンター", ["印刷できません"]),
        ("リン", ["印刷できません"]),
        ("リプ", []),
        ("лягушка", ["Не открывается отчёт"]),
        ("отчёт", ["Не открывается отчёт"]),
        ("ОТЧЕТ", ["Не открывается отчёт"]),
        ("cafe", ["Café branch"]),
        ("café", ["Café branch"]),
        ("cafe\u0301", ["Café branch"]),
        ("hauptstrasse", ["Café branch"]),
        ("sign-in", ["Login broken"]),
        ("in-sign", []),
        ("503", ["Login broken"]),
        ("nowhere", []),
        ("login nowhere", []),
    ],
)
def test_words_phrases_and_beginnings(omar, typed: str, subjects: list[str]) -> None:
    assert found(omar, typed) == subjects


def test_number_name_and_address_find_the_ticket(app: Flask) -> None:
    omar, mira = world.make_administrator(), world.make_customer("Mira Holt", address="mira@customer.example")
    ticket = world.make_ticket("Scanner", customer=mira)
    world.make_ticket("Other", message="Call customer mira, example")
    for typed in (ticket.number, f"#{ticket.number}", "holt", "mira@customer.example", "Mira Holt"):
        assert found(omar, typed) == ["Scanner"], typed


def test_the_ticket_of_a_number_comes_first_wherever_it_stands(app: Flask) -> None:
    cast = world.cast()
    ticket = world.make_ticket("The old one")
    world.make_ticket("Speaks of it", message=f"Same as {ticket.number}")
    assert found(cast.ana, ticket.number) == ["The old one", "Speaks of it"]
    actions.trash(ticket, by=world.actor_of(cast.ana), now=utc_now())
    rows = search_page(world.actor_of(cast.ana), ticket.number, cursor=None).rows
    assert [(row.subject, row.place) for row in rows] == [("The old one", "trash"), ("Speaks of it", "")]
    assert found(cast.ana, "old") == []


def test_only_what_somebody_may_see_is_found(app: Flask) -> None:
    cast = world.cast()
    ticket = world.make_ticket("Core switch", department=cast.operations)
    assert found(cast.ana, "switch") == []
    assert found(cast.ana, ticket.number) == []
    assert found(cast.jonas, "switch") == ["Core switch"]


def test_words_of_notes_are_found_by_agents_and_never_with_public_words_alone(app: Flask) -> None:
    cast = world.cast()
    ticket = world.make_ticket("Login", customer=cast.priya)
    world.make_note(ticket, "zebrafish", by=cast.ana)
    assert found(cast.ana, "zebrafish") == ["Login"]
    store = db.engine.dialect.name
    for internal, number in ((True, 1), (False, 0)):
        clause = match_clause("zebrafish", internal=internal, store=store)
        assert clause is not None
        assert len(db.session.execute(select(Ticket.id).where(clause)).all()) == number
    clause = match_clause("login", internal=False, store=store)
    assert clause is not None
    assert len(db.session.execute(select(Ticket.id).where(clause)).all()) == 1
    assert match_clause(" * ", internal=True, store=store) is None


def test_words_that_are_written_or_changed_later_are_found(app: Flask) -> None:
    cast = world.cast()
    ticket = world.make_ticket("Login", customer=cast.priya)
    world.make_reply(ticket, "Try the wolverine driver.", by=cast.ana)
    assert found(cast.ana, "wolverine") == ["Login"]
    actions.change_subject(ticket, "Sign-on", by=world.actor_of(cast.ana), now=utc_now())
    assert found(cast.ana, "login") == []
    assert found(cast.ana, "sign wolverine") == ["Sign-on"]


def test_pages_go_on_where_the_last_ended_and_back(app: Flask) -> None:
    omar, customer = world.make_administrator(), world.make_customer()
    for number in range(30):
        world.make_ticket(f"Printer {number}", customer=customer)
    actor = world.actor_of(omar)
    first = search_page(actor, "printer", cursor=None)
    second = search_page(actor, "printer", cursor=decode_cursor(first.older))
    assert [row.subject for row in first.rows + second.rows] == [f"Printer {n}" for n in reversed(range(30))]
    assert (first.newer, second.older) == ("", "")
    back = search_page(actor, "printer", cursor=decode_cursor(second.newer))
    assert back.rows == first.rows


@pytest.mark.parametrize(("near", "few"), [(300, 2000), (3, 2000), (3, 2)], ids=["next ids", "few hits", "many hits"])
def test_each_way_through_postgresql_gives_the_same(
    postgres_app: Flask, monkeypatch: pytest.MonkeyPatch, near: int, few: int
) -> None:
    monkeypatch.setattr(room, "NEAR", near)
    monkeypatch.setattr(room, "FEW", few)
    room._statement.cache_clear()
    omar, customer = world.make_administrator(), world.make_customer()
    for number in range(60):
        world.make_ticket(f"Printer {number}" if number % 2 else f"Scanner {number}", customer=customer)
    actor, seen, cursor = world.actor_of(omar), [], None
    while True:
        page = search_page(actor, "printer", cursor=cursor)
        seen += [row.subject for row in page.rows]
        if not page.older:
            break
        cursor = decode_cursor(page.older)
    assert seen == [f"Printer {n}" for n in reversed(range(60)) if n % 2]
    back = search_page(actor, "printer", cursor=decode_cursor(page.newer))
    room._statement.cache_clear()
    assert [row.subject for row in back.rows] == seen[:25]


def test_hard_searches_answer_within_a_second(omar) -> None:
    actor = world.actor_of(omar)
    for typed in HARD_SEARCHES:
        begin = time.perf_counter()
        search_page(actor, typed, cursor=None)
        assert time.perf_counter() - begin < 1, typed[:40]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(typed=st.text(max_size=60) | st.text(alphabet="\"*():^{}-+ '\\abñプ|&!<>", max_size=30))
def test_nothing_typed_is_ever_refused_by_a_store(omar, typed: str) -> None:
    search_page(world.actor_of(omar), typed, cursor=None)


@given(typed=st.text(max_size=80))
def test_a_query_is_made_of_letters_and_digits_alone(typed: str) -> None:
    query = read_query(typed)
    for term in query.terms:
        assert term.words
        assert all(word.isalnum() for word in term.words)
    assert len(query.terms) <= 12


def test_one_statement_and_one_more_for_a_number(app: Flask) -> None:
    omar, customer = world.make_administrator(), world.make_customer()
    actor = world.actor_of(omar)
    for number in (1, 30):
        while len(found(omar, "printer")) < min(number, 25):
            ticket = world.make_ticket("Printer", customer=customer)
        for typed, expected in (("printer", 1), (ticket.number, 2), ("", 0)):
            with world.count_statements() as statements:
                search_page(actor, typed, cursor=None)
            ours = [s for s in statements.seen if "FROM setting" not in s]
            assert len(ours) == expected, str(statements)


def test_the_index_holds_what_the_tickets_hold(sqlite_app: Flask) -> None:
    cast = world.cast()
    ticket = world.make_ticket(customer=cast.priya)
    world.make_note(ticket, "note", by=cast.ana)
    actions.change_subject(ticket, "Else", by=world.actor_of(cast.ana), now=utc_now())
    db.session.execute(text("INSERT INTO ticket_fts (ticket_fts, rank) VALUES ('integrity-check', 1)"))

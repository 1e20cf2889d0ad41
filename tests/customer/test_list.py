"""My tickets."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask

from portal.core.clock import utc_now
from portal.people.actor import SYSTEM
from portal.tickets import actions
from tests.clients import CheckedClient
from tests.world import (
    actor_of,
    cast,
    count_statements,
    make_agent,
    make_customer,
    make_message,
    make_note,
    make_ticket,
    signed_in,
    with_link,
)


def subjects(text: str) -> list[str]:
    return re.findall(r'<a href="/tickets/\d+"><bdi>([^<]*)</bdi>', text)


def test_own_followed_and_shared_tickets_are_listed_newest_change_first(app: Flask, client: CheckedClient) -> None:
    people = cast()
    start = utc_now() - timedelta(hours=3)
    own = make_ticket("Own", customer=people.priya, now=start)
    make_ticket("Shared", customer=people.maya, now=start + timedelta(minutes=1))
    followed = make_ticket("Followed", customer=people.tomas, now=start + timedelta(minutes=2))
    make_ticket("Foreign", customer=people.tomas, now=start + timedelta(minutes=3))
    actions.add_collaborator(followed, people.priya.id, by=actor_of(people.ana), now=start + timedelta(minutes=4))
    make_message(own, "newest", by=people.priya, now=start + timedelta(minutes=9))
    text = signed_in(app, people.priya).get("/tickets").get_data(as_text=True)
    assert subjects(text) == ["Own", "Followed", "Shared"]
    assert "Maya Cole" in text


def test_it_uses_the_customers_words(app: Flask, client: CheckedClient) -> None:
    ana, priya = make_agent("Ana Moreno"), make_customer("Priya Nair")
    for status in ("", "in-progress", "waiting-on-customer", "waiting-on-third-party", "resolved", "closed"):
        make_ticket(customer=priya, status=status, assignee=ana if status else None)
    make_ticket(customer=priya, assignee=ana)
    text = signed_in(app, priya).get("/tickets").get_data(as_text=True)
    assert re.findall(r'<span class="badge" data-state="\w+"><span>([^<]+)', text) == [
        "With Ana",
        "Done",
        "Does it work?",
        "Waiting for others",
        "Waiting for you",
        "Being worked on",
        "Received",
    ]
    assert "Waiting on" not in text


def test_merged_and_trashed_tickets_are_not_listed(app: Flask, client: CheckedClient) -> None:
    people = cast()
    parent, child = make_ticket("Parent", customer=people.maya), make_ticket("Child", customer=people.tomas)
    gone = make_ticket("Gone", customer=people.tomas)
    actions.merge(child, parent, by=SYSTEM, now=utc_now())
    actions.trash(gone, by=SYSTEM, now=utc_now())
    assert subjects(signed_in(app, people.tomas).get("/tickets").get_data(as_text=True)) == ["Parent"]


@pytest.mark.parametrize("same_time", [False, True])
def test_every_ticket_is_seen_once_on_the_way_there_and_back(
    app: Flask, client: CheckedClient, same_time: bool
) -> None:
    priya = make_customer("Priya Nair")
    start = utc_now() - timedelta(days=1)
    for number in range(60):
        make_ticket(f"T{number:02}", customer=priya, now=start + timedelta(seconds=0 if same_time else number))
    mine = signed_in(app, priya)
    wanted = [f"T{number:02}" for number in reversed(range(60))]
    seen, path, pages = [], "/tickets", []
    while path:
        text = mine.get(path).get_data(as_text=True)
        pages.append(subjects(text))
        seen += pages[-1]
        older = re.search(r'rel="next" href="([^"]+)"', text)
        newer = re.search(r'rel="prev" href="([^"]+)"', text)
        path = older.group(1).replace("&amp;", "&") if older else ""
    assert seen == wanted
    back = mine.get(newer.group(1).replace("&amp;", "&")).get_data(as_text=True)
    assert subjects(back) == pages[-2]
    assert 'rel="prev"' in back


def test_words_are_looked_for_in_public_text_only(app: Flask, client: CheckedClient) -> None:
    ana, priya = make_agent("Ana Moreno"), make_customer("Priya Nair")
    ticket = make_ticket("Café terminal", customer=priya, message="Напечатать 印刷できません x_y 100%")
    make_ticket("Another thing", customer=priya)
    make_note(ticket, "secretnote", by=ana)
    mine = signed_in(app, priya)
    for query in ("cafe", "CAFÉ term", "напеч", "刷でき", ticket.number, "x_y", "terminal 印刷", "priya"):
        found = subjects(mine.get("/tickets", query_string={"q": query}).get_data(as_text=True))
        assert "Café terminal" in found, query
    for query in ("secretnote", "erminal", "another cafe"):
        answer = mine.get("/tickets", query_string={"q": query})
        assert subjects(answer.get_data(as_text=True)) == [], query
        assert "Nothing found" in answer.get_data(as_text=True)


@pytest.mark.parametrize("query", ["%", "_", "'", '"', "\\", "\x00", "*", "( OR", "a" * 5_000, "😡", " \u200b "])
def test_no_search_breaks_it(sqlite_app: Flask, query: str) -> None:
    priya = make_customer("Priya Nair")
    make_ticket(customer=priya)
    mine = signed_in(sqlite_app, priya)
    assert mine.get("/tickets", query_string={"q": query}).status_code == 200
    assert mine.get("/tickets", query_string={"page": query}).status_code == 200


def test_one_statement_for_the_list_however_long(app: Flask, client: CheckedClient) -> None:
    people = cast()
    mine = signed_in(app, people.priya)
    counts = []
    for _round in range(2):
        for _ticket in range(4):
            make_ticket(customer=people.maya)
        mine.get("/tickets")
        with count_statements() as statements:
            mine.get("/tickets")
        counts.append(statements.count)
    assert counts == [2, 2], str(statements)


def test_nobody_is_led_to_sign_in_and_a_link_shows_its_ticket(app: Flask, client: CheckedClient) -> None:
    assert client.get("/tickets").location == "/sign-in?next=/tickets"
    priya = make_customer("Priya Nair")
    ticket = make_ticket("Linked", customer=priya)
    make_ticket("Not linked", customer=priya)
    assert subjects(with_link(app, ticket).get("/tickets").get_data(as_text=True)) == ["Linked"]


def test_an_empty_list_says_what_goes_there(app: Flask, client: CheckedClient) -> None:
    text = signed_in(app, make_customer("Priya Nair")).get("/tickets").get_data(as_text=True)
    assert "No tickets yet" in text

"""Replies and notes: kept text, first results, what others wrote meanwhile."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from portal.core.clock import utc_now
from portal.tickets.statuses import ticket_lists
from tests import world
from tests.agent_ticket.scene import hidden, scene, text_of, toast_of
from tests.clients import CheckedClient


def test_reply_leads_to_the_entry(app: Flask) -> None:
    here = scene(app)
    answer = here.send("replies", {"body": "We are **on it**.", "status": "waiting-on-customer"})
    entry = here.entries("reply")[0]
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"{here.url()}#entry-{entry.id}"
    assert "<strong>on it</strong>" in here.page()
    now = here.now()
    assert ticket_lists().statuses[now.status_id].slug == "waiting-on-customer"
    assert now.assignee_id == here.cast.ana.id


def test_reply_promises_times(app: Flask) -> None:
    here = scene(app)
    solution = (utc_now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    form = {
        "body": "Soon.",
        "next_update_in": "60",
        "next_update_at": "",
        "solution_at": solution,
        "confidence": "not_before",
    }
    assert here.send("replies", form).status_code == 303
    made = {event.field: event for event in here.events("promise.made")}
    assert set(made) == {"promise.update", "promise.fix"}
    assert made["promise.fix"].data["confidence"] == "not_before"
    assert made["promise.update"].entry_id == here.entries("reply")[0].id


def test_htmx_reply_shows_the_entry_and_an_empty_composer(app: Flask) -> None:
    here = scene(app)
    answer = here.send("replies", {"body": "We are on it.", "once": "abc"}, htmx=True)
    text = text_of(answer)
    assert answer.status_code == 200
    assert f'id="entry-{here.entries("reply")[0].id}"' in text
    assert "\n</textarea>" in text
    assert "We are on it.</textarea>" not in text
    assert hidden(text, "once") != "abc"
    assert 'value="reply" checked' in text
    assert toast_of(answer)["text"] == "Reply sent. Status is now Open"


def test_note_is_internal_and_mentions(app: Flask) -> None:
    here = scene(app)
    assert here.send("notes", {"body": "@Jonas please look."}).status_code == 303
    assert 'data-kind="note"' in here.page()
    assert "please look" not in text_of(world.signed_in(app, here.cast.priya).get(f"/tickets/{here.ticket.number}"))
    answer = here.send("notes", {"body": "Another one."}, htmx=True)
    assert toast_of(answer)["text"] == "Note added"
    assert 'value="note" checked' in text_of(answer)


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize(
    ("noun", "form", "sentence"),
    [
        ("replies", {"body": ""}, "Write something first."),
        ("replies", {"body": " \u200b\x00\u202e "}, "Write something first."),
        ("replies", {"body": "x" * 200_001}, "too long: 200,000"),
        ("replies", {"body": "My words", "status": "nonsense"}, "no such status"),
        ("replies", {"body": "My words", "status": "new"}, "New is only"),
        ("replies", {"body": "My words", "next_update_at": "soon"}, "for example 2026-03-14T16:30"),
        ("replies", {"body": "My words", "next_update_in": "7"}, "Pick a time"),
        ("replies", {"body": "My words", "solution_at": "2001-01-01T10:00"}, "has passed"),
        (
            "replies",
            {"body": "My words", "solution_at": "2031-01-01T10:00", "confidence": "surely"},
            "Pick how sure this time is",
        ),
        ("notes", {"body": ""}, "Write something first."),
        ("notes", {"body": "My words" + "x" * 200_001}, "too long"),
    ],
)
def test_refusals_keep_what_was_typed(
    sqlite_app: Flask, htmx: bool, noun: str, form: dict[str, str], sentence: str
) -> None:
    here = scene(sqlite_app, status="open")
    before = here.now().version
    answer = here.send(noun, {**form, "once": "same"}, htmx=htmx)
    text = text_of(answer)
    assert answer.status_code == 422
    assert sentence in text
    if "My words" in form["body"]:
        assert f"\n{form['body']}</textarea>" in text
    assert hidden(text[text.index(f"/{noun}") :], "once") == "same"
    assert ("<h1>" in text) is not htmx
    if htmx:
        assert answer.headers["HX-Retarget"] == "#composer"
        assert f'value="{"reply" if noun == "replies" else "note"}" checked' in text
    assert here.now().version == before
    assert not here.entries("reply")


def test_a_required_resolution_is_asked_for_before_a_reply_resolves(app: Flask) -> None:
    here = scene(app, topic=world.make_topic("Banking", resolution_rule="required"))
    answer = here.send("replies", {"body": "Solved.", "status": "resolved"})
    assert answer.status_code == 422
    assert "Solved.</textarea>" in text_of(answer)
    assert not here.entries("reply")


@pytest.mark.parametrize("noun", ["replies", "notes"])
def test_a_double_submit_gives_the_first_result(app: Flask, noun: str) -> None:
    here = scene(app)
    once = hidden(here.page(), "once")
    places = {here.send(noun, {"body": "Only once.", "once": once}).headers["Location"] for _time in range(4)}
    assert len(places) == 1
    assert len(here.entries("reply") + here.entries("note")) == 1
    assert here.send(noun, {"body": "Only once.", "once": once}, htmx=True).status_code == 200
    assert here.send(noun, {"body": "A new one.", "once": once + "x"}).headers["Location"] not in places
    assert len(here.entries("reply") + here.entries("note")) == 2


def test_files_come_along_and_too_many_are_refused(app: Flask) -> None:
    here = scene(app)

    def files(count: int) -> list[tuple[Any, str]]:
        return [(io.BytesIO(b"log %d" % number), f"log{number}.txt") for number in range(count)]

    assert here.send("replies", {"body": "See the logs.", "files": files(2)}).status_code == 303
    page = here.page()
    assert "log0.txt" in page
    assert "log1.txt" in page
    refused = here.send("notes", {"body": "Too many.", "files": files(21)})
    assert refused.status_code == 422
    assert "Choose the files again." in text_of(refused)
    assert "Too many.</textarea>" in text_of(refused)


@pytest.mark.parametrize("htmx", [False, True])
def test_what_others_wrote_meanwhile_is_shown_before_sending(app: Flask, htmx: bool) -> None:
    here = scene(app)
    form = {"body": "My answer.", "last_entry": hidden(here.page(), "last_entry"), "once": "o1"}
    world.make_message(here.ticket, "It works again by itself.", by=here.cast.priya)
    answer = here.send("replies", form, htmx=htmx)
    text = text_of(answer)
    assert answer.status_code == 409
    assert "Priya Nair wrote meanwhile" in text
    assert "It works again by itself." in text[text.index('id="composer"') :]
    assert "My answer.</textarea>" in text
    assert not here.entries("reply")
    again = here.send("replies", {**form, "last_entry": hidden(text, "last_entry")}, htmx=htmx)
    assert again.status_code == (200 if htmx else 303)
    assert len(here.entries("reply")) == 1
    assert here.send("replies", {**form, "last_entry": "0"}, htmx=htmx).status_code == (200 if htmx else 303)
    assert len(here.entries("reply")) == 1, "the first result, not another warning"


def test_own_entries_and_forms_without_the_field_do_not_warn(app: Flask) -> None:
    here = scene(app)
    last = hidden(here.page(), "last_entry")
    world.make_note(here.ticket, "My own note.", by=here.cast.ana)
    assert here.send("replies", {"body": "One.", "last_entry": last}).status_code == 303
    world.make_message(here.ticket, "More.", by=here.cast.priya)
    assert here.send("replies", {"body": "Two."}).status_code == 303
    assert here.send("replies", {"body": "Three.", "last_entry": "x" * 40}).status_code == 303


def test_rights(app: Flask) -> None:
    here = scene(app)
    viewer = world.signed_in(app, world.make_agent("Vera Only", department=here.cast.support, role="View only"))
    jonas = world.signed_in(app, here.cast.jonas)
    for noun in ("replies", "notes"):
        for htmx in (False, True):
            assert viewer.send(here.url(noun), {"body": "Hello."}, htmx=htmx).status_code == 403
            assert jonas.send(here.url(noun), {"body": "Hello."}, htmx=htmx).status_code == 404
    assert not here.entries("reply")
    assert not here.entries("note")


def test_without_a_token_nothing_is_sent(app: Flask) -> None:
    here = scene(app)
    answer = here.client.post(here.url("replies"), data={"body": "Long words that nobody wants to type again."})
    assert answer.status_code == 400
    assert "Long words that nobody wants to type again." in text_of(answer)
    assert not here.entries("reply")


def test_signed_out_words_are_kept(app: Flask) -> None:
    here = scene(app)
    stranger = CheckedClient.of(app)
    answer = stranger.send(here.url("replies"), {"body": "Long words that nobody wants to type again."})
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/sign-in")
    assert not here.entries("reply")


def test_text_keeps_its_direction_and_signs(app: Flask) -> None:
    here = scene(app)
    body = "שלום עולם\n\nHello \U0001f680 {{7*7}} <script>alert(1)</script> [x](javascript:alert(1))\n\n\u202eevil"
    here.send("notes", {"body": body})
    raw = here.client.get(here.url()).get_data(as_text=True)
    assert 'dir="auto">שלום עולם' in raw
    assert "\U0001f680 {{7*7}}" in raw
    assert "<script>alert" not in raw
    assert 'href="javascript' not in raw
    assert here.entries("note")[0].body == body

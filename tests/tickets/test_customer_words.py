"""The sentence on top: what it is, what happens next and by when, what you can do."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from portal.core.database import db, transaction
from portal.core.desk_settings import touch_desk
from portal.tickets.customer_words import CustomerWords, customer_words
from portal.tickets.models import Status
from portal.tickets.statuses import ticket_lists
from tests import world

NOW = datetime(2026, 3, 12, 13, 5, tzinfo=UTC)
AGENTS_ONLY = ("pending", "hold", "escalated", "tier", "queue", "sla", "breach", "None")


PIECES = ["{by}", "{agent}", "{nobody}", "{", "}", "{{", "%s", ". ", "; ", ": ", "a", "*", "\n"]


@dataclass(frozen=True)
class Facts:
    status_id: int
    state: str
    assignee_id: int | None = None
    team_id: int | None = None
    due_at: datetime | None = None
    resolution: str = ""
    ended_at: datetime | None = None
    is_reopened: bool = False
    is_answered: bool = False
    merged_into_id: int | None = None
    parent_number: str | None = None


@dataclass(frozen=True)
class Promised:
    kind: str
    due_at: datetime
    state: str = "open"
    confidence: str = ""
    words: str = field(default="")


def at(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def facts(slug: str, **more) -> Facts:
    status = ticket_lists().status(slug)
    return Facts(status.id, status.state, **more)


def words(ticket: Facts, *promises: Promised, time_zone: str = "UTC") -> CustomerWords:
    return customer_words(ticket, promises, now=NOW, time_zone=time_zone)


@pytest.fixture(autouse=True)
def _desk(sqlite_app):
    world.set_setting("site.name", "Harbour Bank")


def test_every_status_without_a_time_or_an_owner():
    assert words(facts("new")) == CustomerWords("We have your message.", "", "add details or a picture")
    assert words(facts("open")) == CustomerWords("Harbour Bank is looking after this.", "", "write to us here")
    assert words(facts("in-progress")) == CustomerWords("We are working on it.", "", "nothing needed")
    assert words(facts("waiting-on-customer")) == CustomerWords(
        "We need something from you.", "We go on as soon as you answer.", "answer below"
    )
    assert words(facts("waiting-on-third-party")) == CustomerWords("We wait for a supplier.", "", "nothing needed")
    assert words(facts("resolved")) == CustomerWords(
        "We think it is solved.", "", "It works, close it · It still does not work"
    )
    assert words(facts("closed")) == CustomerWords("Done.", "", "")


def test_the_promise_counts_before_the_solution_before_the_due_time():
    ticket = facts("in-progress", due_at=at(300))
    assert words(ticket).next == "Next news by 18:05 today, in 5 hours."
    fix = Promised("fix", at(85), confidence="likely")
    assert words(ticket, fix).next == "Next news by 14:30 today, in 1 hour."
    update = Promised("update", at(25))
    assert words(ticket, fix, update).next == (
        "Next news by 13:30 today, in 25 minutes. We expect it solved by 14:30 today, in 1 hour."
    )
    assert words(ticket, Promised("callback", at(60))).next == (
        "Next news by 18:05 today, in 5 hours. We call you by 14:05 today, in 1 hour."
    )


def test_how_sure_a_solution_is():
    update = Promised("update", at(25))
    for confidence, sentence in (
        ("not_before", "It will not be solved before 14:30 today."),
        ("unknown", "We hope to solve it by 14:30 today, in 1 hour, but cannot be sure yet."),
    ):
        assert words(facts("open"), update, Promised("fix", at(85), confidence=confidence)).next.endswith(sentence)


def test_times_are_the_readers():
    ticket = facts("new", due_at=datetime(2026, 3, 12, 22, 30, tzinfo=UTC))
    assert words(ticket).next == "Somebody looks at it by 22:30 today, in 9 hours."
    assert words(ticket, time_zone="Asia/Tokyo").next == "Somebody looks at it by 07:30 tomorrow, in 9 hours."
    world.set_setting("site.time_zone", "America/New_York")
    assert words(ticket, time_zone="").next == "Somebody looks at it by 18:30 today, in 9 hours."


def test_a_missed_promise_is_never_without_words():
    missed = Promised("update", at(-35), state="missed")
    assert words(facts("in-progress"), missed) == CustomerWords(
        "We are working on it.", "We promised news by 12:30 and are late.", "ask for news, or write to us here"
    )
    overdue = Promised("update", at(-35))
    assert words(facts("in-progress"), overdue).next == "We promised news by 12:30 and are late."
    again = Promised("update", at(25))
    assert words(facts("in-progress"), missed, again).next == (
        "We promised news by 12:30 and are late. Next news by 13:30 today, in 25 minutes."
    )
    fix = Promised("fix", at(-60), state="missed")
    assert words(facts("open"), fix).next == "We expected it solved by 12:05 and are late."
    assert words(facts("resolved", ended_at=NOW), missed).next == "It closes by itself on Tuesday."


def test_solved_and_closed():
    solved = facts("resolved", resolution="Restored from the backup.", ended_at=NOW)
    assert words(solved) == CustomerWords(
        "We think it is solved: Restored from the backup.",
        "It closes by itself on Tuesday.",
        "It works, close it · It still does not work",
    )
    closed = facts("closed", ended_at=NOW)
    assert words(closed) == CustomerWords("Done.", "", "Still a problem? until 26 March")
    assert words(replace(closed, ended_at=NOW - timedelta(days=15))).you_can == ""


def test_reopened_until_answered():
    ticket = facts("open", is_reopened=True, due_at=at(25))
    assert words(ticket) == CustomerWords(
        "Open again, with what you wrote.", "Somebody looks at it by 13:30 today, in 25 minutes.", "add details"
    )
    assert words(replace(ticket, is_answered=True)).now == "Harbour Bank is looking after this."


def test_the_owner_is_the_agents_first_name_then_the_team():
    agent = world.make_agent("Ana Moreno")
    team = world.make_team("Restore", agent)
    assert words(facts("open", assignee_id=agent.id, team_id=team.id)).now == "Ana is looking after this."
    assert words(facts("open", team_id=team.id)).now == "Restore is looking after this."


def test_a_merged_ticket_says_where_it_went():
    ticket = facts("closed", merged_into_id=7, parent_number="104218")
    assert words(ticket) == CustomerWords("This was joined with ticket 104218.", "We answer you there.", "")


def test_a_resolution_with_braces_and_stars_is_shown_as_typed():
    ticket = facts("resolved", resolution="{by} 5 * 3 {{7*7}} ${x}")
    assert words(ticket).now == "We think it is solved: {by} 5 * 3 {{7*7}} ${x}."


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.lists(
        st.sampled_from(["{by}", "{agent}", "{nobody}", "{", "}", "{{", "%s", ". ", "; ", ": ", "a", "*", "\n"])
    )
)
def test_no_text_an_administrator_types_makes_it_fail(text):
    written = "".join(text)
    with transaction():
        status = db.session.execute(select(Status).where(Status.slug == "open")).scalar_one()
        status.customer_text = status.next_text = status.you_can_text = written
        touch_desk()
    found = words(facts("open"))
    for name in ("{by}", "{nobody}"):
        assert name not in found.now


@pytest.mark.parametrize("slug", [
    "new", "open", "in-progress", "waiting-on-customer", "waiting-on-third-party", "resolved", "closed",
])  # fmt: skip
def test_no_word_of_agents_and_no_gap(slug):
    promises = [(), (Promised("update", at(25)),), (Promised("update", at(-5), state="missed"),)]
    for some in promises:
        for due_at in (None, at(600), at(-600)):
            found = words(facts(slug, due_at=due_at, ended_at=NOW), *some)
            for text in (found.now, found.next, found.you_can):
                assert not [word for word in AGENTS_ONLY if word in text.split() or word in text.lower().split()]
                assert not {"{", "}"} & set(text)
                assert "  " not in text
                assert " ." not in text
                assert text == text.strip()

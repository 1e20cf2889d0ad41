"""Counts: bounded, and counted only when something moved."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from portal.core.clock import utc_now
from portal.queues import counts as room
from portal.queues.counts import queue_counts
from tests import world


def statements_of(actor, now) -> int:
    """How many statements a count takes, without those for the desk's version outside a request."""
    with world.count_statements() as statements:
        queue_counts(actor, now)
    return len([text for text in statements.seen if "FROM setting" not in text])


def test_an_idle_desk_asks_for_the_newest_event_alone(app: Flask) -> None:
    actor = world.actor_of(world.make_administrator())
    world.make_ticket()
    now = utc_now()
    assert statements_of(actor, now) == 2
    assert statements_of(actor, now + timedelta(seconds=5)) == 1
    # Once more after 10 s, for what was still being written; then no more.
    assert statements_of(actor, now + timedelta(seconds=11)) == 2
    assert [statements_of(actor, now + timedelta(seconds=s)) for s in (12, 30, 55)] == [1, 1, 1]


def test_a_change_is_seen_at_once(app: Flask) -> None:
    actor = world.actor_of(world.make_administrator())
    before = queue_counts(actor, utc_now())
    world.make_ticket()
    after = queue_counts(actor, utc_now())
    assert (before.numbers["open"], after.numbers["open"]) == (0, 1)
    assert before.state != after.state


def test_a_due_time_that_passes_is_counted_without_any_event(app: Flask) -> None:
    actor = world.actor_of(world.make_administrator())
    now = utc_now()
    world.make_ticket(due_at=now + timedelta(seconds=30))
    assert queue_counts(actor, now).numbers["late"] == 0
    queue_counts(actor, now + timedelta(seconds=15))
    assert queue_counts(actor, now + timedelta(seconds=31)).numbers["late"] == 1


def test_many_are_shown_as_many(sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST", 3)
    room._statement.cache_clear()
    actor = world.actor_of(world.make_administrator())
    for _ in range(5):
        world.make_ticket()
    counts = queue_counts(actor, utc_now())
    room._statement.cache_clear()
    assert counts.numbers["open"] == 3
    assert (counts.label("open"), counts.label("closed")) == ("999+", "")


def test_people_with_other_rights_have_other_counts(app: Flask) -> None:
    cast = world.cast()
    world.make_ticket(department=cast.operations)
    now = utc_now()
    seen = [queue_counts(world.actor_of(who), now).numbers["open"] for who in (cast.ana, cast.jonas, cast.omar)]
    assert seen == [0, 1, 1]

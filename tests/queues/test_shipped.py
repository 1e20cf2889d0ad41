"""Each shipped queue holds what it says, for the person who looks."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from portal.core.clock import utc_now
from portal.core.errors import NotFound
from portal.queues.counts import queue_counts
from portal.queues.queue_page import queue_page
from portal.queues.shipped import SHIPPED
from portal.tickets import actions
from tests import world


def numbers(who, slug: str) -> set[str]:
    """The tickets somebody sees in a queue."""
    page = queue_page(world.actor_of(who), slug, order="", cursor=None, now=utc_now())
    return {row.number for row in page.rows}


def test_there_are_the_twelve_shipped_queues() -> None:
    assert [queue.slug for queue in SHIPPED] == [
        "my-tickets", "unassigned", "open", "unanswered", "due-today", "late", "promises", "waiting", "resolved",
        "closed", "mentions", "all",
    ]  # fmt: skip


def test_an_unknown_queue_is_not_found(sqlite_app: Flask) -> None:
    with pytest.raises(NotFound):
        queue_page(world.actor_of(world.make_administrator()), "nope", order="", cursor=None, now=utc_now())


def test_states_have_their_queues(app: Flask) -> None:
    cast = world.cast()
    found = {
        status: world.make_ticket(status=status).number
        for status in ("new", "in-progress", "waiting-on-customer", "resolved", "closed")
    }
    assert numbers(cast.ana, "open") == {found["new"], found["in-progress"]}
    assert numbers(cast.ana, "waiting") == {found["waiting-on-customer"]}
    assert numbers(cast.ana, "resolved") == {found["resolved"]}
    assert numbers(cast.ana, "closed") == {found["closed"]}
    assert numbers(cast.ana, "all") == set(found.values())


def test_my_tickets_are_mine_and_those_nobody_of_my_teams_took(app: Flask) -> None:
    cast = world.cast()
    mine, of_team = world.make_ticket(assignee=cast.ana), world.make_ticket()
    taken, done = world.make_ticket(assignee=cast.jonas), world.make_ticket(assignee=cast.ana, status="resolved")
    waiting = world.make_ticket(assignee=cast.ana, status="waiting-on-customer")
    actions.assign(of_team, f"team:{cast.team.id}", by=world.SYSTEM_LIKE, now=utc_now())
    assert numbers(cast.ana, "my-tickets") == {mine.number, of_team.number, waiting.number}
    assert numbers(cast.jonas, "my-tickets") == {taken.number, of_team.number}
    assert done.number not in numbers(cast.ana, "my-tickets")


def test_unassigned_has_neither_agent_nor_team(app: Flask) -> None:
    cast = world.cast()
    alone, of_team = world.make_ticket(status="waiting-on-customer"), world.make_ticket()
    world.make_ticket(assignee=cast.ana)
    world.make_ticket(status="closed")
    actions.assign(of_team, f"team:{cast.team.id}", by=world.SYSTEM_LIKE, now=utc_now())
    assert numbers(cast.ana, "unassigned") == {alone.number}


def test_unanswered_is_open_and_without_a_reply_to_the_last_message(app: Flask) -> None:
    cast = world.cast()
    silent, answered, again = (world.make_ticket(customer=cast.priya) for _ in range(3))
    world.make_reply(answered, by=cast.ana)
    world.make_reply(again, by=cast.ana)
    world.make_message(again, by=cast.priya)
    world.make_ticket(status="waiting-on-customer")
    assert numbers(cast.ana, "unanswered") == {silent.number, again.number}


def test_late_counts_due_times_and_promises_of_open_and_waiting_tickets(app: Flask) -> None:
    cast = world.cast()
    past, ahead = utc_now() - timedelta(minutes=18), utc_now() + timedelta(hours=3)
    before = past - timedelta(hours=1)
    late = world.make_ticket(due_at=past, now=before)
    waiting = world.make_ticket(due_at=past, now=before, status="waiting-on-customer")
    world.make_ticket(due_at=ahead)
    world.make_ticket(due_at=past, now=before, status="resolved")
    broken = world.make_ticket(due_at=ahead)
    actions.promise(broken, "update", past + timedelta(minutes=30), by=world.actor_of(cast.ana), now=past)
    assert numbers(cast.ana, "late") == {late.number, waiting.number}
    later = utc_now() + timedelta(minutes=20)
    page = queue_page(world.actor_of(cast.ana), "late", order="", cursor=None, now=later)
    assert {row.number for row in page.rows} == {late.number, waiting.number, broken.number}
    assert [row.is_promise for row in page.rows if row.number == broken.number] == [True]


def test_due_today_is_a_day_in_the_viewers_zone(app: Flask) -> None:
    cast = world.cast()
    now = (utc_now() + timedelta(days=1)).replace(hour=20, minute=0, second=0, microsecond=0)
    tonight = world.make_ticket(due_at=now + timedelta(hours=2))
    tomorrow = world.make_ticket(due_at=now + timedelta(hours=5))
    actor = world.actor_of(cast.ana)
    page = queue_page(actor, "due-today", order="", cursor=None, now=now)
    assert [row.number for row in page.rows] == [tonight.number]
    from dataclasses import replace

    page = queue_page(replace(actor, time_zone="America/Lima"), "due-today", order="", cursor=None, now=now)
    assert [row.number for row in page.rows] == [tonight.number, tomorrow.number]


def test_promises_come_by_the_time_promised(app: Flask) -> None:
    cast = world.cast()
    ana, now = world.actor_of(cast.ana), utc_now()
    second, first = world.make_ticket(due_at=now + timedelta(minutes=5)), world.make_ticket()
    world.make_ticket(due_at=now + timedelta(minutes=5))
    actions.promise(second, "fix", now + timedelta(hours=4), by=ana, now=now)
    actions.promise(first, "update", now + timedelta(hours=2), by=ana, now=now)
    page = queue_page(ana, "promises", order="", cursor=None, now=now)
    assert [row.number for row in page.rows] == [first.number, second.number]
    assert [row.due_at for row in page.rows] == [now + timedelta(hours=2), now + timedelta(hours=4)]


def test_mentions_are_the_tickets_whose_notes_call_me(app: Flask) -> None:
    cast = world.cast()
    first, second = world.make_ticket(), world.make_ticket()
    now = utc_now()
    world.make_note(second, "@ana please look", by=cast.omar, now=now)
    world.make_note(first, "@ana and here", by=cast.omar, now=now + timedelta(minutes=1))
    page = queue_page(world.actor_of(cast.ana), "mentions", order="", cursor=None, now=now)
    assert [row.number for row in page.rows] == [first.number, second.number]
    assert numbers(cast.omar, "mentions") == set()


def test_all_leaves_out_the_trash_and_says_what_is_merged(app: Flask) -> None:
    cast = world.cast()
    gone, child, parent = (world.make_ticket(customer=cast.priya) for _ in range(3))
    actions.trash(gone, by=world.actor_of(cast.ana), now=utc_now())
    actions.merge(child, parent, by=world.actor_of(cast.ana), now=utc_now())
    page = queue_page(world.actor_of(cast.ana), "all", order="", cursor=None, now=utc_now())
    assert {row.number: row.place for row in page.rows} == {child.number: "merged", parent.number: ""}
    assert numbers(cast.ana, "open") == {parent.number}


def test_nobody_sees_a_ticket_in_a_queue_that_they_may_not_see(app: Flask) -> None:
    cast = world.cast()
    limited = world.make_agent("Lee Wong", limited=True)
    elsewhere = world.make_ticket(department=cast.operations)
    for slug in ("open", "all", "unassigned", "unanswered"):
        assert numbers(cast.ana, slug) == set()
        assert numbers(limited, slug) == set()
        assert numbers(cast.jonas, slug) == {elsewhere.number}
        assert numbers(cast.omar, slug) == {elsewhere.number}
    actions.refer(elsewhere, str(limited.id), by=world.SYSTEM_LIKE, now=utc_now())
    assert numbers(limited, "open") == {elsewhere.number}


def test_the_counts_are_the_lengths_of_the_queues(app: Flask) -> None:
    cast = world.cast()
    now = utc_now()
    for status in ("new", "in-progress", "waiting-on-customer", "resolved", "closed"):
        world.make_ticket(status=status, assignee=cast.ana if status == "in-progress" else None)
    world.make_ticket(due_at=now - timedelta(minutes=1), now=now - timedelta(hours=1))
    world.make_ticket(department=cast.operations)
    noted = world.make_ticket()
    world.make_note(noted, "@ana look", by=cast.omar)
    for who in (cast.ana, cast.jonas, cast.omar):
        counts = queue_counts(world.actor_of(who), utc_now())
        assert counts.numbers == {queue.slug: len(numbers(who, queue.slug)) for queue in SHIPPED}

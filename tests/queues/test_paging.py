"""Every ticket that does not move is seen exactly once, in every order, both ways, whatever else moves."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, update

from portal.core.clock import FAR_FUTURE, utc_now
from portal.core.database import db, transaction
from portal.core.paging import Cursor, decode_cursor
from portal.people.actor import Actor
from portal.people.models import Agent
from portal.queues.queue_page import queue_page
from portal.queues.rows import QueueRow
from portal.queues.shipped import ORDER_NAMES, SHIPPED, find_queue
from portal.tickets.models import Priority, Status, Ticket
from tests import world

ORDERS = find_queue("open").orders


def make_rows(number: int, dues: list[datetime | None], ranks: list[int]) -> list[int]:
    """Plain open tickets by insert, as many as asked for; gives their ids."""
    person, department = world.make_customer(), world.first_department()
    status = db.session.query(Status.id).filter_by(slug="open").scalar()
    priorities = dict(db.session.query(Priority.rank, Priority.id).all())
    now = utc_now()
    values = [
        {
            "number": str(500_000 + n), "subject": f"Ticket {n}", "customer_id": person.id,
            "department_id": department.id, "status_id": status, "priority_id": priorities[ranks[n % len(ranks)]],
            "priority_rank": ranks[n % len(ranks)], "channel": "web", "state": "open", "shelf": "open",
            "due_at": dues[n % len(dues)], "due_sort": dues[n % len(dues)] or FAR_FUTURE,
            "created_at": now, "updated_at": now - timedelta(minutes=n // 3),
        }
        for n in range(number)
    ]  # fmt: skip
    with transaction():
        db.session.execute(insert(Ticket), values)
    return [row for (row,) in db.session.query(Ticket.id).order_by(Ticket.id)]


def walk(actor: Actor, slug: str, order: str, *, move=lambda: None) -> Iterator[QueueRow]:
    """All rows of a queue, page after page, with something happening between them."""
    cursor = None
    while True:
        page = queue_page(actor, slug, order=order, cursor=cursor, now=utc_now())
        yield from page.rows
        if not page.older:
            return
        cursor = decode_cursor(page.older)
        move()


@pytest.mark.parametrize("order", ORDERS)
def test_a_thousand_with_the_same_due_time_or_none_are_each_seen_once(app: Flask, order: str) -> None:
    same = utc_now() + timedelta(hours=1)
    ids = make_rows(1000, [same, None], [2, 2, 4])
    still = set(ids[::2])
    moving = random.Random(1)

    def move() -> None:
        with transaction():
            some = moving.sample(ids[1::2], 20)
            db.session.execute(update(Ticket).where(Ticket.id.in_(some[:10])).values(updated_at=utc_now()))
            db.session.execute(
                update(Ticket).where(Ticket.id.in_(some[10:])).values(due_sort=same - timedelta(minutes=1))
            )

    seen = [row.id for row in walk(world.actor_of(world.make_administrator()), "open", order, move=move)]
    assert sorted(i for i in seen if i in still) == sorted(still)


@pytest.mark.parametrize("order", ORDERS)
def test_going_back_shows_the_same_pages(app: Flask, order: str) -> None:
    make_rows(110, [utc_now() + timedelta(hours=1), None, utc_now()], [1, 2, 2, 4])
    actor, pages, cursor = world.actor_of(world.make_administrator()), [], None
    while True:
        page = queue_page(actor, "open", order=order, cursor=cursor, now=utc_now())
        pages.append(page)
        if not page.older:
            break
        cursor = decode_cursor(page.older)
    assert [len(page.rows) for page in pages] == [25, 25, 25, 25, 10]
    assert [bool(page.newer) for page in pages] == [False, True, True, True, True]
    back = [pages[-1]]
    while back[-1].newer:
        back.append(queue_page(actor, "open", order=order, cursor=decode_cursor(back[-1].newer), now=utc_now()))
    assert [[r.id for r in p.rows] for p in reversed(back)] == [[r.id for r in p.rows] for p in pages]
    assert all(page.older for page in back[1:])


def test_no_due_time_comes_last_due_first_and_first_due_last(app: Flask) -> None:
    make_rows(4, [None, utc_now() + timedelta(hours=1)], [2])
    actor = world.actor_of(world.make_administrator())
    first = [row.due_at is None for row in walk(actor, "open", "due")]
    last = [row.due_at is None for row in walk(actor, "open", "-due")]
    assert (first, last) == ([False, False, True, True], [True, True, False, False])


def test_my_tickets_page_through_own_and_team_tickets_together(app: Flask) -> None:
    cast = world.cast()
    ids = make_rows(120, [None, utc_now(), utc_now() + timedelta(hours=2)], [1, 2, 4])
    with transaction():
        db.session.execute(update(Ticket).where(Ticket.id.in_(ids[::2])).values(assignee_id=cast.ana.id))
        db.session.execute(update(Ticket).where(Ticket.id.in_(ids[1::4])).values(team_id=cast.team.id))
    expected = sorted([*ids[::2], *ids[1::4]])
    for order in ORDERS:
        assert sorted(row.id for row in walk(world.actor_of(cast.ana), "my-tickets", order)) == expected


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_values_any_order_each_once(sqlite_app: Flask, data: st.DataObject) -> None:
    instants = st.datetimes(datetime(2026, 1, 1), datetime(2026, 1, 2)).map(
        lambda t: t.replace(minute=0, second=0, microsecond=0, tzinfo=FAR_FUTURE.tzinfo)
    )
    dues = data.draw(st.lists(st.none() | instants, min_size=1, max_size=4))
    ranks = data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    number, order = data.draw(st.integers(0, 90)), data.draw(st.sampled_from(ORDERS))
    with transaction():
        db.session.query(Ticket).delete()
    ids = make_rows(number, dues, ranks) if number else []
    actor = Actor(kind="agent", agent_id=1, is_administrator=True)
    rows = list(walk(actor, "open", order))
    assert sorted(row.id for row in rows) == ids
    values = [(_value(row, order), row.id) for row in rows]
    assert values == sorted(values, reverse=order.startswith("-"))


def _value(row: QueueRow, order: str) -> object:
    values = {"due": row.due_at or FAR_FUTURE, "updated": row.updated_at, "priority": row.priority_rank}
    return values.get(order.lstrip("-"), row.id)


@pytest.mark.parametrize(
    "cursor",
    [
        Cursor("not a time", 5), Cursor(17, 5), Cursor("0001-01-01T00:00:00+14:00", 5), Cursor(None, 5),
        Cursor("2026-01-01T00:00:00+00:00", 2**61), Cursor("9999-12-31T23:59:59-14:00", -1), Cursor(1.5, 3),
        Cursor("2026-01-01", 1, True), Cursor("\x00", 1), Cursor(2**61, 1),
    ],
)  # fmt: skip
def test_cursors_that_others_made_up_do_no_harm(app: Flask, cursor: Cursor) -> None:
    actor = world.actor_of(world.make_administrator())
    world.make_ticket()
    for queue in SHIPPED:
        for order in ORDER_NAMES:
            queue_page(actor, queue.slug, order=order, cursor=decode_cursor(cursor.encode()), now=utc_now())


def test_one_statement_for_one_row_and_for_thirty(app: Flask) -> None:
    agent: Agent = world.make_agent()
    actor = world.actor_of(agent)
    for number in (1, 30):
        while db.session.query(Ticket).count() < number:
            world.make_ticket(assignee=agent)
        for queue in SHIPPED:
            queue_page(actor, queue.slug, order="", cursor=None, now=utc_now())
            with world.count_statements() as statements:
                queue_page(actor, queue.slug, order="", cursor=None, now=utc_now())
            # Outside a request the desk's version is asked for by each list; inside, the session brings it.
            ours = [text for text in statements.seen if "FROM setting" not in text]
            assert len(ours) == 1, str(statements)

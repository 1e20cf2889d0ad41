"""No queue reads a whole table of tickets or sorts one: each order is read from an index (both stores)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import ClauseElement
from sqlalchemy.sql.expression import Executable

from portal.core.clock import utc_now
from portal.core.database import db
from portal.people.actor import Actor
from portal.queues.queue_page import _statement
from portal.queues.shipped import SHIPPED, Queue, moments, order_column
from portal.tickets.sight import Sight

ADMINISTRATOR = Actor(kind="agent", agent_id=1, is_administrator=True, team_ids=frozenset({1, 2}))
AGENT = Actor(kind="agent", agent_id=1, departments={1: frozenset(), 2: frozenset()}, team_ids=frozenset({1, 2}))
EVERY_ORDER = [(queue, order) for queue in SHIPPED for order in queue.orders]


class Explained(Executable, ClauseElement):
    """`EXPLAIN` before a statement."""

    inherit_cache = False

    def __init__(self, statement: Any):
        self.statement = statement


@compiles(Explained, "sqlite")
def _on_sqlite(element: Explained, compiler: Any, **_options: Any) -> str:
    return "EXPLAIN QUERY PLAN " + compiler.process(element.statement)


@compiles(Explained, "postgresql")
def _on_postgresql(element: Explained, compiler: Any, **_options: Any) -> str:
    return "EXPLAIN (COSTS OFF) " + compiler.process(element.statement)


def plan_of(actor: Actor, queue: Queue, order: str, *, has_place: bool, backwards: bool) -> list[str]:
    """How the store reads a page, line by line."""
    now = utc_now()
    values: dict[str, Any] = dict(moments(actor, now))
    if has_place:
        column = order_column(queue, order)
        values |= {"edge_id": 50, "edge": 2 if "rank" in column.key else now - timedelta(days=1)}
    store = db.engine.dialect.name
    statement = _statement(Sight(actor), queue, order, has_place, backwards, store)
    return [row[-1].strip() for row in db.session.connection().execute(Explained(statement), values)]


def sqlite_faults(plan: list[str]) -> list[str]:
    """Lines that read all tickets without an index or sort."""
    return [
        line
        for line in plan
        if "TEMP B-TREE" in line
        or (line.startswith(("SCAN ticket", "SCAN mention")) and "USING INDEX" not in line and "USING COV" not in line)
        or "AUTOMATIC" in line
    ]


def postgres_faults(plan: list[str]) -> list[str]:
    """Lines that read all tickets or sort; a merge of ordered legs is not a sort."""
    return [
        line
        for line in plan
        if (line.removeprefix("->  ").startswith(("Sort", "Incremental Sort")) and not line.startswith("Sort Key"))
        or "Seq Scan on ticket" in line
        or "Bitmap Heap Scan on ticket" in line
    ]


@pytest.mark.parametrize("actor", [ADMINISTRATOR, AGENT], ids=["administrator", "agent"])
def test_sqlite_reads_every_order_from_an_index(sqlite_app: Flask, actor: Actor) -> None:
    for queue, order in EVERY_ORDER:
        for has_place, backwards in ((False, False), (True, False), (True, True)):
            plan = plan_of(actor, queue, order, has_place=has_place, backwards=backwards)
            assert not sqlite_faults(plan), (queue.slug, order, has_place, backwards, plan)


@pytest.mark.parametrize("actor", [ADMINISTRATOR, AGENT], ids=["administrator", "agent"])
def test_postgresql_can_read_every_order_from_an_index(postgres_app: Flask, actor: Actor) -> None:
    # A small table is read whole because that is cheapest; asked not to, the store must have another way.
    for option in ("enable_seqscan", "enable_sort", "enable_bitmapscan"):
        db.session.execute(text(f"SET LOCAL {option} = off"))
    for queue, order in EVERY_ORDER:
        for has_place, backwards in ((False, False), (True, False), (True, True)):
            plan = plan_of(actor, queue, order, has_place=has_place, backwards=backwards)
            assert not postgres_faults(plan), (queue.slug, order, has_place, backwards, plan)


def test_the_checks_notice_a_missing_index(sqlite_app: Flask) -> None:
    db.session.execute(text("DROP INDEX ix_ticket_shelf_due"))
    queue = next(queue for queue in SHIPPED if queue.slug == "open")
    plan = plan_of(AGENT, queue, "due", has_place=False, backwards=False)
    db.session.rollback()
    assert sqlite_faults(plan)


def test_the_checks_notice_a_missing_index_on_postgresql(postgres_app: Flask) -> None:
    for option in ("enable_seqscan", "enable_sort", "enable_bitmapscan"):
        db.session.execute(text(f"SET LOCAL {option} = off"))
    db.session.execute(text("DROP INDEX ix_ticket_shelf_due"))
    queue = next(queue for queue in SHIPPED if queue.slug == "open")
    plan = plan_of(AGENT, queue, "due", has_place=False, backwards=False)
    db.session.rollback()
    assert postgres_faults(plan)

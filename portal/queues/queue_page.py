"""A page of a queue: one statement, read from an index in its order, from any place, both ways.

Rows of the same value follow by id in the same direction, so a ticket that does not move is seen exactly once. A
ticket without a due time counts as due at the end of time: last with *due first*, first with *due last*.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, Select, bindparam, select, tuple_, union_all

from portal.core.database import UtcDateTime, db
from portal.core.paging import PAGE_SIZE, Cursor
from portal.people.actor import Actor
from portal.people.models import Person
from portal.queues.rows import QueueRow, queue_rows, row_columns
from portal.queues.shipped import Leg, Queue, find_queue, moments, order_column
from portal.tickets.models import Mention, Ticket
from portal.tickets.policy import visible_clause
from portal.tickets.sight import Sight, by_sight


@dataclass(frozen=True)
class QueuePage:
    """A page of rows and the cursors of its neighbours ("" = there is none)."""

    queue: Queue
    order: str
    rows: tuple[QueueRow, ...]
    newer: str
    older: str
    is_first: bool


def queue_page(actor: Actor, slug: str, *, order: str, cursor: Cursor | None, now: datetime) -> QueuePage:
    """The page of a queue after (or before) the cursor: one statement. An unknown order is the queue's own.

    Raises NotFound for an unknown slug.
    """
    return read_queue(actor, find_queue(slug), order=order, cursor=cursor, now=now)


def read_queue(
    actor: Actor, queue: Queue, *, order: str, cursor: Cursor | None, now: datetime, **values: Any
) -> QueuePage:
    """As `queue_page`, for any queue; `values` are the parameters its own conditions name."""
    if order not in queue.orders:
        order = queue.order
    place = _place(queue, order, cursor)
    backwards = cursor is not None and place is not None and cursor.backwards
    store = db.session.get_bind().dialect.name
    statement = _statement(Sight(actor), queue, order, place is not None, backwards, store)
    found = db.session.connection().execute(statement, {**moments(actor, now), **(place or {}), **values}).all()
    return _page(queue, order, found, place is not None, backwards)


def queue_row(actor: Actor, ticket_id: int, now: datetime) -> QueueRow | None:
    """One ticket as a row, None when the actor may not see it: one statement."""
    statement = (
        select(*row_columns())
        .join(Person, Person.id == Ticket.customer_id)
        .where(Ticket.id == ticket_id, visible_clause(actor))
    )
    rows = queue_rows(db.session.execute(statement).all())
    return rows[0] if rows else None


@by_sight
def _statement(sight: Sight, queue: Queue, order: str, has_place: bool, backwards: bool, store: str) -> Any:
    falls = order.startswith("-") != backwards
    legs = [
        leg
        for conditions in queue.legs(sight.actor, order)
        for leg in _legs(sight.actor, queue, order, conditions, has_place, falls, store)
    ]
    return _in_order(legs, falls, is_by_id=order.lstrip("-") == "opened", store=store)


def _in_order(legs: list[Select[Any]], falls: bool, *, is_by_id: bool, store: str) -> Any:
    """The first rows of all legs together. SQLite merges ordered legs as it reads; PostgreSQL wants each one cut."""
    names = ["ticket_id"] if is_by_id else ["sort_value", "ticket_id"]

    def first_rows(statement: Any) -> Any:
        columns = statement.selected_columns
        return statement.order_by(*[columns[n].desc() if falls else columns[n].asc() for n in names]).limit(
            PAGE_SIZE + 1
        )

    if len(legs) == 1:
        return first_rows(legs[0])
    if store != "sqlite":
        legs = [select(first_rows(leg).subquery()) for leg in legs]
    return first_rows(union_all(*legs))


def _legs(
    actor: Actor, queue: Queue, order: str, conditions: Leg, has_place: bool, falls: bool, store: str
) -> list[Select[Any]]:
    value, row_id = order_column(queue, order), Mention.ticket_id if queue.slug == "mentions" else Ticket.id
    statement = select(*row_columns(queue.due_column, row_id), value.label("sort_value"))
    if queue.slug == "mentions":
        statement = statement.select_from(Mention).join(Ticket, Ticket.id == Mention.ticket_id)
    statement = statement.join(Person, Person.id == Ticket.customer_id).where(*conditions)
    if not queue.is_own:
        statement = statement.where(visible_clause(actor))
    if not has_place:
        return [statement]
    edge, edge_id = bindparam("edge", type_=value.type), bindparam("edge_id", type_=Ticket.id.type)
    further, next_id = (value < edge, row_id < edge_id) if falls else (value > edge, row_id > edge_id)
    if value is row_id:
        return [statement.where(next_id)]
    if store == "sqlite":
        # Its row comparison reads an index by the first column alone when the second is the row id: a long run of
        # equal values would be walked through. Two legs, merged as they are read, each start at their place.
        return [statement.where(value == edge, next_id), statement.where(further)]
    here, there = tuple_(value, row_id), tuple_(edge, edge_id)
    return [statement.where(here < there if falls else here > there)]


def _place(queue: Queue, order: str, cursor: Cursor | None) -> dict[str, Any] | None:
    """The cursor's values as parameters; None when it does not fit this order (the list then starts anew)."""
    if cursor is None or not -(2**31) < cursor.id < 2**31:
        return None
    kind = order_column(queue, order).type
    if isinstance(kind, UtcDateTime):
        try:
            edge = datetime.fromisoformat(cursor.value).astimezone(UTC)
        except (TypeError, ValueError, OverflowError):
            return None
        return {"edge": edge, "edge_id": cursor.id}
    if not isinstance(cursor.value, int) or abs(cursor.value) >= 2**31:
        return None
    return {"edge": cursor.value, "edge_id": cursor.id}


def _page(queue: Queue, order: str, found: Sequence[Row[Any]], has_place: bool, backwards: bool) -> QueuePage:
    has_more = len(found) > PAGE_SIZE
    shown = found[:PAGE_SIZE]
    if backwards:
        shown = shown[::-1]
    newer = older = ""
    if shown:
        if has_more if backwards else has_place:
            newer = _cursor(shown[0], True)
        if backwards or has_more:
            older = _cursor(shown[-1], False)
    return QueuePage(queue, order, queue_rows(shown), newer, older, not newer)


def _cursor(row: Row[Any], backwards: bool) -> str:
    value = row.sort_value
    return Cursor(value.isoformat() if isinstance(value, datetime) else value, row.ticket_id, backwards).encode()

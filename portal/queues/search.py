"""Plain search: words over number, subject, entries, names and addresses; the newest ticket first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, bindparam, case, false, func, select, true, union_all
from sqlalchemy.sql import ColumnElement

from portal.core.database import db
from portal.core.paging import PAGE_SIZE, Cursor
from portal.people.actor import Actor
from portal.people.models import Person
from portal.queues.rows import QueueRow, queue_rows, row_columns
from portal.tickets.models import Ticket, TicketText
from portal.tickets.policy import visible_clause
from portal.tickets.search_match import FTS, fts_match, query_words, read_query, vector_match
from portal.tickets.sight import Sight, by_sight

NEAR, FEW = 300, 2_000
"""PostgreSQL: how many tickets are looked at first, and how many hits are fetched and put in order at most."""


@dataclass(frozen=True)
class SearchPage:
    """What was found. `is_empty_query`: nothing to search for was typed. `newer` and `older` are cursors or ""."""

    typed: str
    is_empty_query: bool
    rows: tuple[QueueRow, ...]
    newer: str
    older: str


def search_page(actor: Actor, typed: str, *, cursor: Cursor | None) -> SearchPage:
    """A page of the tickets this actor may see that hold all the words, but for those in the trash.

    One statement, one more on the first page when a ticket number was typed: that ticket comes first, wherever it
    stands. Agents also find words of notes.
    """
    query = read_query(typed)
    if not query.terms:
        return SearchPage(typed, True, (), "", "")
    place = cursor if cursor is not None and isinstance(cursor.id, int) and abs(cursor.id) < 2**31 else None
    backwards = place is not None and place.backwards
    exact = queue_rows(_by_number(actor, query.number)) if query.number and place is None else ()
    store = db.session.get_bind().dialect.name
    statement = _statement(Sight(actor), bool(query.number), place is not None, backwards, store)
    words = query_words(query, internal=actor.is_agent, store=store)
    values = {"words": words, "number": query.number, "edge_id": place.id if place else 0}
    found = db.session.connection().execute(statement, values).all()
    has_more, found = len(found) > PAGE_SIZE, found[:PAGE_SIZE]
    if backwards:
        found = found[::-1]
    newer = older = ""
    if found and (has_more if backwards else place is not None):
        newer = Cursor(None, found[0].ticket_id, True).encode()
    if found and (backwards or has_more):
        older = Cursor(None, found[-1].ticket_id).encode()
    return SearchPage(typed, False, exact + queue_rows(found), newer, older)


def _by_number(actor: Actor, number: str) -> Any:
    return db.session.execute(
        select(*row_columns())
        .join(Person, Person.id == Ticket.customer_id)
        .where(Ticket.number == number, visible_clause(actor))
    ).all()


@by_sight
def _statement(sight: Sight, has_number: bool, has_place: bool, backwards: bool, store: str) -> Any:
    make = _on_sqlite if store == "sqlite" else _on_postgresql
    return make(sight.actor, has_number, has_place, backwards)


def _narrowed(actor: Actor, has_number: bool, statement: Select[Any]) -> Select[Any]:
    """Only what the actor may see; without the ticket of the number typed, which stands on top already."""
    statement = statement.join(Person, Person.id == Ticket.customer_id)
    statement = statement.where(Ticket.deleted_at.is_(None), visible_clause(actor))
    return statement.where(Ticket.number != bindparam("number")) if has_number else statement


def _page_of(statement: Any, row_id: Any, has_place: bool, backwards: bool) -> Any:
    if has_place:
        edge = bindparam("edge_id", type_=Ticket.id.type)
        statement = statement.where(row_id > edge if backwards else row_id < edge)
    return statement.order_by(row_id.asc() if backwards else row_id.desc()).limit(PAGE_SIZE + 1)


def _on_sqlite(actor: Actor, has_number: bool, has_place: bool, backwards: bool) -> Any:
    """FTS5 gives its hits in the order of row ids, so reading stops when the page is full."""
    row_id = FTS.c.rowid
    statement = select(*row_columns(id_column=row_id)).select_from(FTS).join(Ticket, Ticket.id == row_id)
    statement = _narrowed(actor, has_number, statement).where(fts_match())
    return _page_of(statement, row_id, has_place, backwards)


def _on_postgresql(actor: Actor, has_number: bool, has_place: bool, backwards: bool) -> Any:
    """The store cannot give hits in order, so there are three ways, and only the first that fits is walked:

    a word that is common stands in the next tickets by id; the hits of a rare one are few enough to be put in order;
    for the rest one ticket after the other is looked at, of which one in a hundred or more is a hit.
    """
    matches = vector_match(internal=actor.is_agent)
    looks_at_each = case((matches, true()), else_=false())  # keeps the store from asking its word index here
    text_id = TicketText.ticket_id
    recent = _narrowed(
        actor, has_number, select(*row_columns(id_column=text_id)).join(TicketText, text_id == Ticket.id)
    )
    recent = _page_of(recent.where(looks_at_each, _near(has_place, backwards)), text_id, has_place, backwards)
    recent = recent.cte("recent").prefix_with("MATERIALIZED", dialect="postgresql")
    is_full = select(func.count()).select_from(recent).scalar_subquery() > PAGE_SIZE
    hits = select(text_id.label("id")).where(matches, ~is_full).limit(FEW + 1).cte("hits")
    hits = hits.prefix_with("MATERIALIZED", dialect="postgresql")
    number = select(func.count()).select_from(hits).scalar_subquery()
    few = select(*row_columns(id_column=hits.c.id)).select_from(hits).join(Ticket, Ticket.id == hits.c.id)
    few = _narrowed(actor, has_number, few).where(~is_full, number <= FEW)
    many = select(*row_columns(id_column=text_id)).select_from(TicketText).join(Ticket, Ticket.id == text_id)
    many = _narrowed(actor, has_number, many).where(looks_at_each, number > FEW)
    found = union_all(
        select(recent).where(is_full),
        select(_page_of(few, hits.c.id, has_place, backwards).subquery()),
        select(_page_of(many, text_id, has_place, backwards).subquery()),
    )
    found_id = found.selected_columns["ticket_id"]
    return found.order_by(found_id.asc() if backwards else found_id.desc()).limit(PAGE_SIZE + 1)


def _near(has_place: bool, backwards: bool) -> ColumnElement[bool]:
    """The ids next to the place, or the newest ones."""
    if not has_place:
        return TicketText.ticket_id > select(func.max(TicketText.ticket_id) - NEAR).scalar_subquery()
    edge = bindparam("edge_id", type_=Ticket.id.type)
    return TicketText.ticket_id < edge + NEAR if backwards else TicketText.ticket_id > edge - NEAR

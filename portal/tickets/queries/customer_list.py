"""The tickets of one customer: own ones, followed ones, and the organization's when it shares them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Integer, Select, String, bindparam, cast, or_, select, union_all
from sqlalchemy.engine import Row
from sqlalchemy.sql import ColumnElement

from portal.core.paging import PAGE_SIZE, Cursor
from portal.core.reading import run
from portal.core.text import search_tokens
from portal.core.words import _
from portal.people.actor import Actor
from portal.people.models import Person
from portal.tickets.customer_words import customer_name_of_owner
from portal.tickets.models import Collaborator, Ticket, TicketText
from portal.tickets.policy import visible_to
from portal.tickets.queries.customer_sight import Shape, shape_of, stand_in, values_of
from portal.tickets.statuses import STAGE_ASSIGNMENT, STAGE_WORKING, ticket_lists

_MOST_PHRASES = 8

_COLUMNS = (
    Ticket.id,
    Ticket.number,
    Ticket.subject,
    Ticket.customer_id,
    Ticket.state,
    Ticket.status_id,
    Ticket.stage,
    Ticket.assignee_id,
    Ticket.team_id,
    Ticket.updated_at,
    Ticket.created_at,
    Person.name.label("customer_name"),
)


class CustomerRow(NamedTuple):
    """One ticket in the list. `where` is the customer's own word for it ("With Ana"); `tone` its colour.

    `customer_name` is empty for the viewer's own tickets.
    """

    number: str
    subject: str
    where: str
    tone: str
    updated_at: datetime
    customer_name: str


@dataclass(frozen=True, slots=True)
class CustomerList:
    """One page, newest change first. `newer` and `older` are cursors, empty at either end."""

    rows: tuple[CustomerRow, ...]
    newer: str
    older: str
    is_first: bool


def customer_list(
    actor: Actor, *, cursor: Cursor | None = None, query: str = "", size: int = PAGE_SIZE
) -> CustomerList:
    """One page of a customer's tickets in one statement; closed ones too, merged ones through what they went into.

    Index: ix_ticket_customer, a keyset read per person of an organization that shares. `query` is matched as plain
    words against public text only.
    """
    place = _place(cursor)
    way = "" if place is None or cursor is None else "newer" if cursor.backwards else "older"
    values: dict[str, Any] = {"most": size + 1, **values_of(actor)}
    if place is not None:
        values["edge"], values["edge_id"] = place
    phrases = _phrases(query)
    statement = _statement(shape_of(actor), way, len(phrases))
    values |= {f"phrase_{number}": f"% {phrase}%" for number, phrase in enumerate(phrases)}
    rows = list(run(statement, **values))
    has_more = len(rows) > size
    rows = rows[:size]
    if way == "newer":
        rows.reverse()
    first = way == "" or (way == "newer" and not has_more)
    last = way != "newer" and not has_more
    return CustomerList(
        rows=tuple(_row(row, actor) for row in rows),
        newer="" if first or not rows else _cursor(rows[0], backwards=True),
        older="" if last or not rows else _cursor(rows[-1], backwards=False),
        is_first=first,
    )


@lru_cache(maxsize=256)
def _statement(shape: Shape, way: str, phrases: int) -> Select[Any]:
    """The union of the ways a ticket concerns somebody, each cut to a page before they meet.

    `way` is "" for the first page, else which side of the edge; `phrases` is how many are looked for.
    """
    actor = stand_in(shape)
    order = (Ticket.updated_at.asc(), Ticket.id.asc())
    if way != "newer":
        order = (Ticket.updated_at.desc(), Ticket.id.desc())
    most = bindparam("most", type_=Integer())
    narrow = [Ticket.is_listed, *_beyond(way), *_has_phrases(phrases)]
    branches = []
    for condition in _concerns(actor):
        page = select(Ticket.id).where(condition, *narrow).order_by(*order).limit(most).subquery()
        branches.append(select(page.c.id))
    found = union_all(*branches) if len(branches) > 1 else branches[0]
    statement: Any = select(*_COLUMNS).join(Person, Person.id == Ticket.customer_id).where(Ticket.id.in_(found))
    return visible_to(actor, statement).order_by(*order).limit(most)


def _concerns(actor: Actor) -> list[ColumnElement[bool]]:
    if actor.kind == "guest":
        return [Ticket.id == actor.ticket_id]
    ways: list[ColumnElement[bool]] = [
        Ticket.customer_id == actor.person_id,
        Ticket.id.in_(select(Collaborator.ticket_id).where(Collaborator.person_id == actor.person_id)),
    ]
    if actor.sees_organization:
        members = select(Person.id).where(Person.organization_id == actor.organization_id)
        ways.append(Ticket.customer_id.in_(members))
    return ways


def _beyond(way: str) -> list[ColumnElement[bool]]:
    if not way:
        return []
    edge, edge_id = bindparam("edge", type_=Ticket.updated_at.type), bindparam("edge_id", type_=Integer())
    if way == "newer":
        return [or_(Ticket.updated_at > edge, (Ticket.updated_at == edge) & (Ticket.id > edge_id))]
    return [or_(Ticket.updated_at < edge, (Ticket.updated_at == edge) & (Ticket.id < edge_id))]


def _phrases(query: str) -> list[str]:
    phrases = (" ".join(search_tokens(part, limit=40)) for part in query[:400].split())
    return [phrase for phrase in phrases if phrase][:_MOST_PHRASES]


def _has_phrases(phrases: int) -> list[ColumnElement[bool]]:
    """Each phrase has to begin a word of the ticket's public text; one's own tickets are few, so no index is needed.

    Words are letters and digits alone (core/text.py `search_tokens`), so nothing in them means something to LIKE.
    """
    if not phrases:
        return []
    text = " " + cast(TicketText.public, String)
    conditions = [text.like(bindparam(f"phrase_{number}", type_=String())) for number in range(phrases)]
    return [select(TicketText.ticket_id).where(TicketText.ticket_id == Ticket.id, *conditions).exists()]


def _place(cursor: Cursor | None) -> tuple[datetime, int] | None:
    if cursor is None or not isinstance(cursor.value, str):
        return None
    try:
        moment = datetime.fromisoformat(cursor.value)
    except ValueError:
        return None
    return (moment, cursor.id) if moment.tzinfo else None


def _cursor(row: Row[Any], *, backwards: bool) -> str:
    return Cursor(row.updated_at.isoformat(), row.id, backwards).encode()


def _row(row: Row[Any], actor: Actor) -> CustomerRow:
    where, tone = where_it_is(row)
    return CustomerRow(
        number=row.number,
        subject=row.subject,
        where=where,
        tone=tone,
        updated_at=row.updated_at,
        customer_name="" if row.customer_id == actor.person_id else row.customer_name,
    )


def where_it_is(row: Any) -> tuple[str, str]:
    """The customer's short words for where a ticket stands, and the badge's colour.

    `row` has state, status_id, stage, assignee_id and team_id.
    """
    if row.state == "closed":
        return _("Done"), "closed"
    if row.state == "resolved":
        return _("Does it work?"), "resolved"
    status = ticket_lists().statuses.get(row.status_id)
    if row.state == "waiting":
        is_yours = status is not None and status.slug == "waiting-on-customer"
        return (_("Waiting for you") if is_yours else _("Waiting for others")), "waiting"
    if row.stage >= STAGE_WORKING:
        return _("Being worked on"), "open"
    if row.stage >= STAGE_ASSIGNMENT:
        return _("With %(name)s") % {"name": customer_name_of_owner(row.assignee_id, row.team_id)}, "open"
    return _("Received"), "new"

"""The list of customers, found by name and address; agents are not in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import aliased
from sqlalchemy.sql import ColumnElement

from portal.core.database import db
from portal.core.errors import NotFound
from portal.core.paging import PAGE_SIZE, Cursor
from portal.core.text import address_key
from portal.core.words import _
from portal.people.models import Agent, Organization, Person, PersonAddress

MOST_WORDS = 5


@dataclass(frozen=True)
class CustomerRow:
    """A customer in the list; `address` is the main one."""

    id: int
    name: str
    address: str
    phone: str
    organization: str


@dataclass(frozen=True)
class CustomerList:
    """A page of customers and the cursors of its neighbours ("" = there is none)."""

    rows: tuple[CustomerRow, ...]
    newer: str
    older: str


@dataclass(frozen=True)
class CustomerCard:
    """One person with all addresses, the main one first; `is_agent` tells that it is a colleague."""

    id: int
    name: str
    phone: str
    organization: str
    addresses: tuple[tuple[str, bool], ...]
    is_agent: bool


def customer_list(typed: str, *, cursor: Cursor | None) -> CustomerList:
    """The customers whose name or address holds every word typed, the newest first: one statement."""
    backwards = cursor is not None and cursor.backwards
    statement = (
        select(Person.id, Person.name, PersonAddress.address, Person.phone, Organization.name.label("organization"))
        .outerjoin(PersonAddress, (PersonAddress.person_id == Person.id) & PersonAddress.is_main)
        .outerjoin(Organization, Organization.id == Person.organization_id)
        .where(~select(Agent.id).where(Agent.person_id == Person.id).exists())
        .where(*[_holds(word) for word in typed.split()[:MOST_WORDS]])
        .order_by(Person.id.asc() if backwards else Person.id.desc())
        .limit(PAGE_SIZE + 1)
    )
    if cursor is not None and abs(cursor.id) < 2**31:
        statement = statement.where(Person.id > cursor.id if backwards else Person.id < cursor.id)
    found = db.session.execute(statement).all()
    has_more, found = len(found) > PAGE_SIZE, found[:PAGE_SIZE]
    if backwards:
        found = found[::-1]
    has_newer = bool(found) and (has_more if backwards else cursor is not None)
    has_older = bool(found) and (backwards or has_more)
    return CustomerList(
        rows=tuple(CustomerRow(r.id, r.name, r.address or "", r.phone, r.organization or "") for r in found),
        newer=Cursor(None, found[0].id, True).encode() if has_newer else "",
        older=Cursor(None, found[-1].id).encode() if has_older else "",
    )


def customer_card(person_id: int) -> CustomerCard:
    """One person: one statement. Raises NotFound."""
    found = db.session.execute(_card_select().where(Person.id == person_id)).all() if person_id < 2**31 else []
    if not found:
        raise NotFound(_("There is no such customer."))
    first = found[0]
    return CustomerCard(
        id=first.id,
        name=first.name,
        phone=first.phone,
        organization=first.organization or "",
        addresses=tuple((row.address, row.proven_at is not None) for row in found if row.address),
        is_agent=first.agent_id is not None,
    )


def _card_select() -> Any:
    return (
        select(
            Person.id, Person.name, Person.phone, Organization.name.label("organization"), PersonAddress.address,
            PersonAddress.proven_at, Agent.id.label("agent_id"),
        )
        .outerjoin(PersonAddress, PersonAddress.person_id == Person.id)
        .outerjoin(Organization, Organization.id == Person.organization_id)
        .outerjoin(Agent, Agent.person_id == Person.id)
        .order_by(PersonAddress.is_main.desc(), PersonAddress.id)
    )  # fmt: skip


def _holds(word: str) -> ColumnElement[bool]:
    """Name or address holds the word. Capitals: stores differ in which letters they fold, so each way is tried."""
    ways = {word, word.lower(), word.upper(), word.capitalize()}
    other = aliased(PersonAddress)
    in_address = other.address_key.contains(address_key(word), autoescape=True)
    return or_(
        *[Person.name.contains(way, autoescape=True) for way in sorted(ways)],
        select(other.id).where(other.person_id == Person.id, in_address).exists(),
    )

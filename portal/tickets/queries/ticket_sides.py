"""What stands beside a ticket: promises, collaborators, referrals, linked and merged tickets, in one statement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CompoundSelect,
    Integer,
    String,
    Text,
    bindparam,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.sql import Select

from portal.core.database import UtcDateTime, db
from portal.people.actor import Actor
from portal.people.desk import desk
from portal.people.models import Person, PersonAddress
from portal.tickets import policy
from portal.tickets.models import Collaborator, Promise, Referral, Ticket, TicketLink
from portal.tickets.sight import made_once

_TICKET = bindparam("ticket", type_=Integer)
_CUSTOMER = bindparam("customer", type_=Integer)
_PARENT = bindparam("parent", type_=Integer)


@dataclass(frozen=True, slots=True)
class PromiseView:
    """An open promise, or a missed one that nobody has answered for. `kind`: update, fix or callback."""

    id: int
    kind: str
    due_at: datetime
    confidence: str
    words: str
    is_missed: bool


@dataclass(frozen=True, slots=True)
class PersonView:
    """A collaborator; `since` is when they were added."""

    id: int
    name: str
    address: str
    since: datetime


@dataclass(frozen=True, slots=True)
class ReferralView:
    """Somebody who was let see the ticket. `kind`: agent, team or department."""

    id: int
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class LinkView:
    """A ticket beside this one that the viewer may see.

    `kind` says what the other is to this one: duplicate, related, parent or child.
    """

    id: int
    kind: str
    number: str
    subject: str
    is_ended: bool


@dataclass(frozen=True, slots=True)
class MergedView:
    """A ticket that was merged into this one, or the one that this was merged into."""

    id: int
    number: str
    subject: str


@dataclass(frozen=True, slots=True)
class Sides:
    """Everything beside a ticket; `merged_into` is None when there is no parent or the viewer may not see it.

    `customer_tickets` and `customer_open` count what the viewer may see of the customer's newest 100 tickets.
    """

    promises: tuple[PromiseView, ...]
    collaborators: tuple[PersonView, ...]
    referrals: tuple[ReferralView, ...]
    links: tuple[LinkView, ...]
    children: tuple[MergedView, ...]
    merged_into: MergedView | None
    customer_tickets: int
    customer_open: int

    def promise(self, kind: str) -> PromiseView | None:
        """The promise of that kind that counts now; None without one."""
        return next((one for one in self.promises if one.kind == kind), None)


def load_sides(viewer: Actor, ticket: Any) -> Sides:
    """Read the sides of a ticket (it needs id, customer_id, merged_into_id): one statement."""
    values = {"ticket": ticket.id, "customer": ticket.customer_id, "parent": ticket.merged_into_id}
    rows = db.session.connection().execute(_statement(viewer), values).all()
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(row.part, []).append(row)
    parents = found.get("into", [])
    return Sides(
        promises=_newest_of_each(found.get("promise", [])),
        collaborators=tuple(
            sorted(
                (PersonView(r.id, r.one, r.two or "", r.at) for r in found.get("person", [])),
                key=lambda person: (person.since, person.id),
            )
        ),
        referrals=tuple(
            ReferralView(r.id, r.one, _target_name(r.one, int(r.two)))
            for r in sorted(found.get("referral", []), key=lambda r: r.id)
        ),
        links=tuple(
            LinkView(r.id, r.three, r.one, r.two, bool(r.flag))
            for r in sorted(found.get("link", []), key=lambda r: r.id)
        ),
        children=tuple(MergedView(r.id, r.one, r.two) for r in found.get("merged", [])),
        merged_into=MergedView(parents[0].id, parents[0].one, parents[0].two) if parents else None,
        customer_tickets=found["counts"][0].id,
        customer_open=found["counts"][0].flag or 0,
    )


@made_once
def _statement(viewer: Actor) -> CompoundSelect[Any]:
    return union_all(_promises(), _collaborators(), _referrals(), _links(viewer), _merged(viewer), _counts(viewer))


def _row(part: str, row_id: Any, one: Any, two: Any, three: Any, flag: Any, at: Any) -> Select[Any]:
    """One part of the union; a string or instant that is left out needs its type, PostgreSQL asks for it."""
    return select(
        literal(part, String).label("part"),
        row_id.label("id"),
        one.label("one"),
        two.label("two"),
        three.label("three"),
        flag.label("flag"),
        at.label("at"),
    )


def _nothing(kind: Any) -> Any:
    return cast(null(), kind)


def _promises() -> Select[Any]:
    unanswered = (Promise.state == "missed") & Promise.kept_at.is_(None)
    return _row(
        "promise",
        Promise.id,
        Promise.kind,
        Promise.confidence,
        Promise.words,
        case((Promise.state == "missed", 1), else_=0),
        Promise.due_at,
    ).where(Promise.ticket_id == _TICKET, or_(Promise.state == "open", unanswered))


def _collaborators() -> Select[Any]:
    return (
        _row(
            "person",
            Person.id,
            Person.name,
            PersonAddress.address,
            _nothing(Text),
            _nothing(Integer),
            Collaborator.added_at,
        )
        .select_from(Collaborator)
        .join(Person, Person.id == Collaborator.person_id)
        .outerjoin(PersonAddress, (PersonAddress.person_id == Person.id) & PersonAddress.is_main)
        .where(Collaborator.ticket_id == _TICKET)
    )


def _referrals() -> Select[Any]:
    return _row(
        "referral",
        Referral.id,
        Referral.target_kind,
        cast(Referral.target_id, String),
        _nothing(Text),
        _nothing(Integer),
        Referral.made_at,
    ).where(Referral.ticket_id == _TICKET)


def _links(viewer: Actor) -> Select[Any]:
    """Links both ways; of a `parent` link the `from` side is the parent."""
    is_from = TicketLink.from_id == _TICKET
    kind = case((TicketLink.kind != "parent", TicketLink.kind), (is_from, "child"), else_="parent")
    ended = case((Ticket.state.in_(("resolved", "closed")), 1), else_=0)
    statement = (
        _row("link", TicketLink.id, Ticket.number, Ticket.subject, kind, ended, TicketLink.made_at)
        .select_from(TicketLink)
        .join(Ticket, Ticket.id == case((is_from, TicketLink.to_id), else_=TicketLink.from_id))
        .where(or_(is_from, TicketLink.to_id == _TICKET), Ticket.deleted_at.is_(None))
    )
    return policy.visible_to(viewer, statement)


def _merged(viewer: Actor) -> Select[Any]:
    """Children, and the parent when the ticket has one; index ix_ticket_merged_into_id."""
    part = case((Ticket.merged_into_id == _TICKET, "merged"), else_="into")
    statement = select(
        part.label("part"),
        Ticket.id.label("id"),
        Ticket.number.label("one"),
        Ticket.subject.label("two"),
        _nothing(Text).label("three"),
        _nothing(Integer).label("flag"),
        Ticket.created_at.label("at"),
    ).where(or_(Ticket.merged_into_id == _TICKET, Ticket.id == _PARENT))
    return policy.visible_to(viewer, statement)


def _counts(viewer: Actor) -> Select[Any]:
    """How many tickets the customer has and how many of them are open; index ix_ticket_customer."""
    newest = policy.visible_to(
        viewer,
        select(case((Ticket.is_active, 1), else_=0).label("active"))
        .where(Ticket.customer_id == _CUSTOMER, Ticket.is_listed)
        .order_by(Ticket.updated_at.desc(), Ticket.id.desc())
        .limit(100),
    ).subquery()
    active = cast(func.sum(newest.c.active), Integer)
    none, never = _nothing(Text), _nothing(UtcDateTime)
    return _row("counts", func.count(), none, none, none, active, never).select_from(newest)


def _newest_of_each(rows: list[Any]) -> tuple[PromiseView, ...]:
    """The open promise of each kind, else its newest missed one, by due time."""
    chosen: dict[str, Any] = {}
    for row in sorted(rows, key=lambda r: (r.flag == 0, r.id)):
        chosen[row.one] = row
    views = (PromiseView(r.id, r.one, r.at, r.two, r.three, bool(r.flag)) for r in chosen.values())
    return tuple(sorted(views, key=lambda view: view.due_at))


def _target_name(kind: str, target_id: int) -> str:
    tables: dict[str, dict[int, Any]] = {
        "agent": desk().agents,
        "team": desk().teams,
        "department": desk().departments,
    }
    target = tables[kind].get(target_id)
    return target.name if target else ""


__all__ = ["LinkView", "MergedView", "PersonView", "PromiseView", "ReferralView", "Sides", "load_sides"]

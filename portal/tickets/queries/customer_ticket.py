"""One ticket as its customer sees it. There is no field for a note, so no template can show one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, String, bindparam, or_, select
from sqlalchemy.engine import Row
from sqlalchemy.orm import aliased

from portal.core.desk_settings import desk_setting
from portal.core.errors import NotFound
from portal.core.kept import Kept
from portal.core.paging import Cursor
from portal.core.reading import run
from portal.core.words import _
from portal.people.actor import Actor
from portal.people.models import Person
from portal.tickets.customer_words import CustomerWords, customer_name_of_owner, customer_words, is_late
from portal.tickets.models import Collaborator, Promise, Ticket
from portal.tickets.policy import visible_to
from portal.tickets.queries.customer_list import where_it_is
from portal.tickets.queries.customer_sight import Shape, shape_of, stand_in, values_of
from portal.tickets.queries.customer_talk import Talk, load_talk
from portal.tickets.queries.customer_track import CustomerStop, customer_stops
from portal.tickets.statuses import ACTIVE_STATES, ticket_lists

NEWS_AGAIN_AFTER = timedelta(hours=1)

_Parent = aliased(Ticket)

_HEAD: Any = (
    select(
        Ticket.id,
        Ticket.number,
        Ticket.subject,
        Ticket.customer_id,
        Ticket.topic_id,
        Ticket.status_id,
        Ticket.state,
        Ticket.stage,
        Ticket.assignee_id,
        Ticket.team_id,
        Ticket.channel,
        Ticket.is_address_proven,
        Ticket.resolution,
        Ticket.is_reopened,
        Ticket.is_answered,
        Ticket.due_at,
        Ticket.last_reply_at,
        Ticket.last_message_at,
        Ticket.ended_at,
        Ticket.closed_at,
        Ticket.created_at,
        Ticket.updated_at,
        Ticket.assigned_at,
        Ticket.working_at,
        Ticket.solved_at,
        Ticket.rating,
        Ticket.rating_comment,
        Ticket.merged_into_id,
        Ticket.version,
        Person.name.label("customer_name"),
        _Parent.number.label("parent_number"),
    )
    .join(Person, Person.id == Ticket.customer_id)
    .outerjoin(_Parent, _Parent.id == Ticket.merged_into_id)
)

_PROMISES = (
    select(
        Promise.id,
        Promise.kind,
        Promise.words,
        Promise.due_at,
        Promise.confidence,
        Promise.state,
        Promise.kept_at,
        Promise.reason,
        Promise.made_at,
    )
    .where(
        Promise.ticket_id == bindparam("ticket_id"),
        or_(Promise.state == "open", (Promise.state == "missed") & Promise.kept_at.is_(None)),
    )
    .order_by(Promise.due_at.desc(), Promise.id.desc())
    .limit(20)
)

_FOLLOWERS = (
    select(Person.id, Person.name)
    .join(Collaborator, Collaborator.person_id == Person.id)
    .where(Collaborator.ticket_id == bindparam("ticket_id"))
    .order_by(Collaborator.added_at, Person.id)
)


@dataclass(frozen=True, slots=True)
class Doing:
    """What the customer may do now. `reopen_until` is the end of the reopen window of a closed ticket, else None."""

    answer: bool
    confirm: bool
    close: bool
    reopen: bool
    reopen_until: datetime | None
    opens_new: bool
    rate: bool
    ask_for_news: bool
    prove_address: bool


@dataclass(frozen=True, slots=True)
class CustomerTicket:
    """What the page shows. `merged_into` is the number of the ticket this one went into, else empty.

    `late_since` is when news was promised that has not come; `news_by`, `fix_by` and `call_by` are open promises.
    """

    number: str
    subject: str
    where: str
    tone: str
    state: str
    words: CustomerWords
    stops: tuple[CustomerStop, ...]
    talk: Talk
    doing: Doing
    topic: str
    owner: str
    people: tuple[str, ...]
    opened_at: datetime
    news_by: datetime | None
    fix_by: datetime | None
    fix_is_sure: bool
    call_by: datetime | None
    late_since: datetime | None
    news_asked_at: datetime | None
    is_address_proven: bool
    rating: int | None
    rating_comment: str
    merged_into: str


def customer_ticket(
    actor: Actor, number: str, *, now: datetime, time_zone: str, before: Cursor | None = None
) -> CustomerTicket:
    """The ticket of that number for a customer or holder of a secure link: six statements, whatever its length.

    (Head, entries, events, files, promises, followers; the head alone while the ticket has no newer version.)
    Raises NotFound, the same for a ticket that does not exist and one that this person may not see.
    """
    head = run(_visible_head(shape_of(actor)), number=number, **values_of(actor)).first()
    if head is None:
        raise NotFound(_("There is no such ticket, or you may not see it."))
    # Every change of what is kept here is an event of the ticket, so its version tells when it is out of date.
    key = (head.id, head.number, head.created_at, head.version)
    talk = load_talk(head.id, actor, now=now, time_zone=time_zone, before=before, key=key)
    promises, followers = KEPT_SIDES.get(key, lambda: _sides(head.id))
    is_active = head.state in ACTIVE_STATES and not head.merged_into_id
    open_by_kind = {row.kind: row for row in promises if row.state == "open" and row.due_at >= now} if is_active else {}
    late = _late(promises, now) if is_active else None
    fix = open_by_kind.get("fix")
    topic = ticket_lists().topics.get(head.topic_id or 0)
    where, tone = where_it_is(head)
    return CustomerTicket(
        number=head.number,
        subject=head.subject,
        where=where,
        tone=tone,
        state=head.state,
        words=customer_words(head, promises, now=now, time_zone=time_zone),
        stops=customer_stops(head, fix.due_at if fix else None),
        talk=talk,
        doing=_doing(head, actor, late, talk.news_asked_at, now),
        topic=topic.name if topic is not None and topic.is_public else "",
        owner=customer_name_of_owner(head.assignee_id, head.team_id),
        people=_people(head, followers, actor),
        opened_at=head.created_at,
        news_by=_due(open_by_kind, "update"),
        fix_by=_due(open_by_kind, "fix"),
        fix_is_sure=fix is not None and fix.confidence == "likely",
        call_by=_due(open_by_kind, "callback"),
        late_since=late,
        news_asked_at=talk.news_asked_at,
        is_address_proven=head.is_address_proven,
        rating=head.rating,
        rating_comment=head.rating_comment,
        merged_into=head.parent_number or "",
    )


KEPT_SIDES: Kept[tuple[list[Row[*tuple[Any, ...]]], list[Row[*tuple[Any, ...]]]]] = Kept(300)


def _sides(ticket_id: int) -> tuple[list[Row[*tuple[Any, ...]]], list[Row[*tuple[Any, ...]]]]:
    return list(run(_PROMISES, ticket_id=ticket_id)), list(run(_FOLLOWERS, ticket_id=ticket_id))


@lru_cache(maxsize=8)
def _visible_head(shape: Shape) -> Select[Any]:
    return visible_to(stand_in(shape), _HEAD.where(Ticket.number == bindparam("number", type_=String())))


def _due(open_by_kind: dict[str, Row[Any]], kind: str) -> datetime | None:
    row = open_by_kind.get(kind)
    return row.due_at if row is not None else None


def _late(promises: list[Row[Any]], now: datetime) -> datetime | None:
    """When news or a solution was due that has not come; None when the desk is not late."""
    late = [row.due_at for row in promises if row.kind in ("update", "fix") and is_late(row, now)]
    return max(late, default=None)


def _doing(head: Row[Any], actor: Actor, late: datetime | None, asked_at: datetime | None, now: datetime) -> Doing:
    if head.merged_into_id:
        return Doing(False, False, False, False, None, False, False, False, False)
    is_active = head.state in ACTIVE_STATES
    until = None
    if head.ended_at is not None:
        until = head.ended_at + timedelta(days=desk_setting("tickets.reopen_days"))
    is_inside = until is None or now <= until
    is_customer = actor.person_id == head.customer_id
    return Doing(
        answer=True,
        confirm=head.state == "resolved",
        close=is_active and bool(desk_setting("tickets.customer_may_close")) and head.last_reply_at is not None,
        reopen=head.state == "closed" and is_inside,
        reopen_until=until if head.state == "closed" and is_inside else None,
        opens_new=not is_active and not is_inside,
        rate=head.state == "closed" and head.rating is None and is_customer,
        ask_for_news=late is not None and (asked_at is None or now - asked_at >= NEWS_AGAIN_AFTER),
        prove_address=(
            not head.is_address_proven and is_customer and (actor.proves_address or actor.kind == "customer")
        ),
    )


def _people(head: Row[Any], followers: Any, actor: Actor) -> tuple[str, ...]:
    """Everybody on the ticket, the viewer as "You" and first."""
    others = [(head.customer_id, head.customer_name), *((row.id, row.name) for row in followers)]
    names = [name for person_id, name in others if person_id != actor.person_id]
    is_on_it = any(person_id == actor.person_id for person_id, _name in others)
    return (_("You"), *names) if is_on_it else tuple(names)

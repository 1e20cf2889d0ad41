"""Everything the agents' page of one ticket shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any

from sqlalchemy import Select, String, bindparam, select
from sqlalchemy.engine import Row

from portal.core.database import db
from portal.core.desk_settings import desk_version
from portal.core.errors import NotFound
from portal.core.kept import Kept
from portal.core.paging import Cursor
from portal.core.words import _
from portal.people.actor import Actor
from portal.people.desk import AgentCard, Named, desk
from portal.people.models import Organization, Person, PersonAddress
from portal.tickets import policy
from portal.tickets.models import Ticket
from portal.tickets.queries.next_statuses import next_statuses
from portal.tickets.queries.ticket_sides import Sides, load_sides
from portal.tickets.queries.timeline import Listener, Timeline, load_addition, load_timeline
from portal.tickets.queries.track import CHANNEL_WORDS, Stop, agent_stops
from portal.tickets.sight import made_once
from portal.tickets.statuses import ENDED_STATES, PriorityCard, StatusCard, TopicCard, ticket_lists

_HEAD: Any = (
    select(
        Ticket.id,
        Ticket.number,
        Ticket.subject,
        Ticket.customer_id,
        Ticket.topic_id,
        Ticket.department_id,
        Ticket.status_id,
        Ticket.priority_id,
        Ticket.assignee_id,
        Ticket.team_id,
        Ticket.channel,
        Ticket.is_address_proven,
        Ticket.due_at,
        Ticket.resolution,
        Ticket.cause,
        Ticket.is_answered,
        Ticket.is_reopened,
        Ticket.deleted_at,
        Ticket.merged_into_id,
        Ticket.rating,
        Ticket.rating_comment,
        Ticket.created_at,
        Ticket.state,
        Ticket.stage,
        Ticket.assigned_at,
        Ticket.working_at,
        Ticket.solved_at,
        Ticket.closed_at,
        Ticket.version,
        Person.name.label("customer_name"),
        Person.phone.label("customer_phone"),
        PersonAddress.address.label("customer_address"),
        Organization.name.label("organization_name"),
    )
    .join(Person, Person.id == Ticket.customer_id)
    .outerjoin(PersonAddress, (PersonAddress.person_id == Person.id) & PersonAddress.is_main)
    .outerjoin(Organization, Organization.id == Person.organization_id)
)


@dataclass(frozen=True, slots=True)
class Rights:
    """What the viewer may do with the ticket now; all False while it is merged or in the trash, but `restore`."""

    reply: bool
    note: bool
    edit: bool
    assign: bool
    transfer: bool
    refer: bool
    close: bool
    merge: bool
    link: bool
    customer: bool
    delete: bool
    restore: bool


@dataclass(frozen=True, slots=True)
class CustomerCard:
    """Whose ticket it is; `tickets` and `open` count what the viewer may see, among the newest 100."""

    id: int
    name: str
    address: str
    phone: str
    organization: str
    tickets: int
    open: int
    is_counted_to_the_end: bool

    @property
    def first_name(self) -> str:
        """The first word of the name."""
        return self.name.split(" ", 1)[0]


@dataclass(frozen=True, slots=True)
class TicketPage:
    """One ticket as an agent sees it. `head_state` is the badge's colour: the state, or `new`."""

    id: int
    number: str
    subject: str
    version: int
    status: StatusCard
    head_state: str
    priority: PriorityCard
    assignee: AgentCard | None
    team: Named | None
    department: Named
    topic: TopicCard | None
    is_mine: bool
    channel_words: str
    created_at: datetime
    due_at: datetime | None
    is_ended: bool
    is_answered: bool
    is_reopened: bool
    is_address_proven: bool
    is_trashed: bool
    is_merged: bool
    merge_event_id: int | None
    resolution: str
    cause: str
    rating: int | None
    rating_comment: str
    customer: CustomerCard
    sides: Sides
    stops: tuple[Stop, ...]
    timeline: Timeline
    rights: Rights
    next_statuses: tuple[StatusCard, ...]
    reply_statuses: tuple[StatusCard, ...]

    @property
    def is_still(self) -> bool:
        """True while it takes no changes: merged, or in the trash."""
        return self.is_merged or self.is_trashed


def ticket_page(
    viewer: Actor, number: str, *, before: Cursor | None = None, after_version: int | None = None
) -> TicketPage:
    """The page of a ticket the viewer may see: five statements, one while nothing changed, six for earlier items.

    With `after_version` the timeline holds the events after it alone, where that is enough: three statements then.
    Raises NotFound, the same for a ticket that does not exist and for one the viewer may not see.
    """
    row = _head(viewer, number)
    sides = _sides(viewer, row)
    rights = _rights(viewer, row)
    lists, people = ticket_lists(), desk()
    status = lists.statuses[row.status_id]
    assignee = people.agents.get(row.assignee_id) if row.assignee_id else None
    team = people.teams.get(row.team_id) if row.team_id else None
    department = people.departments[row.department_id]
    topic = lists.topics.get(row.topic_id) if row.topic_id else None
    statuses = () if _is_still(row) else next_statuses(viewer, row)
    listeners = (Listener(row.customer_name, None), *(Listener(one.name, one.since) for one in sides.collaborators))
    addition = load_addition(row, viewer, after_version) if after_version is not None else None
    timeline = addition or _timeline(row, listeners, viewer, before)
    return TicketPage(
        id=row.id,
        number=row.number,
        subject=row.subject,
        version=row.version,
        status=status,
        head_state="new" if status.slug == "new" else status.state,
        priority=lists.priorities[row.priority_id],
        assignee=assignee,
        team=team,
        department=department,
        topic=topic,
        is_mine=row.assignee_id is not None and row.assignee_id == viewer.agent_id,
        channel_words=CHANNEL_WORDS.get(row.channel, ""),
        created_at=row.created_at,
        due_at=row.due_at,
        is_ended=row.state in ENDED_STATES,
        is_answered=row.is_answered,
        is_reopened=row.is_reopened,
        is_address_proven=row.is_address_proven,
        is_trashed=row.deleted_at is not None,
        is_merged=row.merged_into_id is not None,
        merge_event_id=_merge_event(timeline),
        resolution=row.resolution,
        cause=row.cause,
        rating=row.rating,
        rating_comment=row.rating_comment,
        customer=_customer(row, sides),
        sides=sides,
        stops=agent_stops(row, status, assignee, team, department, sides.promise("fix")),
        timeline=timeline,
        rights=rights,
        next_statuses=statuses,
        reply_statuses=_reply_statuses(statuses, topic, row),
    )


@made_once
def _visible_head(viewer: Actor) -> Select[Any]:
    return policy.visible_to(viewer, _HEAD.where(Ticket.number == bindparam("number", type_=String)))


def _head(viewer: Actor, number: str) -> Row[Any]:
    row = None
    if 1 <= len(number) <= 20 and number.isascii() and number.isalnum():
        row = db.session.connection().execute(_visible_head(viewer), {"number": number}).first()
    if row is None:
        raise NotFound(_("There is no such ticket, or you may not see it."))
    return row


def _is_still(row: Any) -> bool:
    return row.deleted_at is not None or row.merged_into_id is not None


KEPT_TIMELINES: Kept[Timeline] = Kept(300)


KEPT_SIDES: Kept[Sides] = Kept(300)
_SIDES_SECONDS = 10
"""What stands beside a ticket also shows other tickets (linked ones, the customer's): those may be this old."""


def _sides(viewer: Actor, row: Row[Any]) -> Sides:
    key = (*_version_of(row), _rights_to_see(viewer), int(monotonic()) // _SIDES_SECONDS)
    return KEPT_SIDES.get(key, lambda: load_sides(viewer, row))


def _version_of(row: Row[Any]) -> tuple[Any, ...]:
    return (row.id, row.number, row.created_at, row.version, desk_version())


def _rights_to_see(viewer: Actor) -> tuple[Any, ...]:
    return (
        viewer.agent_id, viewer.is_administrator, viewer.limited_to_own, viewer.permissions,
        frozenset(viewer.departments.items()), viewer.team_ids,
    )  # fmt: skip


def _timeline(row: Row[Any], listeners: tuple[Listener, ...], viewer: Actor, before: Cursor | None) -> Timeline:
    """The timeline; the newest page of it is kept while neither the ticket nor the desk has a newer version.

    Whatever changes entries, events or files of a ticket must write an event, which makes its version grow.
    """
    if before is not None:
        return load_timeline(row, listeners, viewer, before=before)
    key = (*_version_of(row), listeners, viewer.person_id, viewer.time_zone, _rights_to_see(viewer))
    return KEPT_TIMELINES.get(key, lambda: load_timeline(row, listeners, viewer))


def _rights(viewer: Actor, row: Any) -> Rights:
    def may(name: str) -> bool:
        return policy.can(viewer, f"ticket.{name}", row)

    names = ("reply", "note", "edit", "assign", "transfer", "refer", "close", "merge", "link", "customer", "delete")
    still = _is_still(row)
    held = {name: not still and may(name) for name in names}
    return Rights(**held, restore=row.deleted_at is not None and may("delete"))


def _reply_statuses(statuses: tuple[StatusCard, ...], topic: TopicCard | None, row: Any) -> tuple[StatusCard, ...]:
    """What a reply may set: not resolved or closed while the topic asks for words a reply has no room for."""
    lacks_words = topic is not None and (
        (topic.resolution_rule == "required" and not row.resolution)
        or (topic.cause_rule == "required" and not row.cause)
    )
    return tuple(card for card in statuses if not (lacks_words and card.state in ENDED_STATES))


def _customer(row: Any, sides: Sides) -> CustomerCard:
    return CustomerCard(
        id=row.customer_id,
        name=row.customer_name,
        address=row.customer_address or "",
        phone=row.customer_phone,
        organization=row.organization_name or "",
        tickets=sides.customer_tickets,
        open=sides.customer_open,
        is_counted_to_the_end=sides.customer_tickets < 100,
    )


def _merge_event(timeline: Timeline) -> int | None:
    """The event whose undo takes the merge back; None when the viewer may not."""
    return next((item.id for item in reversed(timeline.items) if item.kind == "ticket.merged" and item.can_undo), None)  # type: ignore[union-attr]

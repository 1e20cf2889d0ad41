"""States, statuses, priorities and topics as frozen values, cached until an administrator changes them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from portal.core.database import db
from portal.core.desk_settings import cached_by_desk
from portal.core.errors import NotFound, Refused
from portal.core.words import _
from portal.tickets.models import HelpTopic, Priority, Status

STATES = ("open", "waiting", "resolved", "closed")
ACTIVE_STATES = ("open", "waiting")
ENDED_STATES = ("resolved", "closed")
CHANNELS = ("web", "mail", "api", "phone", "chat", "walk-in", "other")

STAGE_INTAKE, STAGE_ASSIGNMENT, STAGE_WORKING, STAGE_RESOLUTION = 1, 2, 3, 4


@dataclass(frozen=True)
class StatusCard:
    """A status as lists, menus and customer sentences need it."""

    id: int
    slug: str
    name: str
    state: str
    is_active: bool
    pauses_clock: bool
    customer_text: str
    next_text: str
    you_can_text: str


@dataclass(frozen=True)
class PriorityCard:
    """A priority; `rank` grows with urgency."""

    id: int
    slug: str
    name: str
    rank: int
    is_active: bool


@dataclass(frozen=True)
class TopicCard:
    """A help topic; `path` is its name with its parents' before it."""

    id: int
    name: str
    path: str
    description: str
    parent_id: int | None
    department_id: int
    priority_id: int | None
    assignee_id: int | None
    team_id: int | None
    is_public: bool
    is_active: bool
    resolution_rule: str
    cause_rule: str


@dataclass(frozen=True)
class TicketLists:
    """Statuses, priorities and topics by id, in their order."""

    statuses: dict[int, StatusCard]
    priorities: dict[int, PriorityCard]
    topics: dict[int, TopicCard]

    def status(self, slug: str) -> StatusCard:
        """The status of that slug. Raises NotFound."""
        for card in self.statuses.values():
            if card.slug == slug:
                return card
        raise NotFound(_("There is no such status."), field="status")

    def priority(self, slug: str) -> PriorityCard:
        """The priority of that slug. Raises NotFound."""
        for card in self.priorities.values():
            if card.slug == slug:
                return card
        raise NotFound(_("There is no such priority."), field="priority")

    def first_status(self, state: str, *, besides: str = "") -> StatusCard:
        """The first active status of a state, other than the slug `besides`. Raises Refused when none is left."""
        for card in self.statuses.values():
            if card.state == state and card.is_active and card.slug != besides:
                return card
        raise Refused(_("No status for this is switched on. Ask an administrator."))

    def open_status(self) -> StatusCard:
        """What *New* becomes when work starts and what reopening gives: *Open*, else the first open status."""
        for card in self.statuses.values():
            if card.slug == "open" and card.is_active:
                return card
        return self.first_status("open", besides="new")

    def default_priority(self) -> PriorityCard:
        """*Normal*, else the first active one by rank."""
        for card in self.priorities.values():
            if card.slug == "normal" and card.is_active:
                return card
        return next(card for card in self.priorities.values() if card.is_active)


def _topic_path(rows: dict[int, str], parents: dict[int, int | None], topic_id: int) -> str:
    names, seen, current = [rows[topic_id]], {topic_id}, parents.get(topic_id)
    while current and current in rows and current not in seen:
        names.insert(0, rows[current])
        seen.add(current)
        current = parents.get(current)
    return " / ".join(names)


@cached_by_desk
def ticket_lists() -> TicketLists:
    """The lists now: three statements when an administrator changed something, none otherwise."""
    statuses = db.session.execute(
        select(
            Status.id,
            Status.slug,
            Status.name,
            Status.state,
            Status.is_active,
            Status.pauses_clock,
            Status.customer_text,
            Status.next_text,
            Status.you_can_text,
        ).order_by(Status.position, Status.id)
    ).all()
    priorities = db.session.execute(
        select(Priority.id, Priority.slug, Priority.name, Priority.rank, Priority.is_active).order_by(
            Priority.rank, Priority.id
        )
    ).all()
    topics = db.session.execute(
        select(
            HelpTopic.id,
            HelpTopic.name,
            HelpTopic.description,
            HelpTopic.parent_id,
            HelpTopic.department_id,
            HelpTopic.priority_id,
            HelpTopic.assignee_id,
            HelpTopic.team_id,
            HelpTopic.is_public,
            HelpTopic.is_active,
            HelpTopic.resolution_rule,
            HelpTopic.cause_rule,
        ).order_by(HelpTopic.position, HelpTopic.name, HelpTopic.id)
    ).all()
    names = {row.id: row.name for row in topics}
    parents = {row.id: row.parent_id for row in topics}
    return TicketLists(
        statuses={row.id: StatusCard(*row) for row in statuses},
        priorities={row.id: PriorityCard(*row) for row in priorities},
        topics={row.id: TopicCard(path=_topic_path(names, parents, row.id), **row._asdict()) for row in topics},
    )

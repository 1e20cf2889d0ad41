"""What the agents' page for a new ticket offers."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from portal.core.database import db
from portal.core.desk_settings import desk_setting
from portal.core.errors import Forbidden
from portal.core.words import _
from portal.people.actor import Actor
from portal.people.desk import AgentCard, Named, desk
from portal.people.models import Person, PersonAddress
from portal.tickets.statuses import PriorityCard, StatusCard, TopicCard, ticket_lists


@dataclass(frozen=True)
class KnownCustomer:
    """The customer the page was opened for."""

    id: int
    name: str
    address: str
    phone: str


@dataclass(frozen=True)
class NewTicketPage:
    """Topics whose department lets the viewer open tickets, and everything else to choose from."""

    customer: KnownCustomer | None
    topics: tuple[TopicCard, ...]
    priorities: tuple[PriorityCard, ...]
    statuses: tuple[StatusCard, ...]
    agents: tuple[AgentCard, ...]
    teams: tuple[Named, ...]
    default_topic_id: int | None


def new_ticket_page(viewer: Actor, customer_id: int | None = None) -> NewTicketPage:
    """The page's choices: no statement; one with a customer, who is None when there is no such person."""
    lists, people = ticket_lists(), desk()
    topics = sorted(
        (t for t in lists.topics.values() if t.is_active and _may_create(viewer, t.department_id)),
        key=lambda t: t.path.casefold(),
    )
    default = desk_setting("tickets.default_topic_id")
    return NewTicketPage(
        customer=_customer(customer_id) if customer_id is not None else None,
        topics=tuple(topics),
        priorities=tuple(card for card in lists.priorities.values() if card.is_active),
        statuses=tuple(card for card in lists.statuses.values() if card.is_active and card.slug != "new"),
        agents=tuple(people.active_agents()),
        teams=tuple(sorted((t for t in people.teams.values() if t.is_active), key=lambda t: t.name.casefold())),
        default_topic_id=default if any(t.id == default for t in topics) else None,
    )


def department_for_new(viewer: Actor, topic_id: int | None) -> int | None:
    """The department to open in when the topic does not decide it; None when it does.

    A desk whose default topic or department is not the viewer's opens in the viewer's own. Raises Forbidden for a
    topic of a department where the viewer may not open tickets.
    """
    topics = ticket_lists().topics
    topic = topics.get(topic_id if topic_id is not None else desk_setting("tickets.default_topic_id") or 0)
    if topic is not None and topic.is_active and _may_create(viewer, topic.department_id):
        return None
    if topic_id is not None:
        if topic is not None and topic.is_active:
            raise Forbidden(_("You may not open tickets in %(department)s.") % _named(topic.department_id))
        return None  # opening says that there is no such topic
    default = desk_setting("tickets.default_department_id")
    if default is not None and _may_create(viewer, default):
        return default
    return next((found for found in desk().departments if _may_create(viewer, found)), None)


def _named(department_id: int) -> dict[str, str]:
    return {"department": desk().departments[department_id].name}


def _may_create(viewer: Actor, department_id: int) -> bool:
    return viewer.is_administrator or "ticket.create" in viewer.departments.get(department_id, ())


def _customer(customer_id: int) -> KnownCustomer | None:
    row = db.session.execute(
        select(Person.id, Person.name, PersonAddress.address, Person.phone)
        .outerjoin(PersonAddress, (PersonAddress.person_id == Person.id) & PersonAddress.is_main)
        .where(Person.id == customer_id, Person.is_active)
    ).first()
    return KnownCustomer(row.id, row.name, row.address or "", row.phone) if row else None

"""Who a letter goes to: customers by one statement, agents from the cached desk."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select

from portal.core.database import db
from portal.people.desk import AgentCard, desk
from portal.people.models import Person, PersonAddress
from portal.tickets.models import Collaborator, Event, Ticket


@dataclass(frozen=True)
class Recipient:
    """A person and the address their letter goes to."""

    person_id: int
    address: str


def followers_of(ticket: Ticket) -> list[Recipient]:
    """The customer and the collaborators of a ticket who have an address, the customer first: one statement."""
    collaborators = select(Collaborator.person_id).where(Collaborator.ticket_id == ticket.id)
    rows = db.session.execute(
        select(Person.id, PersonAddress.address)
        .join(PersonAddress, (PersonAddress.person_id == Person.id) & PersonAddress.is_main)
        .where(Person.is_active, or_(Person.id == ticket.customer_id, Person.id.in_(collaborators)))
    ).all()
    return sorted(
        (Recipient(row.id, row.address) for row in rows),
        key=lambda one: (one.person_id != ticket.customer_id, one.person_id),
    )


def everybody(happening: Any, _event: Event) -> list[Recipient]:
    """The customer and the collaborators."""
    return happening.followers


def customer_alone(happening: Any, _event: Event) -> list[Recipient]:
    """The customer."""
    return [one for one in happening.followers if one.person_id == happening.ticket.customer_id]


def new_collaborator(happening: Any, event: Event) -> list[Recipient]:
    """The person who was added."""
    return [one for one in happening.followers if one.person_id == event.data.get("person")]


def assignee(happening: Any, _event: Event) -> list[Recipient]:
    """The agent who has the ticket."""
    return _agents([happening.ticket.assignee_id])


def new_owner(happening: Any, event: Event) -> list[Recipient]:
    """Whoever was given the ticket: an agent, or every member of a team that got it without one."""
    new, old = event.new or {}, event.old or {}
    if new.get("agent"):
        return _agents([new["agent"]]) if new["agent"] != old.get("agent") else []
    team_id = new.get("team")
    if not team_id or team_id == old.get("team"):
        return []
    return _cards(card for card in desk().agents.values() if team_id in card.team_ids)


def old_owner(happening: Any, event: Event) -> list[Recipient]:
    """The agent who had the ticket until this event and has it no longer."""
    lost = event.data.get("dropped") if event.kind == "department.changed" else (event.old or {}).get("agent")
    return _agents([lost]) if lost != happening.ticket.assignee_id else []


def department_if_free(happening: Any, _event: Event) -> list[Recipient]:
    """The department's agents, while the ticket has neither an agent nor a team."""
    ticket = happening.ticket
    if ticket.assignee_id is not None or ticket.team_id is not None:
        return []
    return department_agents(ticket.department_id)


def owner_or_department(happening: Any, event: Event) -> list[Recipient]:
    """The agent who has it, else the department's agents."""
    return assignee(happening, event) or department_agents(happening.ticket.department_id)


def owner_and_lead(happening: Any, event: Event) -> list[Recipient]:
    """The agent who has it and the lead of its team."""
    return list(dict.fromkeys(assignee(happening, event) + _agents([desk().team_leads.get(happening.ticket.team_id)])))


def mentioned(_happening: Any, event: Event) -> list[Recipient]:
    """The agents a note names."""
    return _agents(event.data.get("mentions", []))


def referred_agent(_happening: Any, event: Event) -> list[Recipient]:
    """The agent a ticket was referred to; teams and departments find it in their queues."""
    return _agents([event.data.get("id")]) if event.data.get("target") == "agent" else []


def department_agents(department_id: int) -> list[Recipient]:
    """Agents who see the department's tickets."""
    return _cards(
        card for card in desk().agents.values() if department_id in card.departments and not card.limited_to_own
    )


def _agents(agent_ids: Iterable[int | None]) -> list[Recipient]:
    return _cards(desk().agents[one] for one in agent_ids if one is not None and one in desk().agents)


def _cards(cards: Iterable[AgentCard]) -> list[Recipient]:
    return [Recipient(card.person_id, card.address) for card in cards if card.is_active and card.address]

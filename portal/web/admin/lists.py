"""The rows of administration's lists: small ones from the cached desk with one counting statement each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from portal.core.database import db
from portal.people.desk import AgentCard, desk
from portal.tickets.models import Ticket
from portal.tickets.statuses import ticket_lists


@dataclass(frozen=True)
class AgentRow:
    """An agent of the list; `held` counts open and waiting tickets."""

    id: int
    name: str
    address: str
    initials: str
    colour: int
    department: str
    role: str
    further: tuple[str, ...]
    teams: tuple[str, ...]
    is_administrator: bool
    is_active: bool
    limited_to_own: bool
    held: int


@dataclass(frozen=True)
class DepartmentRow:
    """A department of the list."""

    id: int
    name: str
    is_public: bool
    is_active: bool
    agents: int
    held: int


@dataclass(frozen=True)
class TeamRow:
    """A team of the list."""

    id: int
    name: str
    is_active: bool
    lead: str
    members: tuple[AgentCard, ...]
    held: int


@dataclass(frozen=True)
class RoleRow:
    """A role of the list."""

    id: int
    name: str
    permissions: int
    agents: int


@dataclass(frozen=True)
class TopicRow:
    """A help topic of the list; `level` is how deep it lies, first and last count among its siblings."""

    id: int
    name: str
    level: int
    department: str
    priority: str
    assignee: str
    is_public: bool
    is_active: bool
    held: int
    is_first: bool
    is_last: bool


def _held_by(column: Any) -> dict[int, int]:
    """Open and waiting tickets by agent, team, department or topic: one statement over one index."""
    rows = db.session.execute(
        select(column, func.count()).where(Ticket.is_active, column.is_not(None)).group_by(column)
    ).all()
    return {row[0]: row[1] for row in rows}


def agent_rows(*, active: bool = True) -> list[AgentRow]:
    """Agents who are on (or off), by name: one statement."""
    structure, held = desk(), _held_by(Ticket.assignee_id)
    cards = sorted((c for c in structure.agents.values() if c.is_active == active), key=lambda c: c.name.casefold())
    return [
        AgentRow(
            id=card.id,
            name=card.name,
            address=card.address,
            initials=card.initials,
            colour=card.colour,
            department=structure.departments[card.department_id].name,
            role=structure.roles[card.role_id].name,
            further=tuple(sorted(structure.departments[d].name for d in card.departments if d != card.department_id)),
            teams=tuple(sorted(structure.teams[team_id].name for team_id in card.team_ids)),
            is_administrator=card.is_administrator,
            is_active=card.is_active,
            limited_to_own=card.limited_to_own,
            held=held.get(card.id, 0),
        )
        for card in cards
    ]


def department_rows() -> list[DepartmentRow]:
    """Every department by name: one statement."""
    structure, held = desk(), _held_by(Ticket.department_id)
    return [
        DepartmentRow(
            d.id,
            d.name,
            d.id in structure.public_departments,
            d.is_active,
            sum(1 for card in structure.agents.values() if card.is_active and d.id in card.departments),
            held.get(d.id, 0),
        )
        for d in sorted(structure.departments.values(), key=lambda d: d.name.casefold())
    ]


def team_rows() -> list[TeamRow]:
    """Every team by name: one statement."""
    structure, held = desk(), _held_by(Ticket.team_id)
    leads = {team_id: structure.agents.get(lead or 0) for team_id, lead in structure.team_leads.items()}
    return [
        TeamRow(
            t.id,
            t.name,
            t.is_active,
            getattr(leads.get(t.id), "name", ""),
            tuple(card for card in structure.active_agents() if t.id in card.team_ids),
            held.get(t.id, 0),
        )
        for t in sorted(structure.teams.values(), key=lambda t: t.name.casefold())
    ]


def role_rows() -> list[RoleRow]:
    """Every role in the order they were made: no statement."""
    structure = desk()
    return [
        RoleRow(
            role.id,
            role.name,
            len(structure.role_permissions[role.id]),
            sum(1 for c in structure.agents.values() if c.is_active and role.id in c.departments.values()),
        )
        for role in sorted(structure.roles.values(), key=lambda role: role.id)
    ]


def topic_rows() -> list[TopicRow]:
    """Every help topic as a reader walks the tree: one statement."""
    structure, lists, held = desk(), ticket_lists(), _held_by(Ticket.topic_id)
    rows: list[TopicRow] = []

    def walk(parent_id: int | None, level: int) -> None:
        siblings = [topic for topic in lists.topics.values() if topic.parent_id == parent_id]
        for place, topic in enumerate(siblings):
            agent, team = structure.agents.get(topic.assignee_id or 0), structure.teams.get(topic.team_id or 0)
            priority = lists.priorities.get(topic.priority_id or 0)
            rows.append(
                TopicRow(
                    topic.id,
                    topic.name,
                    level,
                    structure.departments[topic.department_id].name,
                    priority.name if priority else "",
                    agent.name if agent else team.name if team else "",
                    topic.is_public,
                    topic.is_active,
                    held.get(topic.id, 0),
                    place == 0,
                    place == len(siblings) - 1,
                )
            )
            walk(topic.id, level + 1)

    walk(None, 0)
    return rows

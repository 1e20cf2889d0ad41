"""The desk's structure as frozen values, cached until an administrator changes it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from portal.core.database import db
from portal.core.desk_settings import cached_by_desk
from portal.core.text import initials
from portal.people.models import Agent, AgentDepartment, Department, Person, PersonAddress, Role, Team, TeamMember


@dataclass(frozen=True)
class AgentCard:
    """An agent as lists and menus show them. `departments` maps department id to role id, primary included."""

    id: int
    person_id: int
    name: str
    address: str
    initials: str
    colour: int
    is_active: bool
    is_administrator: bool
    limited_to_own: bool
    department_id: int
    role_id: int
    departments: dict[int, int]
    team_ids: frozenset[int]
    default_queue: str
    time_zone: str


@dataclass(frozen=True)
class Named:
    """A department, team or role by id."""

    id: int
    name: str
    is_active: bool = True


@dataclass(frozen=True)
class Desk:
    """Every agent, department, team and role, by id."""

    agents: dict[int, AgentCard]
    departments: dict[int, Named]
    public_departments: frozenset[int]
    teams: dict[int, Named]
    team_leads: dict[int, int | None]
    roles: dict[int, Named]
    role_permissions: dict[int, frozenset[str]]

    def agent_of_person(self, person_id: int) -> AgentCard | None:
        """The agent card of a person; None when the person is a customer."""
        return next((card for card in self.agents.values() if card.person_id == person_id), None)

    def active_agents(self) -> list[AgentCard]:
        """Agents who may be given work, by name."""
        return sorted((a for a in self.agents.values() if a.is_active), key=lambda a: a.name.casefold())


@cached_by_desk
def desk() -> Desk:
    """The desk now: six statements when an administrator changed something, none otherwise."""
    rows = db.session.execute(
        select(
            Agent.id,
            Agent.person_id,
            Person.name,
            PersonAddress.address,
            Agent.is_active,
            Agent.is_administrator,
            Agent.limited_to_own,
            Agent.department_id,
            Agent.role_id,
            Agent.default_queue,
            Person.time_zone,
        )
        .join(Person, Person.id == Agent.person_id)
        .outerjoin(PersonAddress, (PersonAddress.person_id == Person.id) & PersonAddress.is_main)
    ).all()
    further: dict[int, dict[int, int]] = {}
    for agent_id, department_id, role_id in db.session.execute(
        select(AgentDepartment.agent_id, AgentDepartment.department_id, AgentDepartment.role_id)
    ):
        further.setdefault(agent_id, {})[department_id] = role_id
    teams_of: dict[int, set[int]] = {}
    for team_id, agent_id in db.session.execute(select(TeamMember.team_id, TeamMember.agent_id)):
        teams_of.setdefault(agent_id, set()).add(team_id)
    agents = {
        row.id: AgentCard(
            id=row.id,
            person_id=row.person_id,
            name=row.name,
            address=row.address or "",
            initials=initials(row.name),
            colour=row.id % 4,
            is_active=row.is_active,
            is_administrator=row.is_administrator,
            limited_to_own=row.limited_to_own,
            department_id=row.department_id,
            role_id=row.role_id,
            departments={**further.get(row.id, {}), row.department_id: row.role_id},
            team_ids=frozenset(teams_of.get(row.id, ())),
            default_queue=row.default_queue,
            time_zone=row.time_zone,
        )
        for row in rows
    }
    departments = db.session.execute(
        select(Department.id, Department.name, Department.is_active, Department.is_public)
    ).all()
    teams = db.session.execute(select(Team.id, Team.name, Team.is_active, Team.lead_id)).all()
    roles = db.session.execute(select(Role.id, Role.name, Role.permissions)).all()
    return Desk(
        agents=agents,
        departments={row.id: Named(row.id, row.name, row.is_active) for row in departments},
        public_departments=frozenset(row.id for row in departments if row.is_public),
        teams={row.id: Named(row.id, row.name, row.is_active) for row in teams},
        team_leads={row.id: row.lead_id for row in teams},
        roles={row.id: Named(row.id, row.name) for row in roles},
        role_permissions={row.id: frozenset(row.permissions) for row in roles},
    )

"""The made-up desk around the tickets: departments, topics, teams, agents, organizations, customers."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.engine import Connection

from portal.core.text import address_key, search_tokens
from portal.people.models import Agent, Department, Organization, Person, PersonAddress, Role, Team, TeamMember
from portal.seed.ids import Ids
from portal.seed.texts import COMPANY_KINDS, COMPANY_WORDS, FIRST_NAMES, LAST_NAMES, SCENARIOS, TEAMS
from portal.tickets.models import HelpTopic, Priority, Status

AGENTS = 16
MOST_CUSTOMERS = 30_000


@dataclass(frozen=True)
class SeedPerson:
    """A customer or agent; `words` are what a ticket of theirs is found by."""

    id: int
    name: str
    words: str
    agent_id: int = 0


@dataclass(frozen=True)
class SeedDesk:
    """All that tickets are made of, by id. `agents` maps department id to who works there."""

    customers: list[SeedPerson]
    agents: dict[int, list[SeedPerson]]
    topics: dict[str, tuple[int, int]]
    teams: list[int]
    statuses: dict[str, tuple[int, str]]
    priorities: dict[str, tuple[int, int]]


def make_desk(connection: Connection, tickets: int, rng: random.Random, now: datetime) -> SeedDesk:
    """Make what is missing, and customers enough for that many tickets."""
    departments = _departments(connection)
    topics = _topics(connection, departments)
    teams = _teams(connection)
    agents = _agents(connection, departments, teams, rng, now)
    customers = _customers(connection, max(20, min(tickets // 6, MOST_CUSTOMERS)), rng, now)
    return SeedDesk(customers, agents, topics, teams, _statuses(connection), _priorities(connection))


def _departments(connection: Connection) -> dict[str, int]:
    have = {name: id for id, name in connection.execute(select(Department.id, Department.name))}
    ids = Ids(connection, Department)
    rows: list[dict[str, Any]] = [
        {"id": ids.take(), "name": name, "is_public": True, "is_active": True}
        for name in dict.fromkeys(scenario.department for scenario in SCENARIOS)
        if name not in have
    ]
    _insert(connection, Department, rows)
    ids.keep()
    return {**have, **{row["name"]: row["id"] for row in rows}}


def _topics(connection: Connection, departments: dict[str, int]) -> dict[str, tuple[int, int]]:
    have = {
        name: (id, department)
        for id, name, department in connection.execute(
            select(HelpTopic.id, HelpTopic.name, HelpTopic.department_id).where(HelpTopic.parent_id.is_(None))
        )
    }
    ids = Ids(connection, HelpTopic)
    rows: list[dict[str, Any]] = [
        {"id": ids.take(), "name": s.topic, "department_id": departments[s.department], "position": 10 + number}
        for number, s in enumerate(SCENARIOS)
        if s.topic not in have
    ]
    _insert(connection, HelpTopic, rows)
    ids.keep()
    return {**have, **{row["name"]: (row["id"], row["department_id"]) for row in rows}}


def _teams(connection: Connection) -> list[int]:
    have = {name: id for id, name in connection.execute(select(Team.id, Team.name))}
    ids = Ids(connection, Team)
    rows: list[dict[str, Any]] = [
        {"id": ids.take(), "name": name, "is_active": True} for name in TEAMS if name not in have
    ]
    _insert(connection, Team, rows)
    ids.keep()
    return [have[name] for name in TEAMS if name in have] + [row["id"] for row in rows]


def _agents(
    connection: Connection, departments: dict[str, int], teams: list[int], rng: random.Random, now: datetime
) -> dict[int, list[SeedPerson]]:
    """Agents of every department that a scenario names; made when fewer than two work there."""
    working: dict[int, list[SeedPerson]] = {departments[s.department]: [] for s in SCENARIOS}
    for row in connection.execute(
        select(Agent.id, Agent.department_id, Person.id.label("person_id"), Person.name)
        .join(Person, Person.id == Agent.person_id)
        .where(Agent.is_active)
    ):
        if row.department_id in working:
            working[row.department_id].append(SeedPerson(row.person_id, row.name, "", row.id))
    role_id = connection.execute(select(Role.id).order_by(Role.name != "Expanded", Role.id).limit(1)).scalar_one()
    short = [id for id, people in working.items() if len(people) < 2]
    people = _people(connection, AGENTS // 4 * len(short), rng, now, domain="desk.example", organizations=[])
    ids, agents, members = Ids(connection, Agent), [], []
    for number, person in enumerate(people):
        department_id = short[number % len(short)]
        agent_id = ids.take()
        agents.append({"id": agent_id, "person_id": person.id, "department_id": department_id, "role_id": role_id})
        members.append({"team_id": rng.choice(teams), "agent_id": agent_id})
        working[department_id].append(SeedPerson(person.id, person.name, "", agent_id))
    _insert(connection, Agent, agents)
    _insert(connection, TeamMember, members)
    ids.keep()
    return working


def _customers(connection: Connection, number: int, rng: random.Random, now: datetime) -> list[SeedPerson]:
    have = set(connection.execute(select(Organization.name)).scalars())
    ids = Ids(connection, Organization)
    rows: list[dict[str, Any]] = []
    for _turn in range(number // 10 + 1):
        name = f"{rng.choice(COMPANY_WORDS)} {rng.choice(COMPANY_KINDS)}"
        if name not in have:
            have.add(name)
            rows.append(
                {
                    "id": ids.take(),
                    "name": name,
                    "shares_tickets": rng.random() < 0.3,
                    "created_at": now - timedelta(days=760),
                }
            )
    _insert(connection, Organization, rows)
    ids.keep()
    return _people(connection, number, rng, now, domain="", organizations=[(row["id"], row["name"]) for row in rows])


def _people(
    connection: Connection,
    number: int,
    rng: random.Random,
    now: datetime,
    *,
    domain: str,
    organizations: list[tuple[int, str]],
) -> list[SeedPerson]:
    ids, address_ids = Ids(connection, Person), Ids(connection, PersonAddress)
    people, persons, addresses = [], [], []
    for _turn in range(number):
        person_id = ids.take()
        name = f"{rng.choice(FIRST_NAMES)} {rng.choice(LAST_NAMES)}"
        organization = rng.choice(organizations) if organizations and rng.random() < 0.7 else None
        host = domain or (re.sub(r"\W", "", organization[1].lower()) if organization else "mail") + ".example"
        local = ".".join(search_tokens(name)).encode("ascii", "ignore").decode()
        address = f"{local}.{person_id}@{host}"  # the id keeps it unique
        phone = f"+351 2{rng.randrange(10**8):08d}" if rng.random() < 0.5 else ""
        persons.append(
            {
                "id": person_id,
                "name": name,
                "phone": phone,
                "organization_id": organization[0] if organization else None,
                "created_at": now - timedelta(days=750),
            }
        )
        addresses.append(
            {
                "id": address_ids.take(),
                "person_id": person_id,
                "address": address,
                "address_key": address_key(address),
                "is_main": True,
                "proven_at": now - timedelta(days=700) if rng.random() < 0.8 else None,
            }
        )
        people.append(SeedPerson(person_id, name, " ".join([*search_tokens(name), *search_tokens(address)])))
    _insert(connection, Person, persons)
    _insert(connection, PersonAddress, addresses)
    ids.keep()
    address_ids.keep()
    return people


def _statuses(connection: Connection) -> dict[str, tuple[int, str]]:
    """Status id and slug by what the story needs; a desk that renamed or removed one gets another of that state."""
    rows = connection.execute(
        select(Status.id, Status.slug, Status.state).where(Status.is_active).order_by(Status.position, Status.id)
    ).all()
    wanted = {
        "new": "open",
        "open": "open",
        "in-progress": "open",
        "waiting-on-customer": "waiting",
        "waiting-on-third-party": "waiting",
        "resolved": "resolved",
        "closed": "closed",
    }
    found = {}
    for slug, state in wanted.items():
        row = next((r for r in rows if r.slug == slug), None) or next(r for r in rows if r.state == state)
        found[slug] = (row.id, row.slug)
    return found


def _priorities(connection: Connection) -> dict[str, tuple[int, int]]:
    rows = connection.execute(select(Priority.id, Priority.slug, Priority.rank).order_by(Priority.rank)).all()
    known = {row.slug: (row.id, row.rank) for row in rows}
    middle = rows[len(rows) // 2 - (len(rows) > 1)]
    return {slug: known.get(slug, (middle.id, middle.rank)) for slug in ("low", "normal", "high", "urgent")}


def _insert(connection: Connection, model: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(model), rows)


def count_tickets(connection: Connection) -> int:
    """How many numbers were ever given."""
    from portal.tickets.models import NumberTaken

    return connection.execute(select(func.max(NumberTaken.id))).scalar() or 0

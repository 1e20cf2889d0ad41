"""Builders for test data, and the named cast of the running example. Plain functions; each commits what it makes.

All need an application context, which the fixtures `app` and `sqlite_app` push.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import event, select

from portal.core.clock import utc_now
from portal.core.database import db, transaction
from portal.core.desk_settings import set_desk_setting, touch_desk
from portal.core.text import address_key
from portal.people.actor import Actor
from portal.people.desk import desk
from portal.people.models import (
    Agent,
    AgentDepartment,
    Department,
    Organization,
    Person,
    PersonAddress,
    Role,
    Team,
    TeamMember,
)
from portal.tickets.models import HelpTopic, Priority, Ticket
from tests.clients import CheckedClient

PASSWORD = "seven blue kettles sing"
"""Everybody's password in the tests."""

_PASSWORD_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
"""Cheap on purpose: it is checked hundreds of times."""

_counter = itertools.count(1)


def make_department(name: str = "", *, is_public: bool = True) -> Department:
    """A department, "Department 1" and so on when it needs no name."""
    row = Department(name=name or f"Department {next(_counter)}", is_public=is_public)
    return _keep(row)


def first_department() -> Department:
    """The department a new desk starts with (Support)."""
    return db.session.execute(select(Department).order_by(Department.id).limit(1)).scalar_one()


def make_team(name: str = "", *members: Agent) -> Team:
    """A team of these agents."""
    team = _keep(Team(name=name or f"Team {next(_counter)}"))
    for agent in members:
        _keep(TeamMember(team_id=team.id, agent_id=agent.id))
    return team


def make_role(name: str, permissions: list[str]) -> Role:
    """A role with exactly these permissions."""
    return _keep(Role(name=name, permissions=permissions))


def make_topic(
    name: str = "",
    *,
    department: Department | None = None,
    priority: str = "",
    assignee: Agent | None = None,
    team: Team | None = None,
    is_public: bool = True,
    resolution_rule: str = "optional",
    cause_rule: str = "optional",
) -> HelpTopic:
    """A help topic; `priority` is a slug."""
    priority_id = None
    if priority:
        priority_id = db.session.execute(select(Priority.id).where(Priority.slug == priority)).scalar_one()
    return _keep(
        HelpTopic(
            name=name or f"Topic {next(_counter)}",
            department_id=(department or first_department()).id,
            priority_id=priority_id,
            assignee_id=assignee and assignee.id,
            team_id=team and team.id,
            is_public=is_public,
            resolution_rule=resolution_rule,
            cause_rule=cause_rule,
        )
    )


def make_organization(name: str = "", *, shares_tickets: bool = False) -> Organization:
    """An organization; with `shares_tickets` its members see each other's tickets."""
    return _keep(
        Organization(name=name or f"Organization {next(_counter)}", shares_tickets=shares_tickets, created_at=utc_now())
    )


def make_customer(
    name: str = "",
    *,
    address: str = "",
    organization: Organization | None = None,
    password: bool = True,
    time_zone: str = "",
) -> Person:
    """A customer whose address begins with the first name in small letters; signs in with PASSWORD."""
    name = name or f"Customer {next(_counter)}"
    person = _keep(
        Person(
            name=name,
            organization_id=organization and organization.id,
            created_at=utc_now(),
            time_zone=time_zone,
            password_hash=_PASSWORD_HASH if password else "",
        )
    )
    address = address or f"{_slug(name)}@customers.example"
    _keep(
        PersonAddress(
            person_id=person.id, address=address, address_key=address_key(address), is_main=True, proven_at=utc_now()
        )
    )
    return person


def make_agent(
    name: str = "",
    *,
    department: Department | None = None,
    role: str = "All access",
    administrator: bool = False,
    teams: tuple[Team, ...] = (),
    limited: bool = False,
    also_in: tuple[Department, ...] = (),
    active: bool = True,
) -> Agent:
    """An agent in a department (Support when none is given); `also_in` are further ones, with the same role."""
    name = name or f"Agent {next(_counter)}"
    person = make_customer(name, address=f"{_slug(name)}@desk.example")
    role_id = db.session.execute(select(Role.id).where(Role.name == role)).scalar_one()
    agent = _keep(
        Agent(
            person_id=person.id,
            department_id=(department or first_department()).id,
            role_id=role_id,
            is_administrator=administrator,
            limited_to_own=limited,
            is_active=active,
        )
    )
    for further in also_in:
        _keep(AgentDepartment(agent_id=agent.id, department_id=further.id, role_id=role_id))
    for team in teams:
        _keep(TeamMember(team_id=team.id, agent_id=agent.id))
    return agent


def make_administrator(name: str = "Omar Diaz") -> Agent:
    """An administrator."""
    return make_agent(name, administrator=True)


def make_ticket(
    subject: str = "Online banking is down",
    *,
    customer: Person | None = None,
    message: str = "I see error 503.",
    status: str = "",
    assignee: Agent | None = None,
    department: Department | None = None,
    topic: HelpTopic | None = None,
    priority: str | None = None,
    due_at: datetime | None = None,
    channel: str = "web",
    now: datetime | None = None,
    files: tuple = (),
    proven: bool = True,
) -> Ticket:
    """A ticket opened by its customer through the real action, then given and moved by the real actions.

    `status` and `priority` are slugs; without a customer a new one is made.
    """
    from portal.tickets import actions
    from portal.tickets.actions.open import NewTicket

    now = now or utc_now()
    customer = customer or make_customer()
    new = NewTicket(
        subject=subject,
        message=message,
        customer_id=customer.id,
        channel=channel,
        topic_id=topic and topic.id,
        department_id=department and department.id,
        files=files,
        is_address_proven=proven,
    )
    ticket = actions.open_ticket(new, by=actor_of(customer), now=now)
    if priority:
        actions.change_priority(ticket, priority, by=SYSTEM_LIKE, now=now)
    if due_at:
        actions.change_due(ticket, due_at, by=SYSTEM_LIKE, now=now)
    if assignee:
        actions.assign(ticket, str(assignee.id), by=SYSTEM_LIKE, now=now)
    if status in ("resolved", "closed"):
        actions.resolve(
            ticket, "Restored from the backup.", cause="A broken update.", status=status, by=SYSTEM_LIKE, now=now
        )
    elif status and status != "new":
        actions.change_status(ticket, status, by=SYSTEM_LIKE, now=now)
    return ticket


def make_reply(ticket: Ticket, text: str = "We are on it.", *, by: Agent, now: datetime | None = None, **more: Any):
    """A public reply of an agent, through the real action; gives the entry."""
    from portal.tickets import actions

    return actions.reply(ticket, text, by=actor_of(by), now=now or utc_now(), **more)


def make_note(ticket: Ticket, text: str = "Looks like the update.", *, by: Agent, now: datetime | None = None):
    """An internal note of an agent, through the real action; gives the entry."""
    from portal.tickets import actions

    return actions.add_note(ticket, text, by=actor_of(by), now=now or utc_now())


def make_message(ticket: Ticket, text: str = "It is still broken.", *, by: Person, now: datetime | None = None):
    """A message of a customer, through the real action; gives the entry."""
    from portal.tickets import actions

    return actions.post_message(ticket, text, by=actor_of(by), now=now or utc_now())


SYSTEM_LIKE = Actor(kind="system", name="Throughline")
"""Who prepares tickets in the builders."""


def actor_of(person: Person | Agent) -> Actor:
    """The actor a person is once signed in."""
    from portal.people.sessions import agent_actor

    if isinstance(person, Agent):
        return agent_actor(person.id)
    card = desk().agent_of_person(person.id)
    if card is not None:
        return agent_actor(card.id)
    organization = db.session.get(Organization, person.organization_id) if person.organization_id else None
    return Actor(
        kind="customer",
        name=person.name,
        person_id=person.id,
        address=address_of(person),
        time_zone=person.time_zone or "UTC",
        organization_id=person.organization_id,
        sees_organization=bool(organization and organization.shares_tickets),
    )


def guest_actor(ticket: Ticket, *, proves_address: bool = False) -> Actor:
    """The actor somebody is who opened the secure link of a ticket."""
    person = db.session.get_one(Person, ticket.customer_id)
    return Actor(
        kind="guest",
        name=person.name,
        person_id=person.id,
        address=address_of(person),
        ticket_id=ticket.id,
        proves_address=proves_address,
    )


def address_of(person: Person | Agent) -> str:
    """A person's main e-mail address."""
    person_id = person.person_id if isinstance(person, Agent) else person.id
    return db.session.execute(
        select(PersonAddress.address).where(PersonAddress.person_id == person_id, PersonAddress.is_main)
    ).scalar_one()


def sign_in(client: CheckedClient, person: Person | Agent) -> CheckedClient:
    """Sign a client in through the real form; gives the client."""
    client.token = None
    answer = client.send("/sign-in", {"email": address_of(person), "password": PASSWORD})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    client.token = None
    return client


def signed_in(app: Flask, person: Person | Agent) -> CheckedClient:
    """A new client signed in as this person."""
    return sign_in(CheckedClient.of(app), person)


def with_link(app: Flask, ticket: Ticket, *, is_mailed: bool = False) -> CheckedClient:
    """A new client that opened the secure link of a ticket."""
    from portal.people.links import make_ticket_link

    token = make_ticket_link(ticket.id, ticket.customer_id, now=utc_now(), is_mailed=is_mailed)
    client = CheckedClient.of(app)
    client.get(f"/t/{token}", follow_redirects=True)
    return client


def set_setting(name: str, value: Any) -> None:
    """Change one of the administrators' settings."""
    with transaction():
        set_desk_setting(name, value)


@dataclass(frozen=True)
class Cast:
    """The people of the running example: a bank's online banking is down after a corrupted update."""

    support: Department
    operations: Department
    team: Team
    ana: Agent
    jonas: Agent
    rita: Agent
    omar: Agent
    harbour_foods: Organization
    priya: Person
    maya: Person
    tomas: Person


def cast() -> Cast:
    """Ana (Support, all access) and Jonas (Operations, all access), both in team Restore; Rita (Support, role Limited);
    Omar (administrator); Priya and her colleague Maya of Harbour Foods, which shares tickets; Tomas of another one."""
    support, operations = first_department(), make_department("Operations")
    ana, jonas = make_agent("Ana Moreno", department=support), make_agent("Jonas Weber", department=operations)
    rita, omar = make_agent("Rita Lindqvist", department=support, role="Limited"), make_administrator("Omar Diaz")
    harbour = make_organization("Harbour Foods", shares_tickets=True)
    return Cast(
        support=support,
        operations=operations,
        team=make_team("Restore", ana, jonas),
        ana=ana,
        jonas=jonas,
        rita=rita,
        omar=omar,
        harbour_foods=harbour,
        priya=make_customer("Priya Nair", organization=harbour),
        maya=make_customer("Maya Cole", organization=harbour),
        tomas=make_customer("Tomas Novak", organization=make_organization("Novak Bikes")),
    )


@dataclass
class Statements:
    """SQL statements seen inside `count_statements`; BEGIN, COMMIT and the like do not count."""

    seen: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many there were."""
        return len(self.seen)

    def __str__(self) -> str:
        return "\n".join(f"{number}. {' '.join(text.split())[:300]}" for number, text in enumerate(self.seen, 1))


@contextmanager
def count_statements() -> Iterator[Statements]:
    """Collect the SQL statements that run inside the block."""
    statements = Statements()

    def on_execute(_connection: Any, _cursor: Any, text: str, *_more: Any) -> None:
        if not text.startswith(("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "PRAGMA")):
            statements.seen.append(text)

    engine = db.engine
    event.listen(engine, "before_cursor_execute", on_execute)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", on_execute)


def later(**delta: float) -> datetime:
    """The instant that long from now: `later(hours=2)`."""
    return utc_now() + timedelta(**delta)


def _keep(row: Any) -> Any:
    with transaction():
        db.session.add(row)
        db.session.flush()
        touch_desk()
    return row


def _slug(name: str) -> str:
    words = "".join(c if c.isalnum() else " " for c in name.lower()).split()
    return words[0] if len(words) > 1 and not words[1].isdigit() else "".join(words)

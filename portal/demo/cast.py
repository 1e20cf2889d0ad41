"""The people and the desk of the running example: a bank's help desk and three who write to it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import select, update

from portal.core.database import db, transaction
from portal.core.desk_settings import set_desk_setting
from portal.people.actions import find_or_make_person
from portal.people.actor import SYSTEM, Actor
from portal.people.agent_actions import AgentValues, add_agent, make_password
from portal.people.desk_actions import DepartmentValues, add_department, change_department
from portal.people.models import Department, Person, Role
from portal.people.organization_actions import OrganizationValues, add_member, add_organization
from portal.people.passwords import check_password_rules, hash_password
from portal.people.team_actions import TeamValues, add_team
from portal.tickets.models import HelpTopic, Priority
from portal.tickets.topic_actions import TopicValues, add_topic, change_topic_values, topic_values

SITE_NAME = "Harbour Bank help"

AGENTS: tuple[tuple[str, str, str, str], ...] = (
    ("Omar Haddad", "administrator", "Online services", "All access"),
    ("Ana Moreno", "agent", "Online services", "All access"),
    ("Jonas Keller", "agent", "Online services", "Expanded"),
    ("Rita Silva", "agent", "Online services", "Limited"),
)
"""Name, role, primary department, role held there."""

CUSTOMERS: tuple[tuple[str, str, bool], ...] = (
    ("Priya Raman", "Harbour Foods", True),
    ("Tomas Ruiz", "Northwind Bakery", True),
    ("Dev Shah", "Harbour Foods", False),
    ("Mia Okafor", "Lumen Clinic", False),
    ("Leo Brandt", "", False),
    ("Sofia Lindgren", "Lumen Clinic", False),
)
"""Name, organization, whether they sign in with a password."""

GUEST = "Lena Fischer"


@dataclass
class Cast:
    """Everybody by first name in small letters, and the desk by name."""

    people: dict[str, Actor] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)
    departments: dict[str, int] = field(default_factory=dict)
    teams: dict[str, int] = field(default_factory=dict)
    topics: dict[str, int] = field(default_factory=dict)


def short_name(name: str) -> str:
    """The first name in small letters, as in the address."""
    return name.split(" ")[0].lower()


def address_of(name: str) -> str:
    """The demo address of a person."""
    return f"{short_name(name)}@demo.example"


def check_demo_password(password: str) -> None:
    """Raise Refused when a given password breaks the rules for any of those who get it; empty is fine."""
    if password:
        names = [name for name, *_rest in AGENTS] + [name for name, _organization, signs_in in CUSTOMERS if signs_in]
        check_password_rules(password, forbidden=(SITE_NAME, *names, *map(address_of, names)))


def hire(password: str, *, start: datetime) -> Cast:
    """Make the desk and its people, as of the time the story begins; gives them."""
    cast, now = Cast(), start - timedelta(days=40)
    with transaction():
        set_desk_setting("site.name", SITE_NAME)
        _make_departments(cast, now=now)
        agents = _make_agents(cast, password, now=now)
        _make_teams(cast, agents, now=now)
        _make_topics(cast, now=now)
        _make_customers(cast, password, now=now)
    return cast


def _make_departments(cast: Cast, *, now: datetime) -> None:
    first = db.session.execute(select(Department).order_by(Department.id).limit(1)).scalar_one()
    change_department(first, DepartmentValues("Online services"), by=SYSTEM, now=now)
    cast.departments["Online services"] = first.id
    for name in ("Cards", "Branch support", "Security"):
        cast.departments[name] = add_department(DepartmentValues(name), by=SYSTEM, now=now).id


def _make_agents(cast: Cast, password: str, *, now: datetime) -> dict[str, int]:
    roles = {name: id for id, name in db.session.execute(select(Role.id, Role.name))}
    further = {
        "ana": (("Cards", "All access"), ("Security", "All access")),
        "jonas": (("Branch support", "Expanded"), ("Cards", "Limited")),
        "rita": (("Branch support", "Limited"),),
    }
    agents = {}
    for name, role, department, desk_role in AGENTS:
        key = short_name(name)
        cast.passwords[key] = password or make_password()
        values = AgentValues(
            name=name, address=address_of(name), department_id=cast.departments[department], role_id=roles[desk_role],
            further=tuple((cast.departments[d], roles[r]) for d, r in further.get(key, ())),
            is_administrator=role == "administrator",
        )  # fmt: skip
        agents[key] = add_agent(values, password=cast.passwords[key], by=SYSTEM, now=now).id
    return agents


def _make_teams(cast: Cast, agents: dict[str, int], *, now: datetime) -> None:
    for name, lead, members in (
        ("First line", "jonas", ("jonas", "rita")),
        ("Restore crew", "ana", ("ana", "jonas")),
        ("Fraud watch", "omar", ("omar", "ana")),
    ):
        values = TeamValues(name, agents[lead], frozenset(agents[member] for member in members))
        cast.teams[name] = add_team(values, by=SYSTEM, now=now).id


def _make_topics(cast: Cast, *, now: datetime) -> None:
    high = db.session.execute(select(Priority.id).where(Priority.slug == "high")).scalar()
    general = db.session.execute(select(HelpTopic).order_by(HelpTopic.id).limit(1)).scalar_one()
    department = cast.departments
    for values in (
        TopicValues(
            "Online banking", department["Online services"], description="Sign-in, transfers, web page and app.",
            priority_id=high, resolution_rule="required", cause_rule="required",
        ),
        TopicValues("Cards", department["Cards"], description="Cards that are lost, late or declined."),
        TopicValues(
            "Suspicious messages", department["Security"], description="Letters, calls and messages that look wrong.",
            priority_id=high, assignee=f"team:{cast.teams['Fraud watch']}",
        ),
        TopicValues("Branch equipment", department["Branch support"], is_public=False),
    ):  # fmt: skip
        cast.topics[values.name] = add_topic(values, by=SYSTEM, now=now).id
    values = replace(
        topic_values(general), name="Something else", department_id=department["Branch support"],
        description="Everything that fits nowhere else.",
    )  # fmt: skip
    change_topic_values(general, values, by=SYSTEM, now=now)
    cast.topics["Something else"] = general.id


def _make_customers(cast: Cast, password: str, *, now: datetime) -> None:
    organizations = {}
    for name, shares in (("Harbour Foods", True), ("Northwind Bakery", False), ("Lumen Clinic", False)):
        organizations[name] = add_organization(OrganizationValues(name, shares), by=SYSTEM, now=now)
    for name, organization, signs_in in CUSTOMERS:
        person = find_or_make_person(address_of(name), name, now=now)
        if organization:
            add_member(organizations[organization], person.address, by=SYSTEM, now=now)
        if signs_in:
            key = short_name(name)
            cast.passwords[key] = password or make_password()
            db.session.execute(
                update(Person).where(Person.id == person.id).values(password_hash=hash_password(cast.passwords[key]))
            )

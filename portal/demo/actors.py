"""Everybody of the demo as those who act."""

from __future__ import annotations

from sqlalchemy import select

from portal.core.database import db
from portal.demo.cast import AGENTS, CUSTOMERS, Cast, address_of, short_name
from portal.people.actions import find_person
from portal.people.actor import Actor
from portal.people.desk import desk
from portal.people.models import Organization, Person
from portal.people.sessions import agent_actor


def make_actors(cast: Cast) -> None:
    """Fill `cast.people`, as a session of each would see them. Also warms the cached desk."""
    cards = {card.address: card.id for card in desk().agents.values()}
    for name, _role, _department, _desk_role in AGENTS:
        cast.people[short_name(name)] = agent_actor(cards[address_of(name)])
    for name, _organization, _signs_in in CUSTOMERS:
        person = find_person(address_of(name))
        assert person is not None
        row = db.session.execute(
            select(Person.organization_id, Organization.shares_tickets)
            .outerjoin(Organization, Organization.id == Person.organization_id)
            .where(Person.id == person.id)
        ).one()
        cast.people[short_name(name)] = Actor(
            kind="customer",
            name=name,
            person_id=person.id,
            address=person.address,
            organization_id=row.organization_id,
            sees_organization=bool(row.shares_tickets),
        )

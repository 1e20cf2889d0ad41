"""The builders themselves: a fresh desk holds what it should, on both stores."""

from sqlalchemy import func, select

from portal.core.database import db
from portal.people.desk import desk
from portal.people.models import Person
from tests import world


def test_each_test_starts_with_an_empty_desk(app):
    assert db.session.execute(select(func.count()).select_from(Person)).scalar() == 0
    assert [d.name for d in desk().departments.values()] == ["Support"]
    world.make_customer("Priya Nair")


def test_the_cast_has_its_addresses_and_rights(app):
    people = world.cast()
    assert world.address_of(people.ana) == "ana@desk.example"
    assert world.address_of(people.priya) == "priya@customers.example"
    assert world.actor_of(people.omar).is_administrator
    assert "ticket.delete" not in world.actor_of(people.rita).permissions
    assert world.actor_of(people.priya).sees_organization

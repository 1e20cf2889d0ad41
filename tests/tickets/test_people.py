"""Who a ticket concerns: collaborators, referrals, its customer."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from portal.core.database import db, transaction
from portal.core.errors import Conflict, Forbidden, NotFound, Refused
from portal.people.links import find_link, make_ticket_link
from portal.tickets import actions
from portal.tickets.actions.referrals import referral_id
from portal.tickets.models import Collaborator, Referral, Ticket, TicketText
from portal.tickets.policy import visible_to
from tests import world

NOW = datetime(2026, 3, 12, 8, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def cast(app):
    return world.cast()


@pytest.fixture
def ticket(cast):
    return world.make_ticket(customer=cast.priya, now=NOW)


def followers(ticket) -> list[int]:
    return list(db.session.execute(select(Collaborator.person_id).where(Collaborator.ticket_id == ticket.id)).scalars())


def sees(person, ticket) -> bool:
    statement = visible_to(world.actor_of(person), select(Ticket.id).where(Ticket.id == ticket.id))
    return db.session.execute(statement).first() is not None


def switch_off(person) -> None:
    with transaction():
        person.is_active = False


def test_a_collaborator_sees_the_ticket_until_removed(cast, ticket):
    ana = world.actor_of(cast.ana)
    assert not sees(cast.tomas, ticket)
    event = actions.add_collaborator(ticket, cast.tomas.id, by=ana, now=NOW)
    assert (event.kind, event.field, event.data["name"]) == (
        "collaborator.added", f"collaborator:{cast.tomas.id}", "Tomas Novak",
    )  # fmt: skip
    assert sees(cast.tomas, ticket)
    assert actions.add_collaborator(ticket, cast.tomas.id, by=ana, now=NOW) is None
    token = make_ticket_link(ticket.id, cast.tomas.id, now=NOW)
    removed = actions.remove_collaborator(ticket, cast.tomas.id, by=ana, now=LATER)
    assert not sees(cast.tomas, ticket)
    assert find_link(token, "ticket", now=LATER) is None
    assert actions.remove_collaborator(ticket, cast.tomas.id, by=ana, now=LATER) is None
    actions.undo(ticket, removed.id, by=ana, now=LATER)
    assert sees(cast.tomas, ticket)
    assert find_link(token, "ticket", now=LATER) is not None


def test_collaborators_that_are_refused(cast, ticket):
    ana = world.actor_of(cast.ana)
    with pytest.raises(Refused) as refused:
        actions.add_collaborator(ticket, cast.priya.id, by=ana, now=NOW)
    assert refused.value.field == "email"
    with pytest.raises(NotFound):
        actions.add_collaborator(ticket, 999_999, by=ana, now=NOW)
    switch_off(cast.tomas)
    with pytest.raises(Refused):
        actions.add_collaborator(ticket, cast.tomas.id, by=ana, now=NOW)
    for actor in (world.actor_of(cast.rita), world.actor_of(cast.priya)):
        with pytest.raises(Forbidden):
            actions.add_collaborator(ticket, cast.maya.id, by=actor, now=NOW)
        with pytest.raises(Forbidden):
            actions.remove_collaborator(ticket, cast.maya.id, by=actor, now=NOW)
    assert followers(ticket) == []


def test_a_referral_lets_another_department_see_it(cast, ticket):
    ana = world.actor_of(cast.ana)
    assert not sees(cast.jonas, ticket)
    event = actions.refer(ticket, f"department:{cast.operations.id}", by=ana, now=NOW)
    assert event.field == f"referral:department:{cast.operations.id}"
    assert sees(cast.jonas, ticket)
    assert actions.refer(ticket, f"department:{cast.operations.id}", by=ana, now=NOW) is None
    row_id = referral_id(ticket.id, "department", cast.operations.id)
    gone = actions.unrefer(ticket, row_id, by=ana, now=NOW)
    assert not sees(cast.jonas, ticket)
    assert actions.unrefer(ticket, row_id, by=ana, now=NOW) is None
    actions.undo(ticket, gone.id, by=ana, now=NOW)
    assert sees(cast.jonas, ticket)
    actions.undo(ticket, event.id, by=ana, now=NOW)
    with pytest.raises(Refused):
        actions.undo(ticket, event.id, by=ana, now=NOW)
    assert not sees(cast.jonas, ticket)


@pytest.mark.parametrize("kind", ["agent", "team"])
def test_a_referral_to_an_agent_or_team(cast, ticket, kind):
    target = str(cast.jonas.id) if kind == "agent" else f"team:{cast.team.id}"
    actions.refer(ticket, target, by=world.actor_of(cast.rita), now=NOW)
    assert sees(cast.jonas, ticket)


@pytest.mark.parametrize(
    ("target", "error"),
    [("", Refused), ("team:", Refused), ("nobody", NotFound), ("99999", NotFound), ("team:99999", NotFound),
     ("planet:1", NotFound), ("²", NotFound), ("9" * 40, NotFound), ("-1", NotFound)],
)  # fmt: skip
def test_referrals_to_nothing(sqlite_app, target, error):
    ticket = world.make_ticket(now=NOW)
    with pytest.raises(error) as refused:
        actions.refer(ticket, target, by=world.actor_of(world.make_agent()), now=NOW)
    assert refused.value.field == "to"
    assert db.session.execute(select(Referral.id)).first() is None


def test_referrals_that_are_refused(cast, ticket):
    with pytest.raises(Refused):
        actions.refer(ticket, f"department:{cast.support.id}", by=world.actor_of(cast.ana), now=NOW)
    for actor in (world.actor_of(cast.priya), world.actor_of(world.make_agent(role="View only"))):
        with pytest.raises(Forbidden):
            actions.refer(ticket, f"team:{cast.team.id}", by=actor, now=NOW)


def test_another_customer(cast, ticket):
    ana = world.actor_of(cast.ana)
    actions.add_collaborator(ticket, cast.tomas.id, by=ana, now=NOW)
    token = make_ticket_link(ticket.id, cast.priya.id, now=NOW)
    event = actions.change_customer(ticket, cast.tomas.id, by=ana, now=NOW)
    assert (event.old, event.new, event.is_public) == (cast.priya.id, cast.tomas.id, False)
    assert (ticket.customer_id, followers(ticket)) == (cast.tomas.id, [])
    assert not sees(cast.priya, ticket)
    assert find_link(token, "ticket", now=NOW) is None
    assert "tomas" in db.session.get(TicketText, ticket.id).public
    actions.undo(ticket, event.id, by=ana, now=NOW)
    assert (ticket.customer_id, followers(ticket)) == (cast.priya.id, [cast.tomas.id])
    assert find_link(token, "ticket", now=NOW) is not None
    assert "tomas" not in db.session.get(TicketText, ticket.id).public


def test_an_agents_choice_of_customer_proves_the_address_and_undo_takes_that_back(cast):
    ticket = world.make_ticket(customer=cast.priya, proven=False, now=NOW)
    ana = world.actor_of(cast.ana)
    event = actions.change_customer(ticket, cast.tomas.id, by=ana, now=NOW)
    assert ticket.is_address_proven
    actions.undo(ticket, event.id, by=ana, now=NOW)
    assert not ticket.is_address_proven


def test_customers_that_are_refused(cast, ticket):
    ana = world.actor_of(cast.ana)
    assert actions.change_customer(ticket, cast.priya.id, by=ana, now=NOW) is None
    with pytest.raises(NotFound):
        actions.change_customer(ticket, 999_999, by=ana, now=NOW)
    for actor in (world.actor_of(cast.rita), world.actor_of(cast.priya)):
        with pytest.raises(Forbidden):
            actions.change_customer(ticket, cast.tomas.id, by=actor, now=NOW)
    seen = ticket.version
    actions.change_customer(ticket, cast.tomas.id, by=ana, now=NOW, seen=seen)
    with pytest.raises(Conflict):
        actions.change_customer(ticket, cast.maya.id, by=ana, now=NOW, seen=seen)
    switch_off(cast.maya)
    with pytest.raises(Refused):
        actions.change_customer(ticket, cast.maya.id, by=ana, now=NOW)
    assert ticket.customer_id == cast.tomas.id

"""Tickets side by side."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from portal.core.database import db
from portal.core.errors import Forbidden, Refused
from portal.tickets import actions
from portal.tickets.actions.links import link_kind
from portal.tickets.models import Event, TicketLink
from tests import world

NOW = datetime(2026, 3, 12, 8, 0, tzinfo=UTC)


@pytest.fixture
def ana(app):
    return world.actor_of(world.make_agent("Ana Moreno"))


@pytest.fixture
def pair(app):
    return world.make_ticket("Web is down", now=NOW), world.make_ticket("App is down", now=NOW)


def link_id() -> int:
    return db.session.execute(select(TicketLink.id)).scalar_one()


@pytest.mark.parametrize(
    ("kind", "back"), [("related", "related"), ("duplicate", "duplicate"), ("parent", "child"), ("child", "parent")]
)
def test_a_link_is_seen_from_both_sides_and_undone_from_either(pair, ana, kind, back):
    one, other = pair
    event = actions.link_tickets(one, other, kind, by=ana, now=NOW)
    assert (link_kind(one.id, other.id), link_kind(other.id, one.id)) == (kind, back)
    assert actions.link_tickets(one, other, kind, by=ana, now=NOW) is None
    assert actions.link_tickets(other, one, back, by=ana, now=NOW) is None
    there = db.session.execute(
        select(Event).where(Event.ticket_id == other.id, Event.kind == "link.added")
    ).scalar_one()
    assert (there.new, there.data["number"]) == (back, one.number)
    actions.undo(other, there.id, by=ana, now=NOW)
    assert link_kind(one.id, other.id) is None
    with pytest.raises(Refused):
        actions.undo(one, event.id, by=ana, now=NOW)
    again = actions.link_tickets(one, other, kind, by=ana, now=NOW)
    removed = actions.unlink_tickets(one, link_id(), by=ana, now=NOW)
    assert (removed.kind, link_kind(one.id, other.id)) == ("link.removed", None)
    actions.undo(one, removed.id, by=ana, now=NOW)
    assert link_kind(one.id, other.id) == kind
    assert again.id != removed.id


def test_links_that_are_refused(pair, ana):
    one, other = pair
    with pytest.raises(Refused) as refused:
        actions.link_tickets(one, one, "related", by=ana, now=NOW)
    assert refused.value.field == "number"
    with pytest.raises(Refused) as refused:
        actions.link_tickets(one, other, "cousin", by=ana, now=NOW)
    assert refused.value.field == "kind"
    actions.link_tickets(one, other, "related", by=ana, now=NOW)
    with pytest.raises(Refused):
        actions.link_tickets(one, other, "parent", by=ana, now=NOW)
    assert db.session.execute(select(func.count()).select_from(TicketLink)).scalar() == 1


def test_no_ticket_becomes_its_own_parent(pair, ana):
    top, middle = pair
    low = world.make_ticket(now=NOW)
    actions.link_tickets(top, middle, "child", by=ana, now=NOW)
    actions.link_tickets(middle, low, "child", by=ana, now=NOW)
    for one, other, kind in ((low, top, "child"), (top, low, "parent")):
        with pytest.raises(Refused):
            actions.link_tickets(one, other, kind, by=ana, now=NOW)
    actions.link_tickets(top, low, "child", by=ana, now=NOW)


def test_the_right_is_needed_on_both(pair):
    one, _other = pair
    elsewhere = world.make_ticket(department=world.make_department("Cards"), now=NOW)
    viewer = world.actor_of(world.make_agent(role="View only"))
    mixed = world.make_agent(role="All access")
    half = world.actor_of(mixed)
    half = type(half)(**{**half.__dict__, "departments": {**half.departments, elsewhere.department_id: frozenset()}})
    for actor in (viewer, half, world.guest_actor(one)):
        with pytest.raises(Forbidden):
            actions.link_tickets(one, elsewhere, "related", by=actor, now=NOW)


def test_a_foreign_link_id_removes_nothing(pair, ana):
    one, other = pair
    actions.link_tickets(one, other, "related", by=ana, now=NOW)
    third = world.make_ticket(now=NOW)
    assert actions.unlink_tickets(third, link_id(), by=ana, now=NOW) is None
    assert link_kind(one.id, other.id) == "related"


def test_a_parent_is_not_solved_while_a_child_is_open(pair, ana):
    parent, child = pair
    actions.link_tickets(parent, child, "child", by=ana, now=NOW)
    with pytest.raises(Refused) as refused:
        actions.resolve(parent, "Restored.", by=ana, now=NOW)
    assert child.number in refused.value.message
    assert refused.value.links == ((child.number, f"/agent/tickets/{child.number}"),)
    actions.resolve(child, "Restored.", by=ana, now=NOW)
    assert actions.resolve(parent, "Restored.", by=ana, now=NOW).kind == "ticket.resolved"


def test_a_follow_up_is_linked_and_its_link_can_be_undone(app, ana):
    customer = world.make_customer()
    old = world.make_ticket(customer=customer, now=NOW, status="closed")
    entry = actions.post_message(old, "It is back.", by=world.actor_of(customer), now=NOW.replace(year=2027))
    assert entry.ticket_id != old.id
    assert link_kind(old.id, entry.ticket_id) == "related"
    event = db.session.execute(select(Event).where(Event.ticket_id == old.id, Event.kind == "link.added")).scalar_one()
    actions.undo(old, event.id, by=ana, now=NOW.replace(year=2027))
    assert link_kind(old.id, entry.ticket_id) is None


def test_a_link_removed_from_a_merged_ticket_comes_back_by_undo(app):
    cast = world.cast()
    omar, now = world.actor_of(cast.omar), NOW
    ticket, child = world.make_ticket(now=NOW), world.make_ticket(now=NOW)
    actions.link_tickets(ticket, child, "related", by=omar, now=now)
    actions.merge(child, ticket, by=omar, now=now)
    link_id = db.session.execute(select(TicketLink.id)).scalar_one()
    removed = actions.unlink_tickets(ticket, link_id, by=omar, now=now)
    actions.undo(ticket, removed.id, by=omar, now=now)
    assert db.session.execute(select(TicketLink.kind)).scalars().all() == ["related"]

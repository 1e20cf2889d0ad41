"""Merging there and back."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from portal.core.database import db
from portal.core.errors import Forbidden, Refused
from portal.tickets import actions
from portal.tickets.models import Entry, Event, Promise, TicketText
from portal.tickets.policy import visible_to
from tests import world
from tests.tickets.snapshots import snapshot

NOW = datetime(2026, 3, 12, 8, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


@pytest.fixture
def cast(app):
    return world.cast()


@pytest.fixture
def child(cast):
    return world.make_ticket("App is down", customer=cast.tomas, message="Kaleidoscope", now=NOW)


@pytest.fixture
def parent(cast):
    return world.make_ticket("Web is down", customer=cast.priya, now=NOW)


def thread(ticket) -> list[str]:
    found = select(Entry.body).where(Entry.thread_id == ticket.id).order_by(Entry.created_at, Entry.id)
    return list(db.session.execute(found).scalars())


def test_the_childs_thread_people_and_promises_are_the_parents(cast, child, parent):
    ana = world.actor_of(cast.ana)
    actions.add_collaborator(child, cast.maya.id, by=ana, now=NOW)
    actions.promise(child, "fix", at(60), by=ana, now=NOW)
    world.make_reply(parent, "We look at it.", by=cast.ana, now=at(1))
    world.make_message(child, "Payroll has to leave by noon.", by=cast.tomas, now=at(2))
    event = actions.merge(child, parent, by=ana, now=at(3))
    assert (event.kind, event.field, event.new, event.is_public) == ("ticket.merged", "merge", parent.number, True)
    assert thread(child) == []
    assert thread(parent)[-1] == "Payroll has to leave by noon."
    assert len(thread(parent)) == 4
    assert (child.shelf, child.state, child.is_listed, child.merged_into_id) == ("merged", "closed", False, parent.id)
    assert (parent.is_answered, parent.preview, parent.last_message_at) == (
        False, "Payroll has to leave by noon.", at(2),
    )  # fmt: skip
    assert snapshot(parent)["collaborators"] == {(cast.tomas.id,), (cast.maya.id,)}
    assert (parent.promise_due_at, child.promise_due_at) == (at(60), None)
    assert "kaleidoscope" in db.session.get(TicketText, parent.id).public
    assert "kaleidoscope" not in db.session.get(TicketText, child.id).public
    received = db.session.execute(select(Event).where(Event.kind == "merge.received")).scalar_one()
    assert (received.ticket_id, received.data["number"]) == (parent.id, child.number)
    seen = visible_to(world.actor_of(cast.tomas), select(Event.id).join_from(Event, type(parent)))
    assert db.session.execute(seen.where(Event.ticket_id == parent.id)).first() is not None


def test_of_two_promises_of_a_kind_the_earlier_stays(cast, child, parent):
    ana = world.actor_of(cast.ana)
    actions.promise(child, "update", at(30), by=ana, now=NOW)
    actions.promise(parent, "update", at(60), by=ana, now=NOW)
    actions.promise(child, "fix", at(90), by=ana, now=NOW)
    actions.promise(parent, "fix", at(80), by=ana, now=NOW)
    before = snapshot(child), snapshot(parent)
    event = actions.merge(child, parent, by=ana, now=at(1))
    found = select(Promise.kind, Promise.due_at).where(Promise.ticket_id == parent.id, Promise.state == "open")
    assert {tuple(row) for row in db.session.execute(found)} == {("update", at(30)), ("fix", at(80))}
    ended = db.session.execute(select(Promise.reason).where(Promise.state == "withdrawn")).scalars().all()
    assert len(ended) == 2
    assert all(parent.number in reason for reason in ended)
    actions.undo(child, event.id, by=ana, now=at(2))
    assert (snapshot(child), snapshot(parent)) == before


def test_a_promise_kept_after_the_merge_stays_kept(cast, child, parent):
    ana = world.actor_of(cast.ana)
    actions.promise(child, "update", at(30), by=ana, now=NOW)
    event = actions.merge(child, parent, by=ana, now=at(1))
    actions.reply(parent, "Here is the news.", by=ana, now=at(2))
    actions.undo(child, event.id, by=ana, now=at(3))
    assert db.session.execute(select(Promise.ticket_id, Promise.state)).all() == [(parent.id, "kept")]
    assert (snapshot(child)["open promises"], child.promise_due_at) == (set(), None)


def test_what_was_written_after_the_merge_stays_in_the_parent(cast, child, parent):
    ana = world.actor_of(cast.ana)
    event = actions.merge(child, parent, by=ana, now=at(1))
    world.make_message(parent, "Still down.", by=cast.tomas, now=at(2))
    undone = actions.undo(child, event.id, by=ana, now=at(3))
    assert (undone.kind, undone.undoes_id) == ("ticket.unmerged", event.id)
    assert thread(child) == ["Kaleidoscope"]
    assert thread(parent) == ["I see error 503.", "Still down."]
    assert (parent.preview, parent.last_message_at) == ("Still down.", at(2))
    there = db.session.execute(select(Event).where(Event.kind == "merge.undone")).scalar_one()
    received = db.session.execute(select(Event.id).where(Event.kind == "merge.received")).scalar_one()
    assert (there.ticket_id, there.undoes_id) == (parent.id, received)
    with pytest.raises(Refused):
        actions.undo(child, event.id, by=ana, now=at(4))


def test_a_merge_is_undone_from_the_parents_side_too(cast, child, parent):
    ana = world.actor_of(cast.ana)
    before = snapshot(child), snapshot(parent)
    event = actions.merge(child, parent, by=ana, now=at(1))
    received = db.session.execute(select(Event.id).where(Event.kind == "merge.received")).scalar_one()
    assert actions.undo(parent, received, by=ana, now=at(2)).kind == "merge.undone"
    assert (snapshot(child), snapshot(parent)) == before
    for ticket, event_id in ((parent, received), (child, event.id)):
        with pytest.raises(Refused):
            actions.undo(ticket, event_id, by=ana, now=at(3))


def test_into_a_merged_ticket_means_into_where_that_went(cast, child, parent):
    ana = world.actor_of(cast.ana)
    third = world.make_ticket("Mobile is down", now=NOW)
    first = actions.merge(parent, third, by=ana, now=at(1))
    second = actions.merge(child, parent, by=ana, now=at(2))
    assert child.merged_into_id == third.id
    assert len(thread(third)) == 3
    actions.undo(parent, first.id, by=ana, now=at(3))
    assert (len(thread(third)), len(thread(parent))) == (2, 1)
    actions.undo(child, second.id, by=ana, now=at(4))
    assert (len(thread(third)), thread(child)) == (1, ["Kaleidoscope"])


def test_an_inner_merge_is_undone_after_the_outer_one(cast, child, parent):
    ana = world.actor_of(cast.ana)
    third = world.make_ticket("Mobile is down", now=NOW)
    before = [snapshot(one) for one in (child, parent, third)]
    inner = actions.merge(child, parent, by=ana, now=at(1))
    outer = actions.merge(parent, third, by=ana, now=at(2))
    assert len(thread(third)) == 3
    with pytest.raises(Refused):
        actions.undo(child, inner.id, by=ana, now=at(3))
    actions.undo(parent, outer.id, by=ana, now=at(4))
    actions.undo(child, inner.id, by=ana, now=at(5))
    assert [snapshot(one) for one in (child, parent, third)] == before


def test_merges_that_are_refused(cast, child, parent):
    ana = world.actor_of(cast.ana)
    with pytest.raises(Refused) as refused:
        actions.merge(child, child, by=ana, now=NOW)
    assert refused.value.field == "into"
    actions.trash(parent, by=ana, now=NOW)
    for one, other in ((child, parent), (parent, child)):
        with pytest.raises(Refused):
            actions.merge(one, other, by=ana, now=NOW)
    actions.restore(parent, by=ana, now=NOW)
    actions.merge(child, parent, by=ana, now=NOW)
    for one, other in ((child, parent), (parent, child), (child, world.make_ticket(now=NOW))):
        with pytest.raises(Refused):
            actions.merge(one, other, by=ana, now=NOW)


def test_the_right_is_needed_on_both(cast, child, parent):
    viewer = world.actor_of(world.make_agent(role="View only"))
    for actor in (viewer, world.actor_of(cast.priya), world.guest_actor(child)):
        with pytest.raises(Forbidden):
            actions.merge(child, parent, by=actor, now=NOW)
    assert child.merged_into_id is None
    event = actions.merge(child, parent, by=world.actor_of(cast.rita), now=NOW)
    with pytest.raises(Forbidden):
        actions.undo(child, event.id, by=viewer, now=NOW)


def test_the_childs_department_still_sees_it(cast):
    ana = world.actor_of(cast.omar)
    child = world.make_ticket(department=cast.operations, now=NOW)
    parent = world.make_ticket(now=NOW)
    seen = visible_to(world.actor_of(cast.jonas), select(Event.id).join_from(Event, type(parent)))
    seen = seen.where(Event.ticket_id == parent.id)
    assert db.session.execute(seen).first() is None
    event = actions.merge(child, parent, by=ana, now=at(1))
    assert db.session.execute(seen).first() is not None
    actions.undo(child, event.id, by=ana, now=at(2))
    assert db.session.execute(seen).first() is None


def test_a_merged_ticket_takes_no_changes(cast, child, parent):
    ana = world.actor_of(cast.ana)
    actions.merge(child, parent, by=ana, now=NOW)
    for change in (
        lambda: actions.promise(child, "update", at(5), by=ana, now=NOW),
        lambda: actions.add_collaborator(child, cast.maya.id, by=ana, now=NOW),
        lambda: actions.refer(child, f"team:{cast.team.id}", by=ana, now=NOW),
        lambda: actions.change_customer(child, cast.maya.id, by=ana, now=NOW),
        lambda: actions.link_tickets(child, parent, "related", by=ana, now=NOW),
        lambda: actions.trash(child, by=ana, now=NOW),
        lambda: actions.change_priority(child, "high", by=ana, now=NOW),
    ):
        with pytest.raises(Refused):
            change()


STEPS = ("reply", "note", "message", "promise", "resolve", "assign", "collaborator", "waiting", "wait a minute")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(STEPS), st.booleans(), st.integers(5, 500)), max_size=12))
def test_merging_there_and_back_changes_nothing(sqlite_app, steps):
    agent, customer, other = world.make_agent(), world.make_customer(), world.make_customer()
    ana, moment = world.actor_of(agent), NOW
    child, parent = (world.make_ticket(customer=one, now=NOW) for one in (customer, other))
    for step, on_child, minutes in steps:
        ticket, person = (child, customer) if on_child else (parent, other)
        moment += timedelta(minutes=1)
        _do(step, ticket, person, customer, ana, moment, minutes)
    before = snapshot(child), snapshot(parent)
    event = actions.merge(child, parent, by=ana, now=moment)
    assert (snapshot(child), snapshot(parent)) != before
    actions.undo(child, event.id, by=ana, now=moment + timedelta(minutes=1))
    assert (snapshot(child), snapshot(parent)) == before


def _do(step, ticket, person, third, ana, moment, minutes) -> None:
    try:
        if step == "reply":
            actions.reply(ticket, "We are on it.", by=ana, now=moment)
        elif step == "note":
            actions.add_note(ticket, "Looks like the update.", by=ana, now=moment)
        elif step == "message":
            actions.post_message(ticket, "Still down.", by=world.actor_of(person), now=moment)
        elif step == "promise":
            kind = ("update", "fix", "callback")[minutes % 3]
            actions.promise(ticket, kind, moment + timedelta(minutes=minutes), reason="Later", by=ana, now=moment)
        elif step == "resolve":
            actions.resolve(ticket, "Restored.", by=ana, now=moment)
        elif step == "assign":
            actions.assign(ticket, "me", by=ana, now=moment)
        elif step == "collaborator":
            actions.add_collaborator(ticket, third.id, by=ana, now=moment)
        elif step == "waiting":
            actions.change_status(ticket, "waiting-on-customer", by=ana, now=moment)
    except Refused:
        pass

"""Statuses, solving, confirming, closing, reopening."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from portal.core.database import db, transaction
from portal.core.desk_settings import touch_desk
from portal.core.errors import Conflict, Forbidden, NotFound, Refused
from portal.tickets import actions
from portal.tickets.models import Entry, Event, Status
from portal.tickets.statuses import ticket_lists
from tests import world

NOW = datetime(2026, 3, 12, 8, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


@pytest.fixture
def cast(app):
    return world.cast()


@pytest.fixture
def ana(cast):
    return world.actor_of(cast.ana)


@pytest.fixture
def priya(cast):
    return world.actor_of(cast.priya)


@pytest.fixture
def ticket(cast):
    return world.make_ticket(customer=cast.priya, now=NOW)


def status_of(ticket) -> str:
    return ticket_lists().statuses[ticket.status_id].slug


def test_a_status_and_its_shelf(ticket, ana):
    event = actions.change_status(ticket, "waiting-on-third-party", by=ana, now=NOW)
    assert (event.old, event.new, ticket.shelf, ticket.is_active) == ("new", "waiting-on-third-party", "waiting", True)
    assert actions.change_status(ticket, "waiting-on-third-party", by=ana, now=NOW) is None
    actions.change_status(ticket, "in-progress", by=ana, now=at(1))
    assert (ticket.stage, ticket.assigned_at, ticket.working_at) == (3, at(1), at(1))
    actions.change_status(ticket, "open", by=ana, now=at(2))
    assert ticket.stage == 3


def test_statuses_that_are_refused(ticket, ana):
    actions.change_status(ticket, "open", by=ana, now=NOW)
    with pytest.raises(Refused) as refused:
        actions.change_status(ticket, "new", by=ana, now=NOW)
    assert refused.value.field == "status"
    with pytest.raises(NotFound):
        actions.change_status(ticket, "gone", by=ana, now=NOW)
    with transaction():
        db.session.execute(select(Status).where(Status.slug == "in-progress")).scalar_one().is_active = False
        touch_desk()
    with pytest.raises(Refused):
        actions.change_status(ticket, "in-progress", by=ana, now=NOW)
    with pytest.raises(Refused):
        actions.resolve(ticket, "x", status="open", by=ana, now=NOW)


def test_stale_is_a_conflict_only_for_the_same_field(ticket, ana):
    seen = ticket.version
    actions.change_priority(ticket, "urgent", by=ana, now=NOW)
    assert actions.change_status(ticket, "open", by=ana, now=NOW, seen=seen).kind == "status.changed"
    with pytest.raises(Conflict) as conflict:
        actions.change_status(ticket, "in-progress", by=ana, now=NOW, seen=seen)
    assert (conflict.value.message, conflict.value.field) == ("Ana Moreno changed this meanwhile.", "status")
    again = conflict.value.current_version
    assert actions.change_status(ticket, "in-progress", by=ana, now=NOW, seen=again).new == "in-progress"


def test_solving_keeps_words_and_stamps(ticket, ana):
    event = actions.resolve(ticket, "Restored.", cause="A broken update.", by=ana, now=at(9))
    assert (event.kind, event.is_public, ticket.resolution, ticket.cause) == (
        "ticket.resolved", True, "Restored.", "A broken update.",
    )  # fmt: skip
    assert (ticket.stage, ticket.solved_at, ticket.ended_at, ticket.closed_at) == (4, at(9), at(9), None)
    assert (ticket.assigned_at, ticket.working_at, ticket.is_active) == (at(9), at(9), False)
    assert actions.resolve(ticket, "Restored.", cause="A broken update.", by=ana, now=at(10)) is None
    assert "A broken update." not in str(event.data)


@pytest.mark.parametrize(("rule", "field"), [("resolution_rule", "resolution"), ("cause_rule", "cause")])
def test_solving_asks_for_what_the_topic_requires(ana, rule, field):
    ticket = world.make_ticket(topic=world.make_topic(**{rule: "required"}), now=NOW)
    for solve in (
        lambda: actions.resolve(ticket, " ", cause="", by=ana, now=NOW),
        lambda: actions.change_status(ticket, "closed", by=ana, now=NOW),
    ):
        with pytest.raises(Refused) as refused:
            solve()
        assert refused.value.field == field
    assert actions.resolve(ticket, "Restored.", cause="A broken update.", by=ana, now=NOW)


def test_leaving_the_end_is_reopening(ticket, ana):
    actions.resolve(ticket, "Restored.", by=ana, now=NOW)
    event = actions.change_status(ticket, "in-progress", by=ana, now=at(5))
    assert (event.kind, ticket.reopened_count, ticket.solved_at, ticket.is_active) == ("ticket.reopened", 1, None, True)


def test_rights(cast, ticket):
    viewer, limited = world.actor_of(world.make_agent(role="View only")), world.actor_of(cast.rita)
    closer = world.make_role("Closer", ["ticket.close"])
    only_close = world.actor_of(world.make_agent(role=closer.name))
    for actor in (viewer, only_close, world.actor_of(cast.priya)):
        with pytest.raises(Forbidden):
            actions.change_status(ticket, "open", by=actor, now=NOW)
    assert actions.change_status(ticket, "open", by=limited, now=NOW)
    for actor in (viewer, limited, world.actor_of(cast.priya)):
        with pytest.raises(Forbidden):
            actions.resolve(ticket, "Restored.", by=actor, now=NOW)
    assert actions.resolve(ticket, "Restored.", by=only_close, now=NOW)
    for actor in (limited, only_close):
        with pytest.raises(Forbidden):
            actions.change_status(ticket, "open", by=actor, now=NOW)


def test_it_works_closes_at_once(ticket, ana, priya):
    actions.resolve(ticket, "Restored.", by=ana, now=NOW)
    event = actions.confirm(ticket, True, message="Thank you.", by=priya, now=at(1))
    assert (event.kind, event.data["confirmed"], status_of(ticket), ticket.closed_at) == (
        "ticket.closed", True, "closed", at(1),
    )  # fmt: skip
    assert actions.confirm(ticket, True, by=priya, now=at(2)) is None
    bodies = db.session.execute(select(Entry.body).where(Entry.kind == "message").order_by(Entry.id)).scalars().all()
    assert bodies == ["I see error 503.", "Thank you."]


def test_it_works_on_an_open_ticket_is_a_setting(ticket, priya):
    world.set_setting("tickets.customer_may_close", False)
    with pytest.raises(Refused):
        actions.confirm(ticket, True, by=priya, now=NOW)
    world.set_setting("tickets.customer_may_close", True)
    assert actions.confirm(ticket, True, by=priya, now=NOW).kind == "ticket.closed"


def test_it_works_is_a_message_while_a_child_is_open(ticket, ana, priya):
    actions.link_tickets(ticket, world.make_ticket(now=NOW), "child", by=ana, now=NOW)
    entry = actions.confirm(ticket, True, by=priya, now=NOW)
    assert (entry.kind, entry.body, ticket.is_active) == ("message", "It works.", True)


def test_it_does_not_reopens(ticket, ana, priya):
    actions.resolve(ticket, "Restored.", by=ana, now=NOW)
    assert actions.confirm(ticket, False, by=priya, now=at(1)).kind == "ticket.reopened"
    actions.resolve(ticket, "Restored again.", by=ana, now=at(2))
    entry = actions.confirm(ticket, False, message="Still 503.", by=priya, now=at(3))
    assert (entry.body, status_of(ticket), ticket.reopened_count) == ("Still 503.", "open", 2)
    with pytest.raises(Forbidden):
        actions.confirm(ticket, True, by=ana, now=at(4))


def test_nobody_answers_and_it_closes_by_itself(cast, ticket, ana, priya):
    woken = world.make_ticket(customer=cast.priya, now=NOW)
    for one in (ticket, woken):
        actions.resolve(one, "Restored.", by=ana, now=NOW)
    actions.post_message(woken, "Still 503.", by=priya, now=at(1))
    assert actions.close_resolved(NOW + timedelta(days=5) - timedelta(seconds=1)) == 0
    assert actions.close_resolved(NOW + timedelta(days=5)) == 1
    assert actions.close_resolved(NOW + timedelta(days=6)) == 0
    db.session.refresh(ticket)
    event = db.session.execute(select(Event).where(Event.kind == "ticket.closed")).scalar_one()
    assert (status_of(ticket), status_of(woken), event.actor_kind) == ("closed", "open", "system")


def test_an_end_undone_gives_everything_back(ticket, ana):
    actions.resolve(ticket, "First.", by=ana, now=NOW)
    reopened = actions.change_status(ticket, "open", by=ana, now=at(1))
    event = actions.resolve(ticket, "Second.", cause="Other.", by=ana, now=at(2))
    actions.undo(ticket, event.id, by=ana, now=at(3))
    assert (ticket.resolution, ticket.cause, ticket.reopened_count, ticket.is_reopened) == ("First.", "", 1, True)
    actions.undo(ticket, reopened.id, by=ana, now=at(4))
    assert (status_of(ticket), ticket.reopened_count, ticket.ended_at, ticket.stage) == ("resolved", 0, NOW, 4)


def test_a_reopened_ticket_does_not_come_back_to_an_agent_who_is_switched_off(cast, ticket, ana, priya):
    actions.assign(ticket, str(cast.ana.id), by=ana, now=at(1))
    actions.resolve(ticket, "Done.", by=ana, now=at(2))
    with transaction():
        cast.ana.is_active = False
        db.session.add(cast.ana)
        touch_desk()
    actions.confirm(ticket, False, by=priya, now=at(3))
    assert (ticket.state, ticket.assignee_id, ticket.stage) == ("open", None, 2)

"""Owner, department, priority, due time, topic, subject: one field each, and taking a change back."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from portal.core.clock import FAR_FUTURE
from portal.core.database import db, transaction
from portal.core.desk_settings import touch_desk
from portal.core.errors import Conflict, DeskError, Forbidden, NotFound, Refused
from portal.people.models import Agent
from portal.tickets import actions
from portal.tickets.models import Entry, TicketText
from portal.tickets.statuses import ticket_lists
from tests import world

NOW = datetime(2026, 3, 12, 8, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=2)


@pytest.fixture
def cast(app):
    return world.cast()


@pytest.fixture
def ana(cast):
    return world.actor_of(cast.ana)


@pytest.fixture
def ticket(cast):
    return world.make_ticket(customer=cast.priya, now=NOW)


def status_of(ticket) -> str:
    return ticket_lists().statuses[ticket.status_id].slug


def test_taking_giving_and_releasing(cast, ticket, ana):
    event = actions.assign(ticket, "me", by=ana, now=NOW)
    assert (event.old, event.new) == ({"agent": None, "team": None}, {"agent": cast.ana.id, "team": None})
    assert (status_of(ticket), ticket.stage, ticket.assigned_at) == ("open", 2, NOW)
    assert actions.assign(ticket, str(cast.ana.id), by=ana, now=NOW) is None
    assert actions.assign(ticket, str(cast.jonas.id), by=ana, now=NOW).new["agent"] == cast.jonas.id
    assert actions.assign(ticket, "", by=ana, now=NOW).kind == "ticket.released"
    assert (ticket.assignee_id, ticket.stage) == (None, 2)
    assert actions.assign(ticket, "", by=ana, now=NOW) is None


def test_a_team_alone_leaves_it_new_and_stays_when_somebody_takes_it(cast, ticket, ana):
    actions.assign(ticket, f"team:{cast.team.id}", by=ana, now=NOW)
    assert (ticket.team_id, ticket.assignee_id, status_of(ticket), ticket.stage) == (cast.team.id, None, "new", 2)
    actions.assign(ticket, "me", by=ana, now=NOW)
    assert (ticket.team_id, ticket.assignee_id, status_of(ticket)) == (cast.team.id, cast.ana.id, "open")


@pytest.mark.parametrize("assignee", ["999", "team:999", "team:", "-1", "ana", "1.5", "²", "9" * 30])
def test_nobody_of_that_name(ticket, ana, assignee):
    with pytest.raises(Refused) as refused:
        actions.assign(ticket, assignee, by=ana, now=NOW)
    assert (refused.value.field, ticket.assignee_id) == ("assignee", None)


def test_nobody_gets_work_who_is_switched_off(cast, ticket, ana):
    with transaction():
        db.session.get(Agent, cast.jonas.id).is_active = False
        touch_desk()
    with pytest.raises(Refused):
        actions.assign(ticket, str(cast.jonas.id), by=ana, now=NOW)


def test_a_transfer_drops_who_has_no_access_there(cast, ticket, ana):
    actions.assign(ticket, "me", by=ana, now=NOW)
    event = actions.transfer(ticket, cast.operations.id, comment="Please look.", by=ana, now=NOW)
    assert (ticket.department_id, ticket.assignee_id, event.data["dropped"]) == (
        cast.operations.id, None, cast.ana.id,
    )  # fmt: skip
    note = db.session.execute(select(Entry).where(Entry.kind == "note")).scalar_one()
    assert note.body == "Please look."
    assert actions.transfer(ticket, cast.operations.id, by=world.actor_of(cast.jonas), now=NOW) is None
    actions.undo(ticket, event.id, by=world.actor_of(cast.jonas), now=NOW)
    assert (ticket.department_id, ticket.assignee_id) == (cast.support.id, cast.ana.id)


def test_a_transfer_keeps_who_has_access(cast, ticket):
    both = world.make_agent("Noor", also_in=(cast.operations,))
    actions.assign(ticket, str(both.id), by=world.actor_of(cast.ana), now=NOW)
    actions.transfer(ticket, cast.operations.id, by=world.actor_of(cast.ana), now=NOW)
    assert ticket.assignee_id == both.id
    with pytest.raises(Refused) as refused:
        actions.transfer(ticket, 999, by=world.actor_of(both), now=NOW)
    assert refused.value.field == "department"


def test_priority_due_topic_subject(cast, ticket, ana):
    topic = world.make_topic("Cards", department=cast.operations)
    assert actions.change_priority(ticket, "urgent", by=ana, now=NOW).old == "normal"
    assert (ticket.priority_rank, actions.change_priority(ticket, "urgent", by=ana, now=NOW)) == (4, None)
    assert actions.change_due(ticket, LATER, by=ana, now=NOW).new == LATER.isoformat()
    assert (ticket.due_sort, actions.change_due(ticket, LATER, by=ana, now=NOW)) == (LATER, None)
    assert actions.change_topic(ticket, topic.id, by=ana, now=NOW).new == topic.id
    assert (ticket.department_id, actions.change_topic(ticket, topic.id, by=ana, now=NOW)) == (cast.support.id, None)
    assert actions.change_subject(ticket, " Kaleidoscope\x00 ", by=ana, now=NOW).new == "Kaleidoscope"
    assert actions.change_subject(ticket, "Kaleidoscope", by=ana, now=NOW) is None
    assert "kaleidoscope" in db.session.get(TicketText, ticket.id).public
    actions.change_due(ticket, None, by=ana, now=NOW)
    assert (ticket.due_at, ticket.due_sort) == (None, FAR_FUTURE)


def test_the_due_time_and_the_promise_sort_together(ticket, ana):
    actions.change_due(ticket, LATER, by=ana, now=NOW)
    actions.promise(ticket, "update", NOW + timedelta(hours=1), by=ana, now=NOW)
    assert ticket.due_sort == NOW + timedelta(hours=1)
    actions.promise(ticket, "update", None, reason="Solved by phone", by=ana, now=NOW)
    assert ticket.due_sort == LATER


@pytest.mark.parametrize(
    ("change", "error", "field"),
    [
        (lambda t, a: actions.change_priority(t, "mega", by=a, now=NOW), NotFound, "priority"),
        (lambda t, a: actions.change_due(t, NOW, by=a, now=NOW), Refused, "due_at"),
        (lambda t, a: actions.change_topic(t, 999, by=a, now=NOW), Refused, "topic"),
        (lambda t, a: actions.change_subject(t, "\u200b", by=a, now=NOW), Refused, "subject"),
        (lambda t, a: actions.change_subject(t, "x" * 1_001, by=a, now=NOW), Refused, "subject"),
    ],
)
def test_values_that_are_refused(ticket, ana, change, error, field):
    version = ticket.version
    with pytest.raises(error) as refused:
        change(ticket, ana)
    assert (refused.value.field, ticket.version) == (field, version)


CHANGES = {
    "assignee": lambda t, a, **seen: actions.assign(t, "me", by=a, now=NOW, **seen),
    "department": lambda t, a, **seen: actions.transfer(t, world.make_department().id, by=a, now=NOW, **seen),
    "priority": lambda t, a, **seen: actions.change_priority(t, "high", by=a, now=NOW, **seen),
    "due": lambda t, a, **seen: actions.change_due(t, LATER, by=a, now=NOW, **seen),
    "topic": lambda t, a, **seen: actions.change_topic(t, world.make_topic().id, by=a, now=NOW, **seen),
    "subject": lambda t, a, **seen: actions.change_subject(t, "Other", by=a, now=NOW, **seen),
    "status": lambda t, a, **seen: actions.change_status(t, "in-progress", by=a, now=NOW, **seen),
    "customer": lambda t, a, **seen: actions.change_customer(t, world.make_customer().id, by=a, now=NOW, **seen),
}


@pytest.mark.parametrize("field", sorted(CHANGES))
def test_who_holds_no_right_changes_nothing(ticket, cast, field):
    for actor in (world.actor_of(world.make_agent(role="View only")), world.actor_of(cast.priya)):
        version = ticket.version
        with pytest.raises(Forbidden):
            CHANGES[field](ticket, actor)
        assert ticket.version == version


@pytest.mark.parametrize("field", sorted(CHANGES))
def test_a_change_is_stale_after_another_of_its_field_alone(cast, ticket, field):
    omar, seen = world.actor_of(cast.omar), ticket.version
    for other in CHANGES:
        if other != field:
            CHANGES[other](ticket, omar)
    event = CHANGES[field](ticket, omar, seen=seen)
    assert event.field == field
    before = ticket.version
    with pytest.raises(Conflict):
        _other_value(field, ticket, omar, cast, seen)
    db.session.refresh(ticket)
    assert ticket.version == before
    assert _other_value(field, ticket, omar, cast, before).version == before + 1


def _other_value(field, ticket, actor, cast, seen):
    return {
        "assignee": lambda: actions.assign(ticket, str(cast.jonas.id), by=actor, now=NOW, seen=seen),
        "department": lambda: actions.transfer(ticket, cast.operations.id, by=actor, now=NOW, seen=seen),
        "priority": lambda: actions.change_priority(ticket, "low", by=actor, now=NOW, seen=seen),
        "due": lambda: actions.change_due(ticket, None, by=actor, now=NOW, seen=seen),
        "topic": lambda: actions.change_topic(ticket, None, by=actor, now=NOW, seen=seen),
        "subject": lambda: actions.change_subject(ticket, "Third", by=actor, now=NOW, seen=seen),
        "status": lambda: actions.change_status(ticket, "open", by=actor, now=NOW, seen=seen),
        "customer": lambda: actions.change_customer(ticket, cast.tomas.id, by=actor, now=NOW, seen=seen),
    }[field]()


def test_undo_is_for_the_value_the_event_set(cast, ticket, ana):
    first = actions.change_priority(ticket, "high", by=ana, now=NOW)
    second = actions.change_priority(ticket, "urgent", by=ana, now=NOW)
    with pytest.raises(Refused):
        actions.undo(ticket, first.id, by=ana, now=NOW)
    undone = actions.undo(ticket, second.id, by=ana, now=NOW)
    assert (undone.kind, undone.old, undone.new, undone.undoes_id) == ("priority.changed", "urgent", "high", second.id)
    with pytest.raises(Refused):
        actions.undo(ticket, second.id, by=ana, now=NOW)
    actions.undo(ticket, undone.id, by=ana, now=NOW)
    assert ticket_lists().priorities[ticket.priority_id].slug == "urgent"


def test_an_event_is_taken_back_once_even_when_its_value_comes_again(ticket, ana):
    event = actions.change_priority(ticket, "high", by=ana, now=NOW)
    actions.undo(ticket, event.id, by=ana, now=NOW)
    actions.change_priority(ticket, "high", by=ana, now=NOW)
    with pytest.raises(Refused):
        actions.undo(ticket, event.id, by=ana, now=NOW)
    assert ticket_lists().priorities[ticket.priority_id].slug == "high"


def test_undo_needs_the_right_of_the_change(cast, ticket, ana):
    event = actions.change_priority(ticket, "high", by=ana, now=NOW)
    for actor in (world.actor_of(cast.rita), world.actor_of(cast.priya)):
        with pytest.raises(Forbidden):
            actions.undo(ticket, event.id, by=actor, now=NOW)


def test_undo_of_what_is_not_this_tickets_or_cannot_be(cast, ticket, ana):
    other = world.make_ticket(now=NOW)
    event = actions.change_priority(other, "high", by=ana, now=NOW)
    with pytest.raises(NotFound):
        actions.undo(ticket, event.id, by=ana, now=NOW)
    with pytest.raises(NotFound):
        actions.undo(ticket, 999_999, by=ana, now=NOW)
    with pytest.raises(Refused):
        actions.undo(other, event.id - 1, by=ana, now=NOW)
    actions.trash(other, by=ana, now=NOW)
    with pytest.raises(DeskError):
        actions.undo(other, event.id, by=ana, now=NOW)

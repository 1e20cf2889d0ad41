"""Opening tickets, by customers and on their behalf."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from portal.core.database import db
from portal.core.errors import Forbidden, NotFound, Refused
from portal.people.actor import NOBODY, Actor
from portal.tickets import actions
from portal.tickets.actions import NewTicket
from portal.tickets.models import Entry, Event, NumberTaken, Ticket
from portal.tickets.statuses import ticket_lists
from tests import world

NOW = datetime(2026, 3, 12, 8, 0, tzinfo=UTC)


@pytest.fixture
def cast(app):
    return world.cast()


def status_of(ticket) -> str:
    return ticket_lists().statuses[ticket.status_id].slug


def new(cast, **more) -> NewTicket:
    return NewTicket(**{"subject": "Down", "message": "It is down.", "customer_id": cast.priya.id, **more})


def entries(ticket) -> list[tuple[str, str, str]]:
    found = select(Entry.kind, Entry.author_kind, Entry.body).where(Entry.ticket_id == ticket.id).order_by(Entry.id)
    return [tuple(row) for row in db.session.execute(found)]


def count(model) -> int:
    return db.session.execute(select(func.count()).select_from(model)).scalar()


def test_a_customer_opens(cast):
    ticket = actions.open_ticket(new(cast), by=world.actor_of(cast.priya), now=NOW)
    assert ticket.number.isdigit()
    assert len(ticket.number) == 6
    assert (status_of(ticket), ticket.stage, ticket.shelf, ticket.is_answered) == ("new", 1, "open", False)
    assert (ticket.assignee_id, ticket.preview, ticket.last_message_at) == (None, "It is down.", NOW)
    assert entries(ticket) == [("message", "customer", "It is down.")]
    event = db.session.execute(select(Event)).scalar_one()
    assert (event.kind, event.is_public, event.version, ticket.version) == ("ticket.opened", True, 2, 2)


def test_the_topic_decides_department_priority_and_assignee(cast):
    topic = world.make_topic("Cards", department=cast.operations, priority="high", assignee=cast.jonas, team=cast.team)
    ticket = actions.open_ticket(new(cast, topic_id=topic.id), by=world.actor_of(cast.priya), now=NOW)
    assert (ticket.department_id, ticket.topic_id) == (cast.operations.id, topic.id)
    assert (ticket.assignee_id, ticket.team_id) == (cast.jonas.id, cast.team.id)
    assert ticket_lists().priorities[ticket.priority_id].slug == "high"
    assert (status_of(ticket), ticket.stage) == ("open", 2)


def test_an_agent_opens_with_everything_at_once(cast):
    ana = world.actor_of(cast.ana)
    ticket = actions.open_ticket(
        new(cast, channel="phone", assignee="me", priority="urgent", due_at=NOW + timedelta(hours=4),
            note="Looks like the update.", reply="We look at it.", status="in-progress"),
        by=ana, now=NOW,
    )  # fmt: skip
    assert entries(ticket) == [
        ("message", "customer", "It is down."), ("note", "agent", "Looks like the update."),
        ("reply", "agent", "We look at it."),
    ]  # fmt: skip
    assert (status_of(ticket), ticket.stage, ticket.is_answered, ticket.channel) == ("in-progress", 3, True, "phone")
    assert (ticket.assignee_id, ticket.due_at, ticket.due_sort) == (cast.ana.id, *[NOW + timedelta(hours=4)] * 2)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"subject": " \u200b "}, "subject"), ({"subject": "x" * 1_001}, "subject"), ({"message": "\x00"}, "message"),
        ({"message": "x" * 200_001}, "message"), ({"channel": "pigeon"}, "channel"), ({"topic_id": 999}, "topic"),
        ({"due_at": NOW}, "due_at"), ({"assignee": "999"}, "assignee"), ({"assignee": "team:x"}, "assignee"),
    ],
)  # fmt: skip
def test_what_is_refused_leaves_nothing_half_made(cast, more, field):
    with pytest.raises(Refused) as refused:
        actions.open_ticket(new(cast, **more), by=world.actor_of(cast.ana), now=NOW)
    assert refused.value.field == field
    assert count(Ticket) == count(Entry) == count(Event) == count(NumberTaken) == 0


def test_wrong_slugs_are_not_found(cast):
    for more in ({"priority": "mega"}, {"status": "gone"}):
        with pytest.raises(NotFound):
            actions.open_ticket(new(cast, **more), by=world.actor_of(cast.ana), now=NOW)
    assert count(Ticket) == 0


def test_who_may_not_open(cast):
    for actor in (world.actor_of(world.make_agent(role="View only")), NOBODY, Actor(kind="rule")):
        with pytest.raises(Forbidden):
            actions.open_ticket(new(cast), by=actor, now=NOW)
    internal = world.make_topic(is_public=False)
    with pytest.raises(Refused):
        actions.open_ticket(new(cast, topic_id=internal.id), by=world.actor_of(cast.priya), now=NOW)
    assert actions.open_ticket(new(cast, topic_id=internal.id), by=world.actor_of(cast.ana), now=NOW)


def test_texts_are_kept_without_control_signs(cast):
    ticket = actions.open_ticket(
        new(cast, subject="Down\x00 \r\n now 😡", message="a\x07b\r\nשלום"), by=world.actor_of(cast.priya), now=NOW
    )
    assert ticket.subject == "Down now 😡"
    assert entries(ticket)[0][2] == "ab\nשלום"


def test_numbers_are_never_given_twice(cast):
    numbers = {actions.open_ticket(new(cast), by=world.actor_of(cast.priya), now=NOW).number for _ in range(50)}
    assert len(numbers) == 50 == count(NumberTaken)

"""Events as sentences, for agents and for customers."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from portal.core.database import db
from portal.people.actor import Actor
from portal.tickets import actions
from portal.tickets.agent_wording import AGENT
from portal.tickets.customer_wording import CUSTOMER
from portal.tickets.models import Event
from portal.tickets.wording import agent_sentence, customer_sentence
from tests import world

NOW = datetime(2026, 3, 12, 8, 0, tzinfo=UTC)
VIEWER = Actor(kind="agent", name="Rita", time_zone="Europe/Berlin")


def at(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


@pytest.fixture
def cast(app):
    return world.cast()


@pytest.fixture
def ticket(cast):
    return world.make_ticket(customer=cast.priya, now=NOW)


def said(ticket) -> list[str]:
    found = select(Event).where(Event.ticket_id == ticket.id).order_by(Event.id)
    return [agent_sentence(event, VIEWER, now=NOW) for event in db.session.execute(found).scalars()]


def told(ticket) -> list[str]:
    found = db.session.execute(select(Event).where(Event.ticket_id == ticket.id).order_by(Event.id)).scalars()
    sentences = [customer_sentence(event, time_zone="Europe/Berlin", now=NOW) for event in found]
    return [sentence for sentence in sentences if sentence]


def test_fields(cast, ticket):
    ana, jonas = world.actor_of(cast.ana), world.actor_of(cast.jonas)
    actions.assign(ticket, "me", by=ana, now=NOW)
    actions.assign(ticket, str(cast.jonas.id), by=ana, now=NOW)
    actions.change_priority(ticket, "urgent", by=ana, now=NOW)
    actions.change_due(ticket, at(90), by=ana, now=NOW)
    actions.change_due(ticket, None, by=ana, now=NOW)
    actions.change_subject(ticket, "Banking", by=ana, now=NOW)
    actions.transfer(ticket, cast.operations.id, by=ana, now=NOW)
    event = actions.change_status(ticket, "in-progress", by=jonas, now=NOW)
    actions.undo(ticket, event.id, by=jonas, now=NOW)
    assert said(ticket)[1:] == [
        "Ana Moreno took the ticket",
        "Ana Moreno gave the ticket from Ana Moreno to Jonas Weber",
        "Priority Normal → Urgent by Ana Moreno",
        "Due time set to 10:30 today by Ana Moreno",
        "Due time 10:30 today removed by Ana Moreno",
        "Subject “Online banking is down” → “Banking” by Ana Moreno",
        "Department Support → Operations by Ana Moreno",
        "Status Open → In progress by Jonas Weber",
        "Undo: Status In progress → Open by Jonas Weber",
    ]
    assert told(ticket) == ["We received this.", "Ana is looking after this.", "Jonas is looking after this."]


def test_promises(cast, ticket):
    ana = world.actor_of(cast.ana)
    actions.promise(ticket, "update", at(30), by=ana, now=NOW)
    actions.promise(ticket, "update", at(60), reason="The backup is large.", by=ana, now=NOW)
    actions.promise(ticket, "fix", at(90), confidence="not_before", by=ana, now=NOW)
    actions.promise(ticket, "fix", None, reason="We cannot say yet", by=ana, now=NOW)
    actions.miss_promises(at(61))
    assert said(ticket)[1:] == [
        "Ana Moreno promised the next update by 09:30 today",
        "Ana Moreno moved the next update from 09:30 today to 10:00 today: The backup is large.",
        "Ana Moreno promised a solution by 10:30 today",
        "Ana Moreno withdrew the promise of a solution by 10:30 today: We cannot say yet",
        "Promise missed: the next update by 10:00 today",
    ]
    assert told(ticket)[1:] == [
        "We write again by 09:30 today.",
        "We promised news by 09:30 today; it is now 10:00 today: The backup is large.",
        "It will not be solved before 10:30 today.",
        "We can no longer promise a solution by 10:30 today: We cannot say yet.",
        "We promised news by 10:00 today and are late.",
    ]


def test_promises_taken_back(cast, ticket):
    ana = world.actor_of(cast.ana)
    made = actions.promise(ticket, "update", at(30), by=ana, now=NOW)
    solved = actions.resolve(ticket, "Restored.", by=ana, now=NOW)
    actions.undo(ticket, solved.id, by=ana, now=NOW)
    actions.undo(ticket, made.id, by=ana, now=NOW)
    assert said(ticket)[2:] == [
        "Promise kept: the next update by 09:30 today",
        "Ana Moreno resolved the ticket",
        "Undo: Status Resolved → New by Ana Moreno",
        "Open again: the promise of the next update by 09:30 today",
        "Undo: Ana Moreno withdrew the promise of the next update by 09:30 today",
    ]
    assert told(ticket)[1:] == [
        "We write again by 09:30 today.",
        "We think it is solved: Restored.",
        "Open again: it is not solved yet.",
    ]


def test_the_end_and_the_way_back(cast, ticket):
    ana, priya = world.actor_of(cast.ana), world.actor_of(cast.priya)
    actions.resolve(ticket, "Restored from the backup.", by=ana, now=NOW)
    actions.confirm(ticket, False, by=priya, now=NOW)
    actions.resolve(ticket, "Restored again", by=ana, now=NOW)
    actions.confirm(ticket, True, by=priya, now=NOW)
    actions.rate(ticket, 4, by=priya, now=NOW)
    assert said(ticket)[1:] == [
        "Ana Moreno resolved the ticket",
        "Priya Nair reopened the ticket",
        "Ana Moreno resolved the ticket",
        "Priya Nair said that it works: closed",
        "Priya Nair rated it 4 of 5",
    ]
    assert told(ticket)[1:] == [
        "We think it is solved: Restored from the backup.",
        "Open again.",
        "We think it is solved: Restored again.",
        "Closed: it works.",
    ]


def test_people_and_links(cast, ticket):
    ana = world.actor_of(cast.ana)
    other = world.make_ticket("App is down", now=NOW)
    actions.add_collaborator(ticket, cast.tomas.id, by=ana, now=NOW)
    actions.refer(ticket, f"team:{cast.team.id}", by=ana, now=NOW)
    actions.change_customer(ticket, cast.maya.id, by=ana, now=NOW)
    actions.link_tickets(ticket, other, "parent", by=ana, now=NOW)
    actions.merge(ticket, other, by=ana, now=NOW)
    assert said(ticket)[1:] == [
        "Ana Moreno added Tomas Novak as a collaborator",
        "Ana Moreno referred the ticket to team Restore",
        "Customer Priya Nair → Maya Cole by Ana Moreno",
        f"Ana Moreno made ticket {other.number} the parent of this one",
        f"Ana Moreno merged this ticket into ticket {other.number}",
    ]
    assert said(other)[-1] == f"Ana Moreno merged ticket {ticket.number} into this one"
    assert told(ticket)[1:] == [
        "Tomas Novak now follows this ticket.", f"This was joined with ticket {other.number}.",
    ]  # fmt: skip
    assert told(other) == ["We received this."]


def test_on_behalf_names_the_channel(cast):
    new = actions.NewTicket("Down", "It is down.", cast.priya.id, channel="phone")
    ticket = actions.open_ticket(new, by=world.actor_of(cast.ana), now=NOW)
    assert said(ticket)[0] == "Ana Moreno opened this ticket for the customer, who came by phone"
    assert told(ticket)[0] == "Ana opened this ticket for you."


class Row:
    """An event with nothing of use in it, as one from another version might be."""

    field = old = new = undoes_id = None
    data: dict = {}
    is_public, actor_kind, actor_name, happened_at = True, "system", "", NOW


@pytest.mark.parametrize("kind", sorted({*AGENT, *CUSTOMER, "kind.unknown"}))
@pytest.mark.parametrize("value", [None, 999, "gone", "%s {x}"])
def test_no_event_makes_it_fail(sqlite_app, kind, value):
    row = Row()
    row.kind, row.old = kind, value
    row.new = {"agent": 999, "team": None} if kind.startswith("ticket.a") else value
    row.old = {} if kind.startswith("ticket.a") else value
    assert agent_sentence(row, VIEWER, now=NOW)
    customer_sentence(row, VIEWER, now=NOW)


def test_what_is_internal_is_not_told(sqlite_app):
    row = Row()
    row.is_public = False
    for kind in CUSTOMER:
        row.kind = kind
        assert customer_sentence(row, VIEWER) is None

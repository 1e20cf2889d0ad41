"""Random actions undone in reverse order give the same ticket, after every single step back."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from portal.core.database import db
from portal.core.errors import Refused
from portal.people.desk import desk
from portal.tickets import actions
from portal.tickets.actions.undo import UNDO
from portal.tickets.models import Event, Referral, TicketLink
from portal.tickets.statuses import ticket_lists
from tests import world
from tests.tickets.snapshots import snapshot

NOW = datetime(2026, 3, 12, 8, 0, tzinfo=UTC)
STAMPED_ONCE = {"stage", "assigned_at", "working_at", "solved_at"}
"""A stop that was reached stays reached: undoing an assignment does not unreach it (product.md section 3)."""


class Desk:
    """A ticket, another one beside it, and everybody and everything an action may choose from."""

    def __init__(self) -> None:
        self.cast = world.cast()
        self.omar = world.actor_of(self.cast.omar)
        topics = [world.make_topic().id for _ in range(2)]
        self.choices: dict[str, list[Any]] = {
            "status": [card.slug for card in ticket_lists().statuses.values()],
            "priority": [card.slug for card in ticket_lists().priorities.values()],
            "assignee": ["", "me", f"team:{self.cast.team.id}", *(str(one) for one in desk().agents)],
            "topic": [None, *topics],
            "department": list(desk().departments),
            "person": [self.cast.priya.id, self.cast.maya.id, self.cast.tomas.id],
            "target": [f"team:{self.cast.team.id}", str(self.cast.jonas.id), f"department:{self.cast.operations.id}"],
            "link": ["related", "duplicate", "parent", "child"],
            "promise": ["update", "fix", "callback"],
        }

    def take_fresh_tickets(self) -> None:
        self.ticket = world.make_ticket(customer=self.cast.priya, now=NOW)
        self.other = world.make_ticket("App is down", customer=self.cast.tomas, now=NOW)

    def pick(self, name: str, number: int) -> Any:
        return self.choices[name][number % len(self.choices[name])]


Act = Callable[[Desk, int, datetime], Event | None]


def _act(name: str, choice: str) -> Act:
    """The action of that name with a value picked from that choice."""

    def act(on: Desk, number: int, now: datetime) -> Event | None:
        return getattr(actions, name)(on.ticket, on.pick(choice, number), by=on.omar, now=now)

    return act


def _due(on: Desk, number: int, now: datetime) -> Event | None:
    return actions.change_due(on.ticket, None if number % 4 == 0 else NOW + timedelta(days=number), by=on.omar, now=now)


def _subject(on: Desk, number: int, now: datetime) -> Event | None:
    return actions.change_subject(on.ticket, f"Online banking {number % 3}", by=on.omar, now=now)


def _resolve(on: Desk, number: int, now: datetime) -> Event | None:
    status = ("resolved", "closed")[number % 2]
    return actions.resolve(
        on.ticket, f"Restored {number % 3}.", cause=f"Update {number % 2}.", status=status, by=on.omar, now=now
    )


def _promise(on: Desk, number: int, now: datetime) -> Event | None:
    due = NOW + timedelta(days=1 + number % 5)
    kind = on.pick("promise", number)
    return actions.promise(on.ticket, kind, due, words=f"w{number % 2}", reason="Later", by=on.omar, now=now)


def _withdraw(on: Desk, number: int, now: datetime) -> Event | None:
    return actions.promise(on.ticket, on.pick("promise", number), None, reason="Not needed", by=on.omar, now=now)


def _called(on: Desk, _number: int, now: datetime) -> Event | None:
    return actions.mark_called(on.ticket, by=on.omar, now=now)


def _link(on: Desk, number: int, now: datetime) -> Event | None:
    return actions.link_tickets(on.ticket, on.other, on.pick("link", number), by=on.omar, now=now)


def _unlink(on: Desk, _number: int, now: datetime) -> Event | None:
    link_id = db.session.execute(select(TicketLink.id).where(TicketLink.from_id.in_([on.ticket.id, on.other.id])))
    return actions.unlink_tickets(on.ticket, link_id.scalar() or 0, by=on.omar, now=now)


def _unrefer(on: Desk, _number: int, now: datetime) -> Event | None:
    row_id = db.session.execute(select(Referral.id).where(Referral.ticket_id == on.ticket.id)).scalar()
    return actions.unrefer(on.ticket, row_id or 0, by=on.omar, now=now)


def _merge(on: Desk, _number: int, now: datetime) -> Event | None:
    return actions.merge(on.ticket, on.other, by=on.omar, now=now)


def _receive(on: Desk, _number: int, now: datetime) -> Event | None:
    actions.merge(on.other, on.ticket, by=on.omar, now=now)
    return db.session.execute(
        select(Event).where(Event.ticket_id == on.ticket.id).order_by(Event.version.desc()).limit(1)
    ).scalar_one()


def _trash(on: Desk, _number: int, now: datetime) -> Event | None:
    return actions.trash(on.ticket, by=on.omar, now=now)


def _restore(on: Desk, _number: int, now: datetime) -> Event | None:
    return actions.restore(on.ticket, by=on.omar, now=now)


ACTS: dict[str, Act] = {
    "status": _act("change_status", "status"),
    "resolve": _resolve,
    "assign": _act("assign", "assignee"),
    "priority": _act("change_priority", "priority"),
    "due": _due,
    "topic": _act("change_topic", "topic"),
    "subject": _subject,
    "transfer": _act("transfer", "department"),
    "promise": _promise,
    "withdraw": _withdraw,
    "called": _called,
    "add collaborator": _act("add_collaborator", "person"),
    "remove collaborator": _act("remove_collaborator", "person"),
    "refer": _act("refer", "target"),
    "unrefer": _unrefer,
    "customer": _act("change_customer", "person"),
    "link": _link,
    "unlink": _unlink,
    "merge": _merge,
    "receive": _receive,
    "trash": _trash,
    "restore": _restore,
}


def _facts(on: Desk) -> tuple[dict[str, Any], ...]:
    return tuple(_of_one(snapshot(ticket)) for ticket in (on.ticket, on.other))


def _of_one(values: dict[str, Any]) -> dict[str, Any]:
    """A ticket that goes back to the trash has its thirty days anew, so its time there is not compared."""
    values["deleted_at"] = values["deleted_at"] is not None
    return {name: value for name, value in values.items() if name not in STAMPED_ONCE}


def _run(on: Desk, steps: list[tuple[str, int]]) -> None:
    done: list[tuple[str, int, tuple[dict[str, Any], ...]]] = []
    moment = NOW
    for name, number in steps:
        moment += timedelta(minutes=1)
        before = _facts(on)
        try:
            event = ACTS[name](on, number, moment)
        except Refused:
            event = None
        if event is None:
            assert _facts(on) == before, f"{name} was refused and still changed something"
        else:
            done.append((name, event.id, before))
    for name, event_id, before in reversed(done):
        moment += timedelta(minutes=1)
        undone = actions.undo(on.ticket, event_id, by=on.omar, now=moment)
        assert undone.undoes_id == event_id, name
        assert _facts(on) == before, name


@pytest.fixture
def on(app):
    return Desk()


@pytest.mark.parametrize("name", sorted(ACTS))
def test_each_action_is_undone(on, name):
    for number in (0, 1, 5):
        on.take_fresh_tickets()
        first = [("promise", 2), ("promise", 0), ("add collaborator", 1), ("refer", 0), ("link", number)]
        last = [("trash", 0)] if name == "restore" else []
        _run(on, [*first, *last, (name, number)])
        _run(on, [("resolve", 0), ("topic", 1), (name, number + 1)])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(sorted(ACTS)), st.integers(0, 30)), min_size=2, max_size=12))
def test_random_actions_undone_in_reverse_give_the_same_ticket(one_desk, steps):
    one_desk.take_fresh_tickets()
    _run(one_desk, steps)


@pytest.fixture
def one_desk(sqlite_app):
    return Desk()


def test_every_kind_that_can_be_undone_is_among_the_actions(one_desk):
    on, moment = one_desk, NOW + timedelta(minutes=1)
    for names in (
        ("status", "resolve", "status", "assign", "priority", "due", "topic", "subject", "transfer", "trash"),
        ("trash", "restore"),
        ("promise", "promise", "called", "withdraw", "add collaborator", "remove collaborator", "refer", "unrefer"),
        ("customer", "link", "unlink", "receive"),
        ("merge",),
    ):
        on.take_fresh_tickets()
        for name in names:
            for number in range(8):
                with suppress(Refused):
                    ACTS[name](on, number, moment)
    seen = set(db.session.execute(select(Event.kind).distinct()).scalars())
    assert set(UNDO) <= seen

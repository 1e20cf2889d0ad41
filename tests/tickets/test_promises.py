"""Promises: made, moved, withdrawn, kept, missed, late, asked for."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from portal.core.clock import FAR_FUTURE
from portal.core.database import db
from portal.core.errors import Conflict, Forbidden, Refused, TooMany
from portal.tickets import actions
from portal.tickets.actions.news import late_promise
from portal.tickets.models import Event, Promise
from tests import world

NOW = datetime(2026, 3, 12, 8, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def rows(ticket) -> list[tuple[str, str]]:
    found = select(Promise.kind, Promise.state).where(Promise.ticket_id == ticket.id).order_by(Promise.id)
    return [tuple(row) for row in db.session.execute(found)]


def kinds(ticket) -> list[str]:
    found = select(Event.kind).where(Event.ticket_id == ticket.id, Event.kind.startswith("promise."))
    return list(db.session.execute(found.order_by(Event.id)).scalars())


@pytest.fixture
def ana(app):
    return world.actor_of(world.make_agent("Ana Moreno"))


@pytest.fixture
def ticket(app):
    return world.make_ticket(now=NOW)


def test_a_promise_is_public_and_sorts_the_ticket(ticket, ana):
    event = actions.promise(ticket, "update", at(30), words="After the bank's own check", by=ana, now=NOW)
    assert (event.kind, event.field, event.new, event.is_public) == (
        "promise.made", "promise.update", at(30).isoformat(), True,
    )  # fmt: skip
    assert ticket.promise_due_at == ticket.due_sort == at(30)


def test_the_same_promise_again_changes_nothing(ticket, ana):
    actions.promise(ticket, "fix", at(30), confidence="likely", by=ana, now=NOW)
    version = ticket.version
    assert actions.promise(ticket, "fix", at(30), confidence="likely", by=ana, now=at(1)) is None
    assert (ticket.version, rows(ticket)) == (version, [("fix", "open")])


def test_a_new_time_moves_it_with_a_reason(ticket, ana):
    actions.promise(ticket, "fix", at(60), by=ana, now=NOW)
    with pytest.raises(Refused) as refused:
        actions.promise(ticket, "fix", at(120), by=ana, now=at(1))
    assert refused.value.field == "reason"
    event = actions.promise(ticket, "fix", at(120), reason="The backup is large.", by=ana, now=at(1))
    assert (event.kind, event.old, event.new) == ("promise.moved", at(60).isoformat(), at(120).isoformat())
    assert event.data["reason"] == "The backup is large."
    old = db.session.execute(select(Promise).order_by(Promise.id).limit(1)).scalar_one()
    assert (old.state, old.reason, old.moved_to_id) == ("moved", "The backup is large.", event.data["promise"])
    assert ticket.promise_due_at == at(120)


def test_moved_after_it_was_due_is_missed_and_a_new_one(ticket, ana):
    actions.promise(ticket, "update", at(30), by=ana, now=NOW)
    event = actions.promise(ticket, "update", at(60), by=ana, now=at(31))
    assert event.kind == "promise.made"
    assert rows(ticket) == [("update", "missed"), ("update", "open")]
    assert kinds(ticket) == ["promise.made", "promise.missed", "promise.made"]
    assert late_promise(ticket.id, at(32)).state == "missed"


def test_withdrawing_needs_a_reason(ticket, ana):
    actions.promise(ticket, "callback", at(30), by=ana, now=NOW)
    with pytest.raises(Refused) as refused:
        actions.promise(ticket, "callback", None, by=ana, now=at(1))
    assert refused.value.field == "reason"
    event = actions.promise(ticket, "callback", None, reason="You asked for mail.", by=ana, now=at(1))
    assert (event.kind, rows(ticket)) == ("promise.withdrawn", [("callback", "withdrawn")])
    assert (ticket.promise_due_at, ticket.due_sort) == (None, FAR_FUTURE)
    assert actions.promise(ticket, "callback", None, reason="Again", by=ana, now=at(2)) is None


def test_withdrawn_after_it_was_due_is_missed(ticket, ana):
    actions.promise(ticket, "update", at(30), by=ana, now=NOW)
    assert actions.promise(ticket, "update", None, reason="Never mind", by=ana, now=at(31)).kind == "promise.missed"


@pytest.mark.parametrize(
    ("kind", "field"), [("update", "next_update_at"), ("fix", "solution_at"), ("callback", "callback_at")]
)
def test_a_time_that_has_passed_is_refused_at_its_field(sqlite_app, kind, field):
    ticket, ana = world.make_ticket(now=NOW), world.actor_of(world.make_agent())
    for due in (NOW, at(-1)):
        with pytest.raises(Refused) as refused:
            actions.promise(ticket, kind, due, by=ana, now=NOW)
        assert refused.value.field == field
    assert rows(ticket) == []


def test_wrong_words_are_refused(sqlite_app):
    ticket, ana = world.make_ticket(now=NOW), world.actor_of(world.make_agent())
    with pytest.raises(Refused):
        actions.promise(ticket, "lunch", at(5), by=ana, now=NOW)
    with pytest.raises(Refused) as refused:
        actions.promise(ticket, "fix", at(5), confidence="certain", by=ana, now=NOW)
    assert refused.value.field == "confidence"
    with pytest.raises(Refused) as refused:
        actions.promise(ticket, "fix", at(5), words="x" * 200_001, by=ana, now=NOW)
    assert refused.value.field == "words"


def test_who_may_not_reply_may_not_promise(sqlite_app):
    ticket = world.make_ticket(now=NOW)
    viewer = world.actor_of(world.make_agent(role="View only"))
    for actor in (viewer, world.guest_actor(ticket)):
        with pytest.raises(Forbidden):
            actions.promise(ticket, "update", at(5), by=actor, now=NOW)
    assert rows(ticket) == []


def test_a_stale_promise_is_a_conflict_and_another_field_is_not(ticket, ana):
    seen = ticket.version
    actions.promise(ticket, "update", at(30), by=ana, now=NOW)
    actions.promise(ticket, "fix", at(60), by=ana, now=NOW, seen=seen)
    with pytest.raises(Conflict):
        actions.promise(ticket, "update", at(40), reason="Later", by=ana, now=NOW, seen=seen)
    assert ticket.promise_due_at == at(30)


def test_a_reply_keeps_the_update_and_not_the_fix(ticket, ana):
    actions.promise(ticket, "update", at(30), by=ana, now=NOW)
    actions.promise(ticket, "fix", at(60), by=ana, now=NOW)
    actions.reply(ticket, "We found it.", by=ana, now=at(30))
    assert rows(ticket) == [("update", "kept"), ("fix", "open")]
    assert ticket.promise_due_at == at(60)


def test_a_note_keeps_nothing(ticket, ana):
    actions.promise(ticket, "update", at(30), by=ana, now=NOW)
    actions.add_note(ticket, "Nothing new.", by=ana, now=at(10))
    assert rows(ticket) == [("update", "open")]


def test_a_reply_may_move_the_fix_without_a_reason(ticket, ana):
    actions.promise(ticket, "fix", at(60), by=ana, now=NOW)
    actions.reply(ticket, "It takes longer.", solution_at=at(90), next_update_at=at(45), by=ana, now=at(10))
    assert rows(ticket) == [("fix", "moved"), ("update", "open"), ("fix", "open")]


def test_resolving_in_time_keeps_both_and_its_undo_opens_them(ticket, ana):
    actions.promise(ticket, "update", at(30), by=ana, now=NOW)
    actions.promise(ticket, "fix", at(60), by=ana, now=NOW)
    event = actions.resolve(ticket, "Restored.", by=ana, now=at(20))
    assert rows(ticket) == [("update", "kept"), ("fix", "kept")]
    assert ticket.promise_due_at is None
    actions.undo(ticket, event.id, by=ana, now=at(21))
    assert rows(ticket) == [("update", "open"), ("fix", "open")]
    assert ticket.promise_due_at == at(30)


def test_resolving_late_is_missed(ticket, ana):
    actions.promise(ticket, "fix", at(30), by=ana, now=NOW)
    actions.resolve(ticket, "Restored.", by=ana, now=at(31))
    assert rows(ticket) == [("fix", "missed")]
    assert late_promise(ticket.id, at(32)) is None


def test_the_worker_misses_what_is_past_and_the_ticket_stays_late_until_news(ticket, ana):
    actions.promise(ticket, "update", at(30), by=ana, now=NOW)
    assert actions.miss_promises(at(30)) == 0
    assert actions.miss_promises(at(31)) == 1
    assert actions.miss_promises(at(32)) == 0
    db.session.refresh(ticket)
    assert rows(ticket) == [("update", "missed")]
    assert ticket.promise_due_at == ticket.due_sort == at(30)
    assert late_promise(ticket.id, at(33)) is not None
    actions.reply(ticket, "Here is the news.", by=ana, now=at(40))
    assert rows(ticket) == [("update", "missed")]
    assert (ticket.promise_due_at, late_promise(ticket.id, at(41))) == (None, None)


def test_the_worker_leaves_trash_and_solved_tickets_alone(ticket, ana):
    actions.promise(ticket, "update", at(30), by=ana, now=NOW)
    actions.trash(ticket, by=ana, now=at(1))
    assert actions.miss_promises(at(31)) == 0
    actions.restore(ticket, by=ana, now=at(32))
    assert actions.miss_promises(at(33)) == 1


def test_a_call_is_kept_by_marking_it_and_late_afterwards(ticket, ana):
    actions.promise(ticket, "callback", at(30), by=ana, now=NOW)
    assert actions.mark_called(ticket, by=ana, now=at(30)).kind == "promise.kept"
    assert rows(ticket) == [("callback", "kept")]
    assert actions.mark_called(ticket, by=ana, now=at(31)) is None
    actions.promise(ticket, "callback", at(60), by=ana, now=at(32))
    event = actions.mark_called(ticket, by=ana, now=at(61))
    assert event.data["late"]
    assert rows(ticket) == [("callback", "kept"), ("callback", "missed")]
    assert ticket.promise_due_at is None


def test_marking_a_call_by_mistake_is_undone(ticket, ana):
    actions.promise(ticket, "callback", at(30), by=ana, now=NOW)
    event = actions.mark_called(ticket, by=ana, now=at(5))
    actions.undo(ticket, event.id, by=ana, now=at(6))
    assert (rows(ticket), ticket.promise_due_at) == ([("callback", "open")], at(30))


def test_undo_of_made_moved_and_withdrawn(ticket, ana):
    made = actions.promise(ticket, "update", at(30), by=ana, now=NOW)
    moved = actions.promise(ticket, "update", at(60), reason="More to read", by=ana, now=at(1))
    withdrawn = actions.promise(ticket, "update", None, reason="Solved by phone", by=ana, now=at(2))
    actions.undo(ticket, withdrawn.id, by=ana, now=at(3))
    assert ticket.promise_due_at == at(60)
    actions.undo(ticket, moved.id, by=ana, now=at(4))
    assert ticket.promise_due_at == at(30)
    undone = actions.undo(ticket, made.id, by=ana, now=at(5))
    assert (ticket.promise_due_at, undone.undoes_id, undone.is_public) == (None, made.id, False)
    with pytest.raises(Refused):
        actions.undo(ticket, made.id, by=ana, now=at(6))


def test_a_move_is_not_undone_to_a_time_that_has_passed(ticket, ana):
    actions.promise(ticket, "update", at(30), by=ana, now=NOW)
    moved = actions.promise(ticket, "update", at(60), reason="More to read", by=ana, now=at(1))
    with pytest.raises(Refused):
        actions.undo(ticket, moved.id, by=ana, now=at(31))
    assert ticket.promise_due_at == at(60)


def test_asking_for_news(ticket, ana):
    customer = world.guest_actor(ticket)
    actions.promise(ticket, "update", at(30), by=ana, now=NOW)
    with pytest.raises(Refused):
        actions.ask_for_news(ticket, by=customer, now=at(29))
    with pytest.raises(Forbidden):
        actions.ask_for_news(ticket, by=ana, now=at(31))
    assert actions.ask_for_news(ticket, by=customer, now=at(31)).kind == "news.asked"
    with pytest.raises(TooMany) as many:
        actions.ask_for_news(ticket, by=customer, now=at(61))
    assert many.value.retry_after == 30 * 60
    assert actions.ask_for_news(ticket, by=customer, now=at(91)).kind == "news.asked"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(due=st.integers(1, 100), reply_at=st.integers(0, 120), sweep_at=st.integers(0, 120))
def test_a_promise_is_kept_exactly_when_the_news_is_not_after_it(sqlite_app, due, reply_at, sweep_at):
    ticket, ana = world.make_ticket(now=NOW), world.actor_of(world.make_agent())
    actions.promise(ticket, "update", at(due), by=ana, now=at(0))
    steps = sorted([(sweep_at, "sweep"), (reply_at, "reply")])
    for moment, step in steps:
        if step == "sweep":
            actions.miss_promises(at(moment))
        else:
            actions.reply(ticket, "News.", by=ana, now=at(moment))
    assert rows(ticket) == [("update", "kept" if reply_at <= due else "missed")]
    assert late_promise(ticket.id, at(200)) is None
    assert ticket.promise_due_at is None

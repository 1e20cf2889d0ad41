"""Messages, replies and notes, and what each moves."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from portal.core.database import db
from portal.core.errors import Forbidden, Refused
from portal.tickets import actions
from portal.tickets.models import Entry, Event, Mention, Ticket, TicketText
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


def kinds(ticket) -> list[str]:
    found = select(Event.kind).where(Event.ticket_id == ticket.id).order_by(Event.id)
    return list(db.session.execute(found).scalars())


def test_a_reply_answers_takes_and_opens(ticket, ana, cast):
    entry = actions.reply(ticket, "We are **on** it.", by=ana, now=at(5))
    assert "<strong>on</strong>" in entry.body_html
    assert (ticket.is_answered, ticket.first_replied_at, ticket.last_reply_at) == (True, at(5), at(5))
    assert (ticket.assignee_id, status_of(ticket), ticket.stage) == (cast.ana.id, "open", 3)
    actions.reply(ticket, "Still on it.", by=ana, now=at(9))
    assert (ticket.first_replied_at, ticket.last_reply_at, ticket.preview) == (at(5), at(9), "Still on it.")
    assert kinds(ticket) == ["ticket.opened", "reply.sent", "ticket.assigned", "reply.sent"]


def test_claiming_on_reply_is_a_setting_and_takes_nobodys_ticket_away(ticket, ana, cast):
    world.set_setting("tickets.claim_on_reply", False)
    actions.reply(ticket, "We are on it.", by=ana, now=NOW)
    assert (ticket.assignee_id, status_of(ticket)) == (None, "open")
    world.set_setting("tickets.claim_on_reply", True)
    actions.assign(ticket, str(cast.rita.id), by=ana, now=NOW)
    actions.reply(ticket, "We are on it.", by=ana, now=NOW)
    assert ticket.assignee_id == cast.rita.id


def test_a_reply_with_a_status_is_one_change(ticket, ana):
    actions.reply(ticket, "Which browser?", status="waiting-on-customer", by=ana, now=NOW)
    assert (status_of(ticket), ticket.state) == ("waiting-on-customer", "waiting")


def test_a_reply_whose_status_or_promise_is_refused_is_not_sent(cast, ana):
    ticket = world.make_ticket(topic=world.make_topic(resolution_rule="required"), now=NOW)
    before = ticket.version
    for more in ({"status": "resolved"}, {"next_update_at": NOW}, {"status": "new"}):
        with pytest.raises(Refused):
            actions.reply(ticket, "We are on it.", by=ana, now=NOW, **more)
    db.session.refresh(ticket)
    assert (ticket.version, ticket.is_answered, kinds(ticket)) == (before, False, ["ticket.opened"])
    assert db.session.execute(select(Entry).where(Entry.kind == "reply")).first() is None


def test_a_message_clears_answered_and_wakes_a_waiting_ticket(ticket, ana, priya):
    actions.reply(ticket, "Which browser?", status="waiting-on-customer", by=ana, now=NOW)
    entry = actions.post_message(ticket, "Firefox <b>128</b>", by=priya, now=at(3))
    assert (ticket.is_answered, status_of(ticket), ticket.last_message_at) == (False, "open", at(3))
    assert "<b>" not in entry.body_html
    assert (ticket.preview, entry.thread_id) == ("Firefox <b>128</b>", ticket.id)


@pytest.mark.parametrize("status", ["resolved", "closed"])
@pytest.mark.parametrize("is_owned", [True, False])
def test_a_message_reopens_inside_the_window(cast, priya, status, is_owned):
    owner = cast.ana if is_owned else None
    ticket = world.make_ticket(customer=cast.priya, status=status, assignee=owner, now=NOW)
    actions.post_message(ticket, "It is back.", by=priya, now=NOW + timedelta(days=14))
    assert (status_of(ticket), ticket.is_reopened, ticket.reopened_count) == ("open", True, 1)
    assert (ticket.stage, ticket.solved_at) == (3 if is_owned else 2, None)
    assert kinds(ticket)[-2:] == ["message.posted", "ticket.reopened"]


def test_a_message_after_the_window_opens_a_new_ticket(cast, priya):
    old = world.make_ticket(customer=cast.priya, status="closed", now=NOW)
    entry = actions.post_message(old, "It is back.", by=priya, now=NOW + timedelta(days=14, seconds=1))
    fresh = db.session.get(Ticket, entry.ticket_id)
    assert (fresh.id != old.id, fresh.subject, fresh.customer_id) == (True, old.subject, cast.priya.id)
    assert (status_of(old), status_of(fresh), kinds(old)[-1]) == ("closed", "new", "link.added")


def test_a_note_is_internal_and_mentions(ticket, ana, cast):
    actions.add_note(ticket, "@jonas and @rita@desk.example: zebra", by=ana, now=NOW)
    assert {row.agent_id for row in db.session.execute(select(Mention)).scalars()} == {cast.jonas.id, cast.rita.id}
    assert (ticket.is_answered, ticket.preview, ticket.stage) == (False, "I see error 503.", 1)
    words = db.session.get(TicketText, ticket.id)
    assert ("zebra" in words.internal, "zebra" in words.public) == (True, False)
    note = db.session.execute(select(Event).where(Event.kind == "note.added")).scalar_one()
    assert note.is_public is False
    actions.add_note(ticket, "@jonas again", by=ana, now=at(1))
    again = select(Mention.mentioned_at).where(Mention.agent_id == cast.jonas.id)
    assert db.session.execute(again).scalar_one() == at(1)


def test_a_name_two_agents_share_mentions_nobody(ticket, ana):
    world.make_agent("Jonas 2")
    actions.add_note(ticket, "@Jonas look", by=ana, now=NOW)
    assert db.session.execute(select(Mention)).first() is None
    actions.add_note(ticket, "@Jonas 2 look", by=ana, now=NOW)
    assert db.session.execute(select(Mention)).all()


def test_who_may_write_what(ticket, ana, priya):
    viewer = world.actor_of(world.make_agent(role="View only"))
    for change in (
        lambda: actions.reply(ticket, "x", by=viewer, now=NOW),
        lambda: actions.add_note(ticket, "x", by=viewer, now=NOW),
        lambda: actions.reply(ticket, "x", by=priya, now=NOW),
        lambda: actions.add_note(ticket, "x", by=priya, now=NOW),
        lambda: actions.post_message(ticket, "x", by=ana, now=NOW),
    ):
        with pytest.raises(Forbidden):
            change()
    assert kinds(ticket) == ["ticket.opened"]


@pytest.mark.parametrize("text", ["", " \n\t", "\u200b\u2060", "\x00\x01", "x" * 200_001])
def test_empty_or_endless_texts_are_refused(ticket, ana, priya, text):
    for field, write in (
        ("body", lambda: actions.reply(ticket, text, by=ana, now=NOW)),
        ("body", lambda: actions.add_note(ticket, text, by=ana, now=NOW)),
        ("message", lambda: actions.post_message(ticket, text, by=priya, now=NOW)),
    ):
        with pytest.raises(Refused) as refused:
            write()
        assert refused.value.field == field

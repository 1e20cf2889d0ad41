"""The trash and what is left after it: nothing but the number."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from portal.core.database import db
from portal.core.errors import Forbidden, Refused
from portal.core.files import file_path, store_file
from portal.core.models import Outbox, StoredFile
from portal.notices import register
from portal.people.links import make_ticket_link
from portal.people.models import AccessLink
from portal.tickets import actions
from portal.tickets.models import (
    Attachment,
    Collaborator,
    Entry,
    Event,
    Mention,
    NumberTaken,
    Promise,
    Referral,
    Ticket,
    TicketLink,
    TicketText,
)
from portal.tickets.policy import visible_to
from tests import world

NOW = datetime(2026, 3, 12, 8, 0, tzinfo=UTC)
PURGED = NOW + timedelta(days=30, minutes=2)


@pytest.fixture
def cast(app):
    register()
    return world.cast()


def count(model) -> int:
    return db.session.execute(select(func.count()).select_from(model)).scalar()


def test_trash_and_back(cast):
    ana, ticket = world.actor_of(cast.ana), world.make_ticket(customer=cast.priya, now=NOW)
    event = actions.trash(ticket, by=ana, now=NOW)
    assert (ticket.shelf, ticket.is_listed, ticket.is_active, event.field) == ("trash", False, False, "trash")
    assert actions.trash(ticket, by=ana, now=NOW) is None
    mine = visible_to(world.actor_of(cast.priya), select(Ticket.id))
    assert db.session.execute(mine).first() is None
    assert actions.restore(ticket, by=ana, now=NOW).kind == "ticket.restored"
    assert (ticket.shelf, ticket.is_active) == ("open", True)
    assert actions.restore(ticket, by=ana, now=NOW) is None
    again = actions.trash(ticket, by=ana, now=NOW)
    assert actions.undo(ticket, again.id, by=ana, now=NOW).kind == "ticket.restored"
    assert db.session.execute(mine).first() is not None


def test_who_may_not_delete_may_not(cast):
    ticket = world.make_ticket(customer=cast.priya, now=NOW)
    for actor in (world.actor_of(cast.rita), world.actor_of(cast.priya), world.guest_actor(ticket)):
        with pytest.raises(Forbidden):
            actions.trash(ticket, by=actor, now=NOW)
    actions.trash(ticket, by=world.actor_of(cast.ana), now=NOW)
    with pytest.raises(Forbidden):
        actions.restore(ticket, by=world.actor_of(cast.rita), now=NOW)
    with pytest.raises(Refused):
        actions.change_priority(ticket, "high", by=world.actor_of(cast.ana), now=NOW)


def test_purging_takes_everything_but_the_number_and_what_others_use(cast):
    ana = world.actor_of(cast.ana)
    shared, alone = store_file(io.BytesIO(b"shared"), "a.txt"), store_file(io.BytesIO(b"alone"), "b.txt")
    ticket = world.make_ticket(customer=cast.priya, now=NOW, files=(shared, alone))
    other = world.make_ticket(customer=cast.priya, now=NOW, files=(shared,))
    actions.add_note(ticket, "@Jonas Weber look", by=ana, now=NOW)
    actions.promise(ticket, "update", NOW + timedelta(hours=1), by=ana, now=NOW)
    actions.add_collaborator(ticket, cast.tomas.id, by=ana, now=NOW)
    actions.refer(ticket, f"team:{cast.team.id}", by=ana, now=NOW)
    actions.link_tickets(ticket, other, "related", by=ana, now=NOW)
    make_ticket_link(ticket.id, cast.priya.id, now=NOW)
    number, ticket_id = ticket.number, ticket.id
    actions.trash(ticket, by=ana, now=NOW + timedelta(minutes=1))
    assert actions.purge_trash(PURGED - timedelta(minutes=2)) == 0
    assert actions.purge_trash(PURGED) == 1
    assert actions.purge_trash(PURGED) == 0
    assert db.session.get(Ticket, ticket_id, populate_existing=True) is None
    for model in (Mention, Promise, Collaborator, Referral, TicketLink, AccessLink):
        assert count(model) == 0, model
    for model in (Event, TicketText, Outbox):
        assert db.session.execute(select(model).where(model.ticket_id == ticket_id)).first() is None, model
    assert count(Entry) == count(Attachment) == count(StoredFile) == 1
    assert (file_path(shared.sha256).exists(), file_path(alone.sha256).exists()) == (True, False)
    assert db.session.execute(select(NumberTaken.id).where(NumberTaken.number == number)).first() is not None


def test_the_days_in_the_trash_are_a_setting(cast):
    world.set_setting("tickets.trash_days", 1)
    ticket = world.make_ticket(now=NOW)
    actions.trash(ticket, by=world.actor_of(cast.ana), now=NOW)
    assert actions.purge_trash(NOW + timedelta(hours=23)) == 0
    assert actions.purge_trash(NOW + timedelta(hours=24)) == 1


def test_a_ticket_merged_into_a_purged_one_stands_alone_again(cast):
    ana = world.actor_of(cast.ana)
    child = world.make_ticket("App is down", message="Kaleidoscope", now=NOW)
    grandchild = world.make_ticket("Card is blocked", message="Marzipan", now=NOW)
    parent = world.make_ticket("Web is down", now=NOW)
    actions.merge(grandchild, child, by=ana, now=NOW)
    actions.merge(child, parent, by=ana, now=NOW)
    actions.trash(parent, by=ana, now=NOW)
    assert actions.purge_trash(PURGED) == 1
    db.session.refresh(child)
    assert (child.merged_into_id, child.shelf) == (None, "closed")
    bodies = select(Entry.body).where(Entry.thread_id == child.id).order_by(Entry.id)
    assert db.session.execute(bodies).scalars().all() == ["Kaleidoscope", "Marzipan"]
    assert "marzipan" in db.session.get(TicketText, child.id, populate_existing=True).public


def test_one_that_was_brought_back_is_not_purged(cast):
    ana, ticket = world.actor_of(cast.ana), world.make_ticket(now=NOW)
    actions.trash(ticket, by=ana, now=NOW)
    actions.restore(ticket, by=ana, now=NOW)
    assert actions.purge_trash(PURGED) == 0
    assert count(Ticket) == 1

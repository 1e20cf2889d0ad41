"""Who hears of what, once, never of themselves; what a letter says and what it does not."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from portal.core.database import db, transaction
from portal.core.errors import Refused
from portal.core.files import store_file
from portal.core.models import Outbox
from portal.core.outbox import post_letter
from portal.notices import register
from portal.notices.deliver import deliver
from portal.notices.letters import compose
from portal.notices.rules import FOR_AGENTS, LETTERS
from portal.people.actor import SYSTEM
from portal.people.models import PersonAddress
from portal.tickets import actions
from tests import world

NOW = datetime(2026, 3, 12, 8, 0, tzinfo=UTC)
MASK = "(secure link, made when this letter is sent)"


def at(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


@pytest.fixture
def cast(app):
    register()
    return world.cast()


@pytest.fixture
def ana(cast):
    return world.actor_of(cast.ana)


@pytest.fixture
def ticket(cast, ana):
    """Priya's, with Tomas following, taken by Ana; what was written so far is forgotten."""
    made = world.make_ticket(customer=cast.priya, assignee=cast.ana, now=NOW)
    actions.add_collaborator(made, cast.tomas.id, by=ana, now=NOW)
    forget()
    return made


def forget() -> None:
    with transaction():
        for row in db.session.execute(select(Outbox)).scalars():
            db.session.delete(row)


def letters() -> set[tuple[str, str]]:
    """(letter, first name of its reader) of everything in the outbox; no letter twice."""
    found = [(row.letter, row.address.split("@")[0]) for row in db.session.execute(select(Outbox)).scalars()]
    assert len(found) == len(set(found))
    return set(found)


def text(letter: str, reader: str = "") -> str:
    """Subject and body of the newest such letter, as it is kept."""
    statement = select(Outbox).where(Outbox.letter == letter).order_by(Outbox.id.desc())
    if reader:
        statement = statement.where(Outbox.address.startswith(reader))
    row = db.session.execute(statement.limit(1)).scalar_one()
    assert deliver(row, NOW) == "kept"
    said = f"{row.subject}\n{row.body}"
    db.session.rollback()
    return said


def test_opening_tells_the_customer_and_the_department(cast):
    files = (store_file(io.BytesIO(b"picture"), "error.png"),)
    ticket = world.make_ticket(customer=cast.priya, message="I see error 503.", files=files, now=NOW)
    assert letters() == {("ticket-opened", "priya"), *(("new-ticket", name) for name in ("ana", "rita", "omar"))}
    said = text("ticket-opened")
    assert said.startswith(f"[#{ticket.number}] Online banking is down\nHello Priya Nair,")
    assert "I see error 503." in said
    assert "Files: error.png" in said
    assert MASK in said
    alert = text("new-ticket", "ana")
    assert "Priya Nair opened a ticket. Nobody has it yet." in alert
    assert f"/agent/tickets/{ticket.number}" in alert


def test_a_topic_that_assigns_tells_the_assignee_alone(cast):
    world.make_ticket(customer=cast.priya, topic=world.make_topic(assignee=cast.ana), now=NOW)
    assert letters() == {("ticket-opened", "priya"), ("assigned", "ana")}


def test_an_unproven_address_reads_nothing_the_writer_wrote(cast):
    world.make_ticket(
        "Buy at http://evil.example", customer=cast.priya, message="Click http://evil.example", proven=False, now=NOW
    )
    said = text("ticket-opened")
    for part in ("evil", "Buy", "Click", "Priya"):
        assert part not in said
    assert MASK in said
    assert "confirm" in said
    assert "evil" in text("new-ticket", "ana")


def test_no_later_letter_tells_an_unproven_address_the_subject(cast, ana):
    ticket = world.make_ticket("Buy at http://evil.example", customer=cast.priya, proven=False, now=NOW)
    actions.reply(ticket, "What is it about?", status="resolved", by=ana, now=NOW)
    assert "evil" not in text("resolved")
    actions.close_resolved(NOW + timedelta(days=6))
    assert "evil" not in text("closed")


def test_opening_for_a_customer_is_one_letter_with_the_reply_or_none(cast, ana):
    new = actions.NewTicket("Down", "It is down.", cast.priya.id, channel="phone", reply="We look at it.")
    actions.open_ticket(new, by=ana, now=NOW)
    assert letters() == {("ticket-opened-by-agent", "priya")}
    said = text("ticket-opened-by-agent")
    assert "Ana opened ticket" in said
    assert "We look at it." in said
    assert "Moreno" not in said
    forget()
    actions.open_ticket(actions.NewTicket("Down", "It is down.", cast.priya.id, tell=False), by=ana, now=NOW)
    assert letters() == {("new-ticket", "rita"), ("new-ticket", "omar")}


def test_a_reply_goes_to_everybody_with_its_promises(ticket, ana):
    actions.reply(ticket, "We found **it**.", next_update_at=at(30), solution_at=at(90), by=ana, now=NOW)
    assert letters() == {("reply", "priya"), ("reply", "tomas")}
    said = text("reply", "priya")
    assert "We found **it**." in said
    assert "From Ana\n" in said
    assert "We write again by 08:30 on Thursday, 12 March." in said
    assert "We expect it solved by 09:30 on Thursday, 12 March." in said


def test_a_message_goes_to_the_others_and_the_owner(cast, ticket):
    world.make_message(ticket, "Payroll has to leave by noon.", by=cast.priya, now=NOW)
    assert letters() == {("message-received", "tomas"), ("new-message", "ana")}
    assert "Payroll has to leave by noon." in text("new-message")
    forget()
    world.make_message(ticket, "Same here.", by=cast.tomas, now=NOW)
    assert letters() == {("message-received", "priya"), ("new-message", "ana")}


def test_a_note_reaches_no_customer(cast, ticket, ana):
    actions.add_note(ticket, "@Jonas Weber and @Ana Moreno: zebra", by=ana, now=NOW)
    assert letters() == {("mention", "jonas")}
    assert "zebra" in text("mention")


def test_a_reply_that_solves_is_one_letter(ticket, ana):
    actions.reply(ticket, "It runs again.", status="resolved", by=ana, now=NOW)
    assert letters() == {("resolved", "priya"), ("resolved", "tomas")}
    said = text("resolved", "priya")
    assert "It runs again." in said
    assert "Does it work?" in said
    assert "closes by itself on Tuesday, 17 March" in said


def test_the_end(cast, ticket, ana):
    priya = world.actor_of(cast.priya)
    actions.resolve(ticket, "Restored from the backup.", by=ana, now=NOW)
    assert "Restored from the backup." in text("resolved", "tomas")
    forget()
    actions.confirm(ticket, False, by=priya, now=NOW)
    assert letters() == {("reopened", "tomas"), ("customer-reopened", "ana")}
    actions.resolve(ticket, "Restored again.", by=ana, now=NOW)
    forget()
    actions.close_resolved(NOW + timedelta(days=6))
    assert letters() == {("closed", "priya"), ("closed", "tomas")}
    assert "we heard nothing more" in text("closed", "priya")


def test_solving_undone_is_told(ticket, ana):
    event = actions.resolve(ticket, "Restored.", by=ana, now=NOW)
    forget()
    actions.undo(ticket, event.id, by=ana, now=NOW)
    assert letters() == {("reopened", "priya"), ("reopened", "tomas")}


def test_assigning_tells_who_gets_it_and_who_loses_it(cast, ticket, ana):
    omar = world.actor_of(cast.omar)
    actions.assign(ticket, str(cast.jonas.id), by=omar, now=NOW)
    assert letters() == {("assigned", "jonas"), ("lost", "ana")}
    assert "Omar Diaz gave this ticket to you" in text("assigned")
    forget()
    actions.assign(ticket, "me", by=ana, now=NOW)
    assert letters() == {("lost", "jonas")}
    forget()
    actions.assign(ticket, "", by=ana, now=NOW)
    assert letters() == set()
    actions.assign(ticket, f"team:{cast.team.id}", by=ana, now=NOW)
    assert letters() == {("assigned", "jonas")}


def test_a_transfer_tells_who_may_take_it(cast, ticket, ana):
    actions.transfer(ticket, cast.operations.id, by=world.actor_of(cast.omar), now=NOW)
    assert letters() == {("lost", "ana"), ("transferred", "jonas")}


@pytest.mark.parametrize("field", ["status", "priority", "due", "topic", "subject"])
def test_a_change_in_place_writes_to_nobody_and_costs_no_statement(ticket, ana, field):
    change = {
        "status": lambda: actions.change_status(ticket, "waiting-on-third-party", by=ana, now=NOW),
        "priority": lambda: actions.change_priority(ticket, "urgent", by=ana, now=NOW),
        "due": lambda: actions.change_due(ticket, at(60), by=ana, now=NOW),
        "topic": lambda: actions.change_topic(ticket, world.make_topic().id, by=ana, now=NOW),
        "subject": lambda: actions.change_subject(ticket, "Other", by=ana, now=NOW),
    }[field]
    with world.count_statements() as statements:
        change()
    assert not [one for one in statements.seen if "outbox" in one or ("person_address" in one and field != "subject")]
    assert letters() == set()


def test_taking_a_ticket_costs_one_more_statement_at_most(cast):
    ticket = world.make_ticket(customer=cast.priya, now=NOW)
    omar = world.actor_of(cast.omar)
    with world.count_statements() as statements:
        actions.assign(ticket, str(cast.ana.id), by=omar, now=NOW)
    assert len([one for one in statements.seen if "outbox" in one]) == 1
    assert not [one for one in statements.seen if "person_address" in one]


def test_promises_that_move_or_are_missed(cast, ticket, ana):
    actions.promise(ticket, "update", at(30), by=ana, now=NOW)
    assert letters() == set()
    moved = actions.promise(ticket, "update", at(60), reason="The backup is large.", by=ana, now=NOW)
    assert letters() == {("promise-moved", "priya"), ("promise-moved", "tomas")}
    said = text("promise-moved", "priya")
    assert "we promised news by 08:30 on Thursday, 12 March. It is now 09:00 on Thursday, 12 March." in said
    assert "The backup is large." in said
    forget()
    actions.undo(ticket, moved.id, by=ana, now=at(1))
    assert letters() == {("promise-moved", "priya"), ("promise-moved", "tomas")}
    forget()
    actions.miss_promises(at(31))
    assert letters() == {("promise-missed", "ana")}
    assert "news by 08:30" in text("promise-missed")
    forget()
    actions.ask_for_news(ticket, by=world.actor_of(cast.priya), now=at(32))
    assert letters() == {("news-asked", "ana")}
    forget()
    actions.reply(ticket, "Later.", solution_at=at(90), by=ana, now=at(33))
    actions.reply(ticket, "Still later.", solution_at=at(95), by=ana, now=at(34))
    assert {letter for letter, _reader in {(row.letter, row.address) for row in all_rows()}} == {"reply"}


def all_rows() -> list[Outbox]:
    return list(db.session.execute(select(Outbox)).scalars())


def test_people_who_are_added_referred_or_merged(cast, ticket, ana):
    actions.add_collaborator(ticket, cast.maya.id, by=ana, now=NOW)
    assert letters() == {("collaborator-added", "maya")}
    assert "Ana added you to ticket" in text("collaborator-added")
    forget()
    actions.refer(ticket, str(cast.jonas.id), by=ana, now=NOW)
    assert letters() == {("referred", "jonas")}
    other = world.make_ticket("App is down", customer=cast.maya, now=NOW)
    forget()
    actions.merge(ticket, other, by=ana, now=NOW)
    assert letters() == {("ticket-merged", "priya"), ("ticket-merged", "tomas"), ("ticket-merged", "maya")}
    assert f"was joined with ticket {other.number}" in text("ticket-merged", "priya")


def test_a_change_that_fails_writes_nothing(cast, ticket, ana):
    with pytest.raises(Refused):
        actions.reply(ticket, "We found it.", next_update_at=at(-1), by=ana, now=NOW)
    actions.change_priority(ticket, "high", by=ana, now=NOW)
    assert letters() == set()


def test_people_without_an_address_or_switched_off_get_none(cast, ticket, ana):
    with transaction():
        cast.tomas.is_active = False
        for row in db.session.execute(select(PersonAddress).where(PersonAddress.person_id == cast.priya.id)).scalars():
            row.is_main = False
    actions.reply(ticket, "We found it.", by=ana, now=NOW)
    assert letters() == set()


def test_no_row_holds_a_token_and_every_letter_links_by_mask(cast, ticket, ana):
    actions.reply(ticket, "We found it.", by=ana, now=NOW)
    for row in all_rows():
        assert (row.context, row.subject, row.body) == ({}, "", "")
    made = []

    def links(purpose: str) -> str:
        made.append(purpose)
        return "https://desk.example/t/secret"

    letter = compose(all_rows()[0], now=NOW, links=links)
    assert (made, letter.body.count("https://desk.example/t/secret")) == (["ticket"], 1)


@pytest.mark.parametrize("letter", LETTERS)
def test_every_letter_can_be_composed_with_hostile_names(cast, ana, letter):
    ticket = world.make_ticket("{{7*7}} <b>x</b> {% raw %}\u202e", customer=cast.priya, message="${7*7}", now=NOW)
    entry = actions.reply(ticket, "{{config}}", by=ana, now=NOW)
    event = actions.promise(ticket, "update", at(5), by=ana, now=NOW)
    event = actions.promise(ticket, "update", at(9), reason="{{reason}}", by=ana, now=NOW)
    with transaction():
        row = post_letter(
            letter, address="priya@customers.example", person_id=cast.priya.id, ticket_id=ticket.id,
            event_id=event.id, entry_id=entry.id, now=NOW,
        )  # fmt: skip
    said = compose(row, now=NOW)
    assert said.subject
    assert "\n" not in said.subject
    assert "49" not in said.subject.replace(ticket.number, "")
    if letter not in FOR_AGENTS:
        lowered = f"{said.subject} {said.body}".lower()
        for word in ("pending", "on hold", "escalated", "queue", "breach", "in progress", "moreno", "/agent/"):
            assert word not in lowered


def test_a_letter_without_a_template_is_an_error(cast):
    with transaction():
        row = post_letter("no-such-letter", address="a@b.example", now=NOW)
    with pytest.raises(LookupError):
        compose(row, now=NOW)


def test_letters_of_the_system_reach_everybody(ticket):
    actions.reply(ticket, "We found it.", by=SYSTEM, now=NOW)
    assert letters() == {("reply", "priya"), ("reply", "tomas")}

"""`portal seed`: a desk that fits together, again the same, and beside what is there."""

from __future__ import annotations

import random
from datetime import timedelta

from flask import Flask
from sqlalchemy import func, select, text

from portal.core.clock import FAR_FUTURE, utc_now
from portal.core.database import db
from portal.core.html import markdown_to_html, plain_to_html
from portal.core.text import search_tokens
from portal.people.models import Agent, Person
from portal.seed import make_tickets
from portal.seed.rows import html_of, words_of
from portal.seed.texts import SCENARIOS
from portal.tickets.models import Entry, Event, NumberTaken, Promise, Ticket, TicketText
from tests.world import make_ticket

NUMBER = 600


def tickets() -> list[Ticket]:
    db.session.rollback()
    return list(db.session.execute(select(Ticket).order_by(Ticket.id)).scalars())


def test_the_made_desk_fits_together(app: Flask) -> None:
    make_tickets(app, NUMBER)
    made = tickets()
    assert len(made) == NUMBER
    entries: dict[int, list[Entry]] = {}
    for entry in db.session.execute(select(Entry).order_by(Entry.created_at, Entry.id)).scalars():
        entries.setdefault(entry.ticket_id, []).append(entry)
    events: dict[int, list[Event]] = {}
    for event in db.session.execute(select(Event).order_by(Event.id)).scalars():
        events.setdefault(event.ticket_id, []).append(event)
    texts = {row.ticket_id: row for row in db.session.execute(select(TicketText)).scalars()}
    promised = dict(
        db.session.execute(
            select(Promise.ticket_id, func.min(Promise.due_at))
            .where(Promise.state == "open")
            .group_by(Promise.ticket_id)
        ).all()
    )
    now = utc_now()
    for ticket in made:
        own, life = entries[ticket.id], events[ticket.id]
        assert own[0].kind == "message"
        assert life[0].kind == "ticket.opened"
        assert [e.version for e in life] == list(range(2, ticket.version + 1))
        assert [e.happened_at for e in life] == sorted(e.happened_at for e in life)
        assert life[-1].happened_at == ticket.updated_at <= now
        assert {e.entry_id for e in life if e.entry_id} == {e.id for e in own}
        assert ticket.is_active == (ticket.is_listed and ticket.state in ("open", "waiting"))
        assert ticket.shelf == (ticket.state if ticket.deleted_at is None else "trash")
        assert (ticket.stage == 4) == (ticket.state in ("resolved", "closed")) == (ticket.ended_at is not None)
        assert (ticket.first_replied_at is not None) == any(e.kind == "reply" for e in own)
        assert ticket.promise_due_at == promised.get(ticket.id)
        times = [t for t in (ticket.due_at, ticket.promise_due_at) if t and ticket.is_active]
        assert ticket.due_sort == (min(times) if times else FAR_FUTURE)
        public = texts[ticket.id].public
        for entry in own:
            words = " ".join(search_tokens(entry.body))
            assert words in (texts[ticket.id].internal if entry.kind == "note" else public)
            draw = markdown_to_html if entry.author_kind == "agent" else plain_to_html
            assert entry.body_html == draw(entry.body)
        assert public.startswith(f"{ticket.number} {' '.join(search_tokens(ticket.subject))} ")


def test_the_mix_is_believable(app: Flask) -> None:
    make_tickets(app, NUMBER)
    made = tickets()
    ended = sum(ticket.state in ("resolved", "closed") for ticket in made) / NUMBER
    assert 0.8 < ended < 0.9
    active = [ticket for ticket in made if ticket.is_active]
    assert {ticket.state for ticket in active} == {"open", "waiting"}
    assert any(ticket.assignee_id is None and ticket.team_id is None for ticket in active)
    assert any(ticket.due_at and ticket.due_at < utc_now() for ticket in active)
    assert any(ticket.promise_due_at for ticket in active)
    assert len({ticket.department_id for ticket in made}) >= 4
    assert len({ticket.customer_id for ticket in made}) > 50
    assert all(ticket.ended_at > utc_now() - timedelta(days=5) for ticket in made if ticket.state == "resolved")


def test_the_same_seed_makes_the_same_and_a_second_run_adds(app: Flask) -> None:
    make_tickets(app, 50, random_seed=7)
    first = [(ticket.number, ticket.subject, ticket.state) for ticket in tickets()]
    make_tickets(app, 50, random_seed=7)
    again = tickets()
    assert [(ticket.number, ticket.subject, ticket.state) for ticket in again[:50]] == first
    assert len(again) == 100 == db.session.execute(select(func.count(NumberTaken.id))).scalar_one()
    assert len({ticket.number for ticket in again}) == 100


def test_the_desk_works_on_after_it(app: Flask) -> None:
    make_ticket("Before")
    make_tickets(app, 60)
    ticket = make_ticket("After")
    assert ticket.id == max(t.id for t in tickets())
    assert db.session.execute(select(func.count()).select_from(Agent)).scalar_one() >= 8
    assert db.session.execute(select(func.count()).where(Person.password_hash != "")).scalar_one() == 2
    found = text(
        "SELECT count(*) FROM ticket_fts WHERE ticket_fts MATCH 'after'"
        if db.engine.dialect.name == "sqlite"
        else "SELECT count(*) FROM ticket_text WHERE public_vector @@ to_tsquery('simple', 'after')"
    )
    assert db.session.execute(found).scalar_one() >= 1


def test_quick_html_and_words_are_what_the_desk_makes_of_every_text() -> None:
    rng = random.Random(1)
    for scenario in SCENARIOS:
        for body in (*scenario.messages, *scenario.replies, *scenario.notes, *scenario.answers):
            filled = body.format(city="Zurich", amount="12.50", day="Monday", device="phone", code=f"E{rng.random()}")
            assert html_of(filled, is_agent=False) == plain_to_html(filled)
            assert html_of(filled, is_agent=True) == markdown_to_html(filled)
            assert words_of(filled) == " ".join(search_tokens(filled))

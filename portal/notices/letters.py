"""Composes a letter: an outbox row and a template in templates/mail become a subject and a plain text."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import select

from portal.core.database import db
from portal.core.desk_settings import desk_setting
from portal.core.models import Outbox
from portal.core.text import clean_line, excerpt
from portal.core.time_words import dated_day, dated_words
from portal.core.words import _
from portal.notices.rules import FOR_AGENTS, LETTERS
from portal.people.desk import desk
from portal.people.models import Person
from portal.tickets.customer_words import CustomerWords, customer_words, promise_words
from portal.tickets.models import Attachment, Entry, Event, Promise, Ticket
from portal.tickets.statuses import ticket_lists

Links = Callable[[str], str]
"""Gives the address for a purpose: `ticket` (secure link) or `sign-in` (magic link)."""

_SUBJECT_LENGTH = 200
_BLANK_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True)
class Letter:
    """What is sent."""

    subject: str
    body: str


@dataclass(frozen=True)
class EntryText:
    """An entry as a letter shows it."""

    author: str
    body: str
    files: tuple[str, ...]


@dataclass(frozen=True)
class TicketText:
    """The ticket as a letter shows it; to an address that is not proven the subject stays untold."""

    number: str
    subject: str
    resolution: str
    is_address_proven: bool
    merged_into: str
    agent_address: str
    priority: str
    department: str


@dataclass(frozen=True)
class PromiseMove:
    """A promise that moved: what, from when, to when, why."""

    what: str
    old: str
    new: str
    reason: str


def masked_link(purpose: str) -> str:
    """What stands for a link in the readable copy of a letter."""
    if purpose == "sign-in":
        return _("(link to sign in, made when this letter is sent)")
    return _("(secure link, made when this letter is sent)")


def compose(row: Outbox, *, now: datetime, links: Links = masked_link) -> Letter:
    """The letter of an outbox row. `links` makes the addresses; the default masks them.

    The first line of the template is the subject. Raises LookupError for a letter that does not exist.
    """
    if row.letter not in LETTERS:
        raise LookupError(f"no letter named {row.letter!r}")
    ticket = db.session.get(Ticket, row.ticket_id) if row.ticket_id else None
    template = current_app.jinja_env.get_template(f"mail/{row.letter}.txt")
    text = template.render(_facts(row, ticket, now), link=links)
    subject, _newline, body = text.strip().partition("\n")
    return Letter(clean_line(subject)[:_SUBJECT_LENGTH], _BLANK_LINES.sub("\n\n", body.strip()) + "\n")


def _facts(row: Outbox, ticket: Ticket | None, now: datetime) -> dict[str, Any]:
    person = db.session.get(Person, row.person_id) if row.person_id else None
    event = db.session.get(Event, row.event_id) if row.event_id else None
    for_agents = row.letter in FOR_AGENTS
    with_message = ticket is not None and row.letter in _WITH_MESSAGE
    zone_name = (person.time_zone if person else "") or str(desk_setting("site.time_zone"))
    return {
        "site": str(desk_setting("site.name")),
        "reader": person.name if person else "",
        "actor": _actor(event, for_agents=for_agents),
        "is_automatic": bool(event and event.data.get("automatic")),
        "ticket": _ticket(ticket, for_agents=for_agents) if ticket else None,
        "message": _entry(_first_entry_id(ticket), for_agents=for_agents) if with_message else None,
        "entry": _entry(row.entry_id, for_agents=for_agents),
        "words": _words(ticket, now, zone_name) if ticket else None,
        "promises": _promises(ticket, now, zone_name) if ticket else (),
        "moved": _moved(event, now, zone_name),
        "late": _late(event, now, zone_name),
        "closes_on": _closes_on(ticket, now, zone_name),
    }


_WITH_MESSAGE = ("ticket-opened", "ticket-opened-by-agent", "new-ticket", "assigned", "transferred", "referred")
"""Letters that show what the customer wrote first."""


def _actor(event: Event | None, *, for_agents: bool) -> str:
    """Who did it; customers read an agent's first name."""
    if event is None or not event.actor_name:
        return str(desk_setting("site.name"))
    return _name(event.actor_name, event.actor_kind == "agent", for_agents=for_agents)


def _name(name: str, is_agent: bool, *, for_agents: bool) -> str:
    return name.split(" ", 1)[0] if is_agent and not for_agents else name


def _ticket(ticket: Ticket, *, for_agents: bool) -> TicketText:
    priority = ticket_lists().priorities.get(ticket.priority_id)
    department = desk().departments.get(ticket.department_id)
    parent = db.session.get(Ticket, ticket.merged_into_id) if ticket.merged_into_id else None
    return TicketText(
        number=ticket.number,
        subject=excerpt(ticket.subject, 150) if for_agents or ticket.is_address_proven else _("Your request"),
        resolution=ticket.resolution,
        is_address_proven=ticket.is_address_proven,
        merged_into=parent.number if parent else "",
        agent_address=f"{current_app.config.get('PORTAL_URL', '')}/agent/tickets/{ticket.number}",
        priority=priority.name if priority else "",
        department=department.name if department else "",
    )


def _first_entry_id(ticket: Ticket | None) -> int | None:
    if ticket is None:
        return None
    return db.session.execute(
        select(Entry.id).where(Entry.ticket_id == ticket.id, Entry.kind == "message").order_by(Entry.id).limit(1)
    ).scalar()


def _entry(entry_id: int | None, *, for_agents: bool) -> EntryText | None:
    entry = db.session.get(Entry, entry_id) if entry_id else None
    if entry is None:
        return None
    files = db.session.execute(
        select(Attachment.name).where(Attachment.entry_id == entry.id).order_by(Attachment.position)
    ).scalars()
    author = _name(entry.author_name, entry.author_kind == "agent", for_agents=for_agents)
    return EntryText(author, entry.body, tuple(files))


def _words(ticket: Ticket, now: datetime, zone_name: str) -> CustomerWords:
    return customer_words(ticket, _promise_rows(ticket), now=now, time_zone=zone_name, near=False)


def _promise_rows(ticket: Ticket) -> list[Promise]:
    return list(
        db.session.execute(
            select(Promise).where(Promise.ticket_id == ticket.id, Promise.state == "open").order_by(Promise.due_at)
        ).scalars()
    )


def _promises(ticket: Ticket, now: datetime, zone_name: str) -> tuple[str, ...]:
    return tuple(
        promise_words(row.kind, row.due_at, row.confidence, now, zone_name, near=False)
        for row in _promise_rows(ticket)
        if row.due_at > now
    )


def _moved(event: Event | None, now: datetime, zone_name: str) -> PromiseMove | None:
    if event is None or event.kind != "promise.moved":
        return None
    old, new = (dated_words(datetime.fromisoformat(value), now, zone_name) for value in (event.old, event.new))
    return PromiseMove(_promised(event), old, new, str(event.data.get("reason", "")))


def _promised(event: Event) -> str:
    kind = (event.field or "").partition(".")[2]
    return {"fix": _("a solution"), "callback": _("a call")}.get(kind, _("news"))


def _late(event: Event | None, now: datetime, zone_name: str) -> str:
    """What was promised and when, for the alert that it was missed."""
    if event is None or event.kind != "promise.missed":
        return ""
    by = dated_words(datetime.fromisoformat(event.old), now, zone_name)
    return _("%(what)s by %(by)s") % {"what": _promised(event), "by": by}


def _closes_on(ticket: Ticket | None, now: datetime, zone_name: str) -> str:
    if ticket is None or ticket.ended_at is None:
        return ""
    return dated_day(ticket.ended_at + timedelta(days=desk_setting("tickets.close_after_days")), now, zone_name)

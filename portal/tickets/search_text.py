"""Keeps `ticket_text` in step: the words a ticket is found by."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from portal.core.database import db
from portal.core.text import search_tokens
from portal.people.models import Person, PersonAddress
from portal.tickets.models import Entry, Ticket, TicketText

_MOST_CHARACTERS = 240_000
"""Most characters kept of each column; a tsvector may not pass 1 MB."""


def _words(parts: Iterable[str]) -> str:
    words: list[str] = []
    length = 0
    for part in parts:
        for token in search_tokens(part, limit=40_000):
            length += len(token) + 1
            if length > _MOST_CHARACTERS:
                return " ".join(words)
            words.append(token)
    return " ".join(words)


def index_entry(ticket: Ticket, entry: Entry) -> None:
    """Add one entry's words to its ticket. Call inside the `transaction()` that adds the entry."""
    row = db.session.get(TicketText, ticket.id)
    if row is None:
        index_ticket(ticket)
        return
    words = _words([entry.body])
    if entry.kind == "note":
        row.internal = f"{row.internal} {words}"[-_MOST_CHARACTERS:]
    else:
        head = row.public[: _MOST_CHARACTERS // 2]
        row.public = f"{head} {words}" if len(row.public) + len(words) > _MOST_CHARACTERS else f"{row.public} {words}"
        row.public = row.public[:_MOST_CHARACTERS]


def index_ticket(ticket: Ticket) -> None:
    """Write all the words of a ticket anew (opened, subject or customer changed, merged)."""
    db.session.flush()
    people = db.session.execute(
        select(Person.name, PersonAddress.address)
        .outerjoin(PersonAddress, PersonAddress.person_id == Person.id)
        .where(Person.id == ticket.customer_id)
    ).all()
    entries = db.session.execute(
        select(Entry.kind, Entry.body).where(Entry.thread_id == ticket.id).order_by(Entry.id)
    ).all()
    head = [ticket.number, ticket.subject]
    for name, address in people:
        head += [name, address or ""]
    public = _words(head + [body for kind, body in entries if kind != "note"])
    internal = _words([body for kind, body in entries if kind == "note"])
    row = db.session.get(TicketText, ticket.id)
    if row is None:
        db.session.add(TicketText(ticket_id=ticket.id, public=public, internal=internal))
    else:
        row.public, row.internal = public, internal
    db.session.flush()

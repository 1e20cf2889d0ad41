"""A ticket's facts as plain values, to compare before and after."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from portal.core.database import db
from portal.tickets.models import Collaborator, Entry, Promise, Referral, Ticket, TicketLink, TicketText

UNCOMPARED = {"id", "version", "updated_at"}
"""Every change grows these, also one that takes another back."""


def snapshot(ticket: Ticket) -> dict[str, Any]:
    """Every column, and the people, referrals, links, open promises, thread and search words beside it.

    Reads the stored values, not those of the object in memory.
    """
    db.session.rollback()
    stored = db.session.execute(select(Ticket.__table__).where(Ticket.id == ticket.id)).mappings().one()
    values: dict[str, Any] = {name: value for name, value in stored.items() if name not in UNCOMPARED}
    values["collaborators"] = _set(select(Collaborator.person_id).where(Collaborator.ticket_id == ticket.id))
    values["referrals"] = _set(select(Referral.target_kind, Referral.target_id).where(Referral.ticket_id == ticket.id))
    values["links from"] = _set(select(TicketLink.to_id, TicketLink.kind).where(TicketLink.from_id == ticket.id))
    values["links to"] = _set(select(TicketLink.from_id, TicketLink.kind).where(TicketLink.to_id == ticket.id))
    values["open promises"] = _set(
        select(Promise.kind, Promise.due_at, Promise.confidence, Promise.words).where(
            Promise.ticket_id == ticket.id, Promise.state == "open"
        )
    )
    values["thread"] = _set(select(Entry.id, Entry.ticket_id).where(Entry.thread_id == ticket.id))
    values["words"] = {
        name: sorted(text.split())
        for name, text in db.session.execute(
            select(TicketText.public, TicketText.internal).where(TicketText.ticket_id == ticket.id)
        )
        .mappings()
        .one()
        .items()
    }
    return values


def _set(statement: Any) -> set[tuple[Any, ...]]:
    return {tuple(row) for row in db.session.execute(statement)}

"""Proving a guest's address by the mailed link (product.md section 4)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from portal.core.database import db, lock, transaction
from portal.core.errors import Refused
from portal.core.words import _
from portal.people.actor import Actor
from portal.people.models import PersonAddress
from portal.tickets.history import record
from portal.tickets.models import Event, Ticket


def prove_address_of(ticket: Ticket, *, by: Actor, now: datetime) -> Event | None:
    """Take the mark "address not proven" away; only for somebody who came through a mailed link or signed in.

    None when it is proven already.
    """
    if not (by.proves_address or by.kind == "customer") or by.person_id != ticket.customer_id:
        raise Refused(_("Open the link in the mail we sent you, then press the button there."))
    with transaction():
        lock(ticket)
        if ticket.is_address_proven:
            return None
        ticket.is_address_proven = True
        address = db.session.execute(
            select(PersonAddress).where(PersonAddress.person_id == by.person_id, PersonAddress.is_main)
        ).scalar()
        if address is not None and address.proven_at is None:
            address.proven_at = now
        return record(ticket, "address.proven", by=by, now=now)

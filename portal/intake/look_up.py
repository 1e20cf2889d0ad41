"""Asking for a link by e-mail address and ticket number: the same answer and work whether they exist or not."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Row, or_, select

from portal.core.database import db, transaction
from portal.core.errors import TooMany
from portal.core.limits import bucket_name, take
from portal.core.models import Try
from portal.core.outbox import post_letter
from portal.core.text import address_key
from portal.core.words import _
from portal.people.models import Person, PersonAddress
from portal.tickets.models import Collaborator, Ticket

PER_ADDRESS, PER_NETWORK = 3, 10
"""Requests within an hour (reliability.md R2)."""
_HOUR = timedelta(hours=1)


def ask_for_link(address: str, number: str, *, network: str, now: datetime) -> None:
    """Queue the letter with a link: to one ticket, or with an empty number to all own ones.

    Nothing tells a known address or number from an unknown one: same statements, one commit, the letter is sent
    later by the worker. Raises TooMany past 3 an hour for one address or 10 for one network, known or not.
    """
    with transaction():
        _count(address, network, now=now)
        person = _person(address)
        ticket_id = _ticket_id(number, person.id if person is not None else 0)
        if person is not None and (ticket_id is not None or not number):
            post_letter(
                "ticket-link" if number else "sign-in-link",
                address=person.address,
                person_id=person.id,
                ticket_id=ticket_id,
                now=now,
                context={"address": person.address_id},
            )
        else:  # as much written as with a letter, so that the time tells nothing
            db.session.add(Try(bucket=bucket_name("look-up-of-nobody"), happened_at=now))
        db.session.flush()


def _count(address: str, network: str, *, now: datetime) -> None:
    buckets = [(bucket_name("link-address", address_key(address)), PER_ADDRESS)]
    if network:
        buckets.append((bucket_name("link-network", network), PER_NETWORK))
    for bucket, most in buckets:
        wait = take(bucket, most=most, window=_HOUR, now=now)
        if wait:
            raise TooMany(
                _("Links were asked for several times within the hour. Look into your mail, or try again later."),
                retry_after=wait,
            )


def _person(address: str) -> Row | None:
    return db.session.execute(
        select(Person.id, PersonAddress.address, PersonAddress.id.label("address_id"))
        .join(PersonAddress, PersonAddress.person_id == Person.id)
        .where(PersonAddress.address_key == address_key(address)[:320], Person.is_active)
    ).first()


def _ticket_id(number: str, person_id: int) -> int | None:
    """The ticket of that number when this person is its customer or follows it."""
    follows = select(Collaborator.ticket_id).where(
        Collaborator.ticket_id == Ticket.id, Collaborator.person_id == person_id
    )
    return db.session.execute(
        select(Ticket.id).where(
            Ticket.number == number[:20],
            Ticket.deleted_at.is_(None),
            or_(Ticket.customer_id == person_id, follows.exists()),
        )
    ).scalar()

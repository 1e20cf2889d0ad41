"""A ticket opened by a customer on the web (spec/intake.md section 2)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select

from portal.core.database import db, transaction
from portal.core.errors import Refused
from portal.core.files import KeptFile
from portal.core.models import FirstResult
from portal.core.once import first_result, keep_result, once_key
from portal.core.text import address_key
from portal.core.words import _
from portal.intake.limits import count_opening
from portal.people.actions import FoundPerson, find_or_make_person, good_name, good_phone
from portal.people.actor import Actor
from portal.tickets.actions import NewTicket, open_ticket
from portal.tickets.statuses import TopicCard, ticket_lists


@dataclass(frozen=True)
class WebRequest:
    """What a customer typed. `name`, `address` and `phone` count only for somebody who is not signed in.

    `browsers` are secrets of the browser it came from; `network` its address.
    """

    subject: str
    message: str
    topic: str = ""
    name: str = ""
    address: str = ""
    phone: str = ""
    once: str = ""
    files: tuple[KeptFile, ...] = ()
    browsers: tuple[str, ...] = ()
    network: str = ""


@dataclass(frozen=True)
class OpenedTicket:
    """What came of it. `is_same_browser` is False for a repeat from elsewhere: that one gets no way in."""

    ticket_id: int
    number: str
    person_id: int
    is_repeat: bool = False
    is_same_browser: bool = True


def public_topics() -> list[TopicCard]:
    """The topics a customer may pick, in their order."""
    return [topic for topic in ticket_lists().topics.values() if topic.is_public and topic.is_active]


def topic_id_of(text: str) -> int | None:
    """The id of a public topic as a form sends it; None when left empty. Raises Refused for any other."""
    if not text:
        return None
    for topic in public_topics():
        if str(topic.id) == text:
            return topic.id
    raise Refused(_("There is no such topic. Pick one from the list."), field="topic")


def open_from_form(request: WebRequest, *, by: Actor, now: datetime) -> OpenedTicket:
    """Open the ticket, once for each `once` value; a repeat gives the first result.

    Somebody not signed in becomes the person of the address (made when new); the ticket is then marked "address not
    proven". Raises Refused, TooMany or TooLarge, and then nothing is written.
    """
    key = _key(request, by)
    topic_id = topic_id_of(request.topic)
    with transaction():
        first = first_result(key, now=now) if key else None
        if first:
            return _repeat(first, request)
        if by.is_signed_in and by.person_id is not None:
            opened = _open_for(by, request, topic_id, is_proven=True, now=now)
        else:
            count_opening(request.address, request.network, now=now)
            guest, request = _guest(request, now=now)
            opened = _open_for(guest, request, topic_id, is_proven=False, now=now)
        if key:
            marks = " ".join(_mark(secret) for secret in request.browsers[:4])
            keep_result(key, f"{opened.ticket_id} {opened.number} {opened.person_id} {marks}")
        return opened


def find_repeat(request: WebRequest, *, by: Actor) -> OpenedTicket | None:
    """The ticket this very form has opened already, before anything is checked or counted again; None without one."""
    key = _key(request, by)
    if not key:
        return None
    first = db.session.execute(select(FirstResult.result).where(FirstResult.key == key)).scalar()
    return _repeat(first, request) if first else None


def _key(request: WebRequest, by: Actor) -> str:
    if not request.once:
        return ""
    who = f"person {by.person_id}" if by.is_signed_in else f"address {address_key(request.address)}"
    return once_key("tickets/new", who, request.once)


def _mark(secret: str) -> str:
    return hashlib.sha256(f"browser {secret}".encode("utf-8", "replace")).hexdigest()[:32]


def _repeat(first: str, request: WebRequest) -> OpenedTicket:
    ticket_id, number, person_id, *marks = first.split(" ")
    is_same = any(_mark(secret) in marks for secret in request.browsers)
    return OpenedTicket(int(ticket_id), number, int(person_id), is_repeat=True, is_same_browser=is_same)


def _guest(request: WebRequest, *, now: datetime) -> tuple[Actor, WebRequest]:
    name = good_name(request.name)
    phone = good_phone(request.phone)
    person = find_or_make_person(request.address, name, phone=phone, now=now)
    # The name as typed: of the person behind a known address the writer learns nothing.
    guest = Actor(kind="guest", name=name, person_id=person.id, address=person.address)
    return guest, replace(request, message=_with_phone(request.message, phone, person))


def _with_phone(message: str, phone: str, person: FoundPerson) -> str:
    """A number typed for a known person is kept in the message: it may not change that person's own."""
    if not phone or person.is_new or phone == person.phone:
        return message
    return _("%(message)s\n\nPhone: %(phone)s") % {"message": message.rstrip(), "phone": phone}


def _open_for(by: Actor, request: WebRequest, topic_id: int | None, *, is_proven: bool, now: datetime) -> OpenedTicket:
    assert by.person_id is not None
    ticket = open_ticket(
        NewTicket(
            subject=request.subject,
            message=request.message,
            customer_id=by.person_id,
            channel="web",
            topic_id=topic_id,
            files=request.files,
            is_address_proven=is_proven,
        ),
        by=by,
        now=now,
    )
    return OpenedTicket(ticket.id, ticket.number, by.person_id)

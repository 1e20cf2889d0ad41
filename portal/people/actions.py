"""Finding and making people by what they type about themselves, and what they may change about themselves."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import available_timezones

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from portal.core.database import db, lock, transaction
from portal.core.desk_settings import desk_setting, touch_desk
from portal.core.errors import Refused, TooMany
from portal.core.limits import bucket_name, clear_tries, take
from portal.core.text import ADDRESS_LENGTH, NAME_LENGTH, PHONE_LENGTH, address_key, clean_line, is_blank
from portal.core.words import _
from portal.people.actor import Actor
from portal.people.links import revoke_links_of
from portal.people.models import Agent, Person, PersonAddress
from portal.people.passwords import check_password_rules, hash_password, is_password
from portal.people.sessions import end_sessions_of

_KEY_LENGTH = 320
_WRONG_PASSWORDS = 10
_NOT_IN_ADDRESSES = frozenset('<>()[],;:\\"')


@dataclass(frozen=True)
class FoundPerson:
    """A person an address leads to; `is_new` when it was made just now."""

    id: int
    name: str
    phone: str
    address: str
    is_new: bool


def good_address(text: str, *, field: str = "email") -> str:
    """An e-mail address cleaned. Raises Refused when it cannot be one; letters of any script are fine.

    Deliberately tolerant: one `@` with something on both sides, no blanks, control, format or list signs. Whether it
    exists is shown by the letter that goes there.
    """
    address = clean_line(text)
    if not address:
        raise Refused(_("Write your e-mail address."), field=field)
    if len(address) > ADDRESS_LENGTH:
        raise Refused(
            _("The e-mail address is too long: %(most)s characters at most.") % {"most": ADDRESS_LENGTH}, field=field
        )
    if not all(_is_address_shape(form) for form in (address, address_key(address))):
        raise Refused(_("This is not an e-mail address. It looks like name@example.com."), field=field)
    return address


def _is_address_shape(address: str) -> bool:
    if len(address) > _KEY_LENGTH or _NOT_IN_ADDRESSES & set(address):
        return False
    if any(unicodedata.category(char)[0] in "CZ" for char in address):
        return False
    local, at, domain = address.rpartition("@")
    if not (local and at and domain) or "@" in local:
        return False
    return all(domain.split(".")) and not domain.startswith("-")


def good_name(text: str, *, field: str = "name") -> str:
    """A person's name cleaned. Raises Refused when nothing of it can be seen or it is too long."""
    name = clean_line(text)
    if is_blank(name):
        raise Refused(_("Write your name."), field=field)
    if len(name) > NAME_LENGTH:
        raise Refused(_("The name is too long: %(most)s characters at most.") % {"most": NAME_LENGTH}, field=field)
    return name


def good_phone(text: str, *, field: str = "phone") -> str:
    """A phone number cleaned; may be empty. Raises Refused when it is too long."""
    phone = clean_line(text)
    if len(phone) > PHONE_LENGTH:
        raise Refused(
            _("The phone number is too long: %(most)s characters at most.") % {"most": PHONE_LENGTH}, field=field
        )
    return "" if is_blank(phone) else phone


def find_person(address: str) -> FoundPerson | None:
    """The person that an address belongs to, compared without case (cases C28); None without one. One statement."""
    row = db.session.execute(
        select(Person.id, Person.name, Person.phone, PersonAddress.address)
        .join(PersonAddress, PersonAddress.person_id == Person.id)
        .where(PersonAddress.address_key == address_key(address)[:_KEY_LENGTH])
    ).first()
    return FoundPerson(*row, is_new=False) if row else None


def find_or_make_person(address: str, name: str = "", *, phone: str = "", now: datetime) -> FoundPerson:
    """The person of an address, made when nobody has it yet. Call inside `transaction()`.

    A known person keeps name and phone: whoever typed the address may be somebody else. Two makers of one address at
    once end at the same person, since the address is taken first. Raises Refused for a bad address, name or phone.
    """
    address = good_address(address)
    found = find_person(address)
    if found is not None:
        return found
    name = good_name(name or address.rpartition("@")[0])
    phone = good_phone(phone)
    person = Person(name=name, phone=phone, created_at=now)
    db.session.add(person)
    db.session.flush()
    if _take_address(person.id, address):
        return FoundPerson(person.id, name, phone, address, is_new=True)
    db.session.delete(person)
    db.session.flush()
    winner = find_person(address)
    assert winner is not None
    return winner


def _take_address(person_id: int, address: str) -> bool:
    """Give an address to a person as the main one; False when somebody else has it."""
    make = sqlite.insert if db.session.get_bind().dialect.name == "sqlite" else postgresql.insert
    taken = (
        make(PersonAddress)
        .values(person_id=person_id, address=address, address_key=address_key(address), is_main=True)
        .on_conflict_do_nothing()
        .returning(PersonAddress.id)
    )
    return db.session.execute(taken).first() is not None


def good_time_zone(name: str, *, field: str = "time_zone") -> str:
    """An IANA zone name; empty means the site's. Raises Refused for a zone that does not exist."""
    name = clean_line(name)
    if name and name not in available_timezones():
        raise Refused(_("There is no such time zone. Pick one from the list."), field=field)
    return name


def change_own_details(person_id: int, *, name: str, phone: str, time_zone: str) -> None:
    """Change one's own name, phone and time zone. Raises Refused for a bad value."""
    values = {"name": good_name(name), "phone": good_phone(phone), "time_zone": good_time_zone(time_zone)}
    with transaction():
        person = db.session.get_one(Person, person_id)
        lock(person)
        for field, value in values.items():
            setattr(person, field, value)
        if db.session.execute(select(Agent.id).where(Agent.person_id == person_id)).scalar():
            touch_desk()


def change_own_password(person_id: int, current: str, new: str, *, by: Actor, network: str = "", now: datetime) -> None:
    """Change one's own password; ends every other session and link of the person (cases C46).

    Raises Refused when the current password is wrong or the new one breaks a rule (reliability.md S1), TooMany after
    ten wrong ones. A person without a password, who came by a magic link, sets the first one without an old one.
    """
    person = db.session.get_one(Person, person_id)
    if person.password_hash:
        _check_current(person, current, network, now=now)
    addresses = db.session.execute(select(PersonAddress.address).where(PersonAddress.person_id == person_id)).scalars()
    check_password_rules(new, forbidden=(desk_setting("site.name"), person.name, *addresses))
    hashed = hash_password(new)
    with transaction():
        lock(person)
        person.password_hash = hashed
        end_sessions_of(person_id, besides=by.session_id)
        revoke_links_of(person_id, now=now)


def _check_current(person: Person, current: str, network: str, *, now: datetime) -> None:
    """Whoever found an open browser may not guess the password there without end."""
    bucket = bucket_name("own-password", person.id, network)
    wait = take(bucket, most=_WRONG_PASSWORDS, window=timedelta(minutes=15), now=now)
    if wait:
        raise TooMany(_("Too many wrong passwords. Try again in 15 minutes."), retry_after=wait)
    if not is_password(person.password_hash, current):
        raise Refused(_("The current password is not right."), field="current")
    clear_tries(bucket)

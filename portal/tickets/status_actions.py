"""What administrators change of statuses: names, order, state, the words customers read."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import datetime
from string import Formatter

from sqlalchemy import func, select

from portal.core.database import db
from portal.core.errors import Refused
from portal.core.words import _
from portal.people.actor import Actor
from portal.people.changes import (
    delete_row,
    desk_change,
    good_name,
    good_words,
    lock_row,
    names_of,
    note_change,
    refuse_taken_name,
)
from portal.people.models import SecurityEvent
from portal.people.stale import merge_stale
from portal.people.usage import refuse_used
from portal.tickets.customer_words import PLACEHOLDERS
from portal.tickets.list_uses import is_in_history
from portal.tickets.models import Status, Ticket
from portal.tickets.slugs import free_slug
from portal.tickets.statuses import STATES

TEXT_FIELDS = ("customer_text", "next_text", "you_can_text")
TEXT_LENGTH = 500


@dataclass(frozen=True)
class StatusValues:
    """What a status is made of, besides its slug and place. `state`: open, waiting, resolved or closed."""

    name: str
    state: str
    pauses_clock: bool = False
    is_active: bool = True
    customer_text: str = ""
    next_text: str = ""
    you_can_text: str = ""


def status_values(status: Status) -> StatusValues:
    """The status's values as they are stored."""
    return StatusValues(
        status.name,
        status.state,
        status.pauses_clock,
        status.is_active,
        status.customer_text,
        status.next_text,
        status.you_can_text,
    )


def _good_status(values: StatusValues, besides: int | None) -> StatusValues:
    name = good_name(values.name)
    refuse_taken_name(names_of(Status), name, besides=besides)
    if values.state not in STATES:
        raise Refused(_("Pick a state from the list."), field="state")
    texts = {field: _good_customer_text(getattr(values, field), field) for field in TEXT_FIELDS}
    if not texts["customer_text"]:
        raise Refused(
            _("Write what the customer reads: it is the first sentence on their page."), field="customer_text"
        )
    return StatusValues(name, values.state, values.pauses_clock, values.is_active, **texts)


def _good_customer_text(text: str, field: str) -> str:
    text = re.sub(r"\s*\n\s*", " ", good_words(text, field=field, most=TEXT_LENGTH))
    known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
    try:
        found = [name for _literal, name, _spec, _conversion in Formatter().parse(text) if name is not None]
    except ValueError:
        raise Refused(
            _("There is a single brace in this text. These can be filled in: %(known)s.") % {"known": known},
            field=field,
        ) from None
    for name in found:
        if name not in PLACEHOLDERS:
            raise Refused(
                _("“{%(name)s}” cannot be filled in. These can: %(known)s.") % {"name": name, "known": known},
                field=field,
            )
    return text


def add_status(values: StatusValues, *, by: Actor, now: datetime) -> Status:
    """Add a status after the others of its state, with a slug made from its name. Raises Refused for bad values."""
    with desk_change(by):
        new = _good_status(values, None)
        slug = free_slug(new.name, set(db.session.execute(select(Status.slug)).scalars()), "status")
        last = db.session.execute(select(func.max(Status.position)).where(Status.state == new.state)).scalar()
        status = Status(slug=slug, position=(last or 0), **asdict(new))
        db.session.add(status)
        db.session.flush()
        _renumber(_in_order())
        note_change("status.added", subject_id=status.id, name=new.name, new=asdict(new), by=by, now=now)
    return status


def _in_order() -> list[Status]:
    return list(db.session.execute(select(Status).order_by(Status.position, Status.id)).scalars())


def _renumber(statuses: list[Status]) -> None:
    for position, status in enumerate(statuses, 1):
        status.position = position
    db.session.flush()


def change_status_values(
    status: Status, values: StatusValues, *, by: Actor, now: datetime, seen: str | None = None
) -> SecurityEvent | None:
    """Change a status; its slug stays. None when nothing differs.

    Raises Conflict, and Refused for bad values, for another state while tickets have it, for *New* leaving its state
    or being switched off, and when a state would be left without an active status.
    """
    with desk_change(by):
        lock_row(status)
        old = status_values(status)
        values = merge_stale("status", status.id, old, values, seen)
        new = _good_status(values, status.id)
        if new == old:
            return None
        if new.state != old.state:
            _refuse_moving(status)
        if old.is_active and (not new.is_active or new.state != old.state):
            _refuse_last_of_state(status)
        for field, value in asdict(new).items():
            setattr(status, field, value)
        return note_change(
            "status.changed", subject_id=status.id, name=new.name, old=asdict(old), new=asdict(new), by=by, now=now
        )


def _refuse_moving(status: Status) -> None:
    if status.slug == "new":
        raise Refused(_("New is where every ticket begins, so it stays open."), field="state")
    used = db.session.execute(select(Ticket.id).where(Ticket.status_id == status.id).limit(1)).first()
    if used is not None:
        raise Refused(
            _("Tickets have this status, so its state stays. Add another status and move them first."), field="state"
        )


def _refuse_last_of_state(status: Status) -> None:
    """Raise Refused when a state would lose its last status that people may set; *New* is none of those."""
    if status.slug == "new":
        raise Refused(_("New is where every ticket begins, so it stays."), field="is_active")
    others = select(Status.id).where(
        Status.state == status.state, Status.is_active, Status.id != status.id, Status.slug != "new"
    )
    if db.session.execute(others.limit(1)).first() is None:
        raise Refused(
            _("This is the last active status of its state. Add or switch on another one first."), field="is_active"
        )


def move_status(status: Status, step: int, *, by: Actor, now: datetime) -> SecurityEvent | None:
    """Move a status up (`step` -1) or down (1) in the order of lists and menus; None at the end."""
    with desk_change(by):
        lock_row(status)
        statuses = _in_order()
        place = statuses.index(status)
        if not 0 <= place + step < len(statuses):
            return None
        statuses.insert(place + step, statuses.pop(place))
        _renumber(statuses)
        return note_change(
            "status.moved",
            subject_id=status.id,
            name=status.name,
            old={"position": place + 1},
            new={"position": place + step + 1},
            by=by,
            now=now,
        )


def delete_status(status: Status, *, by: Actor, now: datetime) -> SecurityEvent:
    """Delete a status that no ticket has or ever had. Raises Refused, saying why not."""
    with desk_change(by):
        lock_row(status)
        if status.is_active or status.slug == "new":
            _refuse_last_of_state(status)
        refuse_used("status", status.id, status.name)
        if is_in_history("status", status.id, status.slug):
            raise Refused(
                _("“%(name)s” cannot be deleted, the history of tickets names it. Switch it off instead.")
                % {"name": status.name}
            )
        return delete_row(status, "status.deleted", by=by, now=now)

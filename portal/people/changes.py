"""How administrators' changes of the desk are made: one at a time, and audited old → new."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import InvalidRequestError

from portal.core.database import db, lock, transaction
from portal.core.desk_settings import DEFAULTS, VERSION, touch_desk
from portal.core.errors import Forbidden, NotFound, Refused
from portal.core.models import Setting
from portal.core.text import NAME_LENGTH, TEXT_LENGTH, clean_line, clean_text, is_blank
from portal.core.words import _
from portal.people.actor import Actor
from portal.people.models import SecurityEvent


@contextmanager
def desk_change(by: Actor) -> Iterator[None]:
    """One change of the desk by an administrator (or the system), alone until it commits.

    The lock on the desk's version is what makes "the last administrator" and "this name is taken" true for two
    administrators who save in the same moment. Raises Forbidden for everybody else.
    """
    if by.kind != "system" and not (by.is_agent and by.is_administrator):
        raise Forbidden(_("Only administrators may change the desk."))
    with transaction():
        make = sqlite.insert if db.session.get_bind().dialect.name == "sqlite" else postgresql.insert
        db.session.execute(make(Setting).values(name=VERSION, value=1).on_conflict_do_nothing())
        db.session.execute(select(Setting.value).where(Setting.name == VERSION).with_for_update())
        yield


def note_change(
    kind: str,
    *,
    by: Actor,
    now: datetime,
    subject_id: int | None = None,
    name: str = "",
    old: Mapping[str, Any] | None = None,
    new: Mapping[str, Any] | None = None,
) -> SecurityEvent:
    """Write who changed what, and make every cached list fresh. Call inside `desk_change()`.

    `old` and `new` are the readable values before and after; only those that differ are kept. Never hand in a secret.
    """
    old, new = old or {}, new or {}
    detail: dict[str, Any] = {"id": subject_id, "name": name}
    changes = {
        key: [old.get(key), new.get(key)]
        for key in (*old, *(k for k in new if k not in old))
        if old.get(key) != new.get(key)
    }
    if changes:
        detail["changes"] = changes
    event = SecurityEvent(
        kind=kind,
        person_id=by.person_id,
        actor_name=by.name,
        network=by.network,
        detail=detail,
        happened_at=now,
    )
    db.session.add(event)
    touch_desk()
    db.session.flush()
    return event


def good_name(text: str, *, field: str = "name", most: int = NAME_LENGTH) -> str:
    """A name as one clean line. Raises Refused when nothing of it can be seen or it is too long."""
    text = clean_line(text)
    if is_blank(text):
        raise Refused(_("Write a name."), field=field)
    if len(text) > most:
        raise Refused(_("This name is too long: %(most)s characters at most.") % {"most": most}, field=field)
    return text


def good_words(text: str, *, field: str, most: int = TEXT_LENGTH) -> str:
    """A text that may be empty, cleaned. Raises Refused when it is too long."""
    text = clean_text(text)
    if len(text) > most:
        raise Refused(_("This text is too long: %(most)s characters at most.") % {"most": f"{most:,}"}, field=field)
    return text


def refuse_taken_name(names: Mapping[int, str], name: str, *, besides: int | None, field: str = "name") -> None:
    """Raise Refused when another row has that name, compared without case."""
    wanted = name.casefold()
    for row_id, other in names.items():
        if row_id != besides and other.casefold() == wanted:
            raise Refused(_("There is already one called “%(name)s”.") % {"name": other}, field=field)


def names_of(model: Any) -> dict[int, str]:
    """The names of every row of a small list, by id: one statement."""
    return {row.id: row.name for row in db.session.execute(select(model.id, model.name))}


def existing(model: Any, row_id: int | None, *, field: str) -> Any:
    """The row of that id; None for None. Raises Refused for an id that does not exist."""
    if row_id is None:
        return None
    row = db.session.get(model, row_id)
    if row is None:
        raise Refused(_("What you picked does not exist any more. Pick again."), field=field)
    return row


def setting_value(name: str) -> Any:
    """A setting as it is stored now, past every cache."""
    row = db.session.execute(select(Setting.value).where(Setting.name == name)).first()
    return row[0] if row else DEFAULTS[name]


def delete_row(row: Any, kind: str, *, by: Actor, now: datetime) -> SecurityEvent:
    """Delete a row that nothing uses, and write that. Call inside `desk_change()`."""
    event = note_change(kind, subject_id=row.id, name=row.name, by=by, now=now)
    db.session.delete(row)
    db.session.flush()
    return event


def get_row(model: Any, row_id: int) -> Any:
    """The row of that id. Raises NotFound."""
    row = db.session.get(model, row_id) if row_id < 2**31 else None
    if row is None:
        raise NotFound(_("There is no such entry. It may have been deleted."))
    return row


def lock_row(row: Any) -> None:
    """As `lock`, for a row that another administrator may have deleted meanwhile. Raises NotFound then."""
    try:
        lock(row)
    except InvalidRequestError as error:
        raise NotFound(_("There is no such entry. It may have been deleted.")) from error

"""Two administrators with the same form open: what only one of them changed is kept from both, the rest is asked."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

from sqlalchemy import select

from portal.core.database import db
from portal.core.errors import Conflict
from portal.core.words import _
from portal.people.models import SecurityEvent

V = TypeVar("V")
_MARK = 6


class Stale(Conflict):
    """Somebody else changed the same fields meanwhile.

    `merged` are the values to show in the form: what was typed, with the fields that were not touched as they are now.
    """

    def __init__(self, message: str, *, fields: tuple[str, ...], merged: Any):
        super().__init__(message)
        self.fields = fields
        self.merged = merged


def _plain(values: Any) -> dict[str, Any]:
    """The values by field; those of a dataclass as they are, without copying what is inside."""
    if is_dataclass(values):
        return {field.name: getattr(values, field.name) for field in fields(values)}
    return dict(values)


def _mark(value: Any) -> str:
    text = json.dumps(sorted(value) if isinstance(value, (set, frozenset)) else value, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_MARK]


def stamp(values: Any) -> str:
    """A short mark of each of a row's values (a frozen dataclass or a mapping), carried by a form as `seen`."""
    return "".join(_mark(value) for value in _plain(values).values())


def merge_stale(subject: str, subject_id: int | None, old: V, new: V, seen: str | None) -> V:
    """The values to store: `new`, but what the form did not touch as it is stored now (`old`).

    `seen` is the stamp of what the form was drawn from; None means no check. Raises Stale, naming who, when a field
    that the form did change was changed by somebody else too.
    """
    now, typed = _plain(old), _plain(new)
    if seen is None or len(seen) != _MARK * len(now):
        return new
    was = dict(zip(now, (seen[i : i + _MARK] for i in range(0, len(seen), _MARK)), strict=True))
    untouched = {name for name in now if _mark(typed[name]) == was[name]}
    both = tuple(
        name
        for name in now
        if name not in untouched and _mark(now[name]) != was[name] and _mark(now[name]) != _mark(typed[name])
    )
    merged: Any = {name: now[name] if name in untouched else typed[name] for name in now}
    if is_dataclass(new):
        make: Any = type(new)
        merged = make(**merged)
    if both:
        message = _("%(name)s changed this meanwhile.") % {"name": _who(subject, subject_id)}
        raise Stale(message, fields=both, merged=merged)
    return merged


def _who(subject: str, subject_id: int | None) -> str:
    recent = db.session.execute(
        select(SecurityEvent.actor_name, SecurityEvent.detail)
        .where(SecurityEvent.kind == f"{subject}.changed")
        .order_by(SecurityEvent.id.desc())
        .limit(20)
    )
    return next((name for name, detail in recent if detail.get("id") == subject_id and name), _("Somebody"))

"""The security log: sign-ins, failures and every change made in administration, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import render_template, request
from sqlalchemy import select
from sqlalchemy.sql import ColumnElement

from portal.core.clock import utc_now
from portal.core.words import _
from portal.people.desk import desk
from portal.people.models import Person, SecurityEvent
from portal.tickets.statuses import ticket_lists
from portal.web.admin import admin
from portal.web.admin.keyset import keyset
from portal.web.admin.log_words import change_lines, sentence
from portal.web.auth import current_actor

FILTERS: dict[str, str] = {"": _("Everything"), "changes": _("Changes"), "sign-ins": _("Sign-ins")}


@dataclass(frozen=True)
class LogRow:
    """One line of the log. `lines`: (what, old, new)."""

    id: int
    who: str
    text: str
    lines: tuple[tuple[str, str, str], ...]
    network: str
    is_failure: bool
    happened_at: datetime


def _name_of(key: str, value: Any) -> str | None:
    if key == "tickets.default_topic_id":
        topic = ticket_lists().topics.get(value)
        return topic.path if topic else None
    if key == "tickets.default_department_id":
        department = desk().departments.get(value)
        return department.name if department else None
    return None


def _row(row: Any) -> LogRow:
    return LogRow(
        id=row.id,
        who=row.actor_name or row.person_name or "",
        text=sentence(row.kind, row.detail),
        lines=tuple(change_lines(row.detail, _name_of)),
        network=row.network,
        is_failure=row.kind.endswith(".failed"),
        happened_at=row.happened_at,
    )


def _narrowed(show: str) -> ColumnElement[bool] | None:
    is_sign_in = SecurityEvent.kind.startswith("sign-")
    return {"sign-ins": is_sign_in, "changes": ~is_sign_in}.get(show)


@admin.get("/log")
def log() -> str:
    """A page of the log: one statement."""
    show = request.args.get("show", "")
    show = show if show in FILTERS else ""
    statement = select(
        SecurityEvent.id,
        SecurityEvent.kind,
        SecurityEvent.actor_name,
        SecurityEvent.network,
        SecurityEvent.detail,
        SecurityEvent.happened_at,
        Person.name.label("person_name"),
    ).outerjoin(Person, Person.id == SecurityEvent.person_id)
    narrowed = _narrowed(show)
    if narrowed is not None:
        statement = statement.where(narrowed)
    found = keyset(
        statement,
        SecurityEvent.id,
        SecurityEvent.id,
        url="/admin/log",
        make=_row,
        newest_first=True,
        keep={"show": show} if show else None,
    )
    return render_template(
        "admin/log.html", pages=found, filters=FILTERS, show=show, now=utc_now(), zone=current_actor().time_zone
    )

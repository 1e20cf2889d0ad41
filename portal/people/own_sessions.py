"""The sessions of one person: the list they see, and ending one of them (reliability.md S2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from portal.core.database import db, transaction
from portal.core.errors import NotFound
from portal.core.words import _
from portal.people.actor import Actor
from portal.people.models import WebSession

_BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True, slots=True)
class OwnSession:
    """A living session. `is_link`: it came from a secure link and shows one ticket only."""

    id: int
    device: str
    network: str
    started_at: datetime
    seen_at: datetime
    is_current: bool
    is_link: bool


def own_sessions(by: Actor, *, now: datetime) -> tuple[OwnSession, ...]:
    """The sessions of the person who asks, last used first, at most 50: one statement."""
    rows = db.session.execute(
        select(
            WebSession.id,
            WebSession.user_agent,
            WebSession.network,
            WebSession.created_at,
            WebSession.seen_at,
            WebSession.ticket_id,
        )
        .where(WebSession.person_id == by.person_id, WebSession.expires_at > now)
        .order_by(WebSession.seen_at.desc(), WebSession.id.desc())
        .limit(50)
    )
    return tuple(
        OwnSession(
            id=row.id,
            device=device_words(row.user_agent),
            network=row.network,
            started_at=row.created_at,
            seen_at=row.seen_at,
            is_current=row.id == by.session_id,
            is_link=row.ticket_id is not None,
        )
        for row in rows
    )


def end_own_session(session_id: int, *, by: Actor) -> None:
    """End one session of the person who asks. Raises NotFound for any other."""
    with transaction():
        done = db.session.execute(
            delete(WebSession).where(WebSession.id == session_id, WebSession.person_id == by.person_id)
        )
    if not done.rowcount:  # type: ignore[attr-defined]
        raise NotFound(_("This session is over already."))


def device_words(user_agent: str) -> str:
    """A browser as people call it: "Firefox on Windows"."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("Unknown browser")

"""Takes a ticket's secure links away from a person who no longer has to do with it, and gives them back on undo."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, select, update

from portal.core.database import db
from portal.people.models import AccessLink, WebSession


def revoke_links(ticket_id: int, person_id: int, *, now: datetime) -> list[int]:
    """Revoke the person's secure links to this ticket and end the sessions made with them. Gives the links' ids."""
    ids = list(
        db.session.execute(
            select(AccessLink.id).where(
                AccessLink.ticket_id == ticket_id, AccessLink.person_id == person_id, AccessLink.revoked_at.is_(None)
            )
        ).scalars()
    )
    if ids:
        db.session.execute(update(AccessLink).where(AccessLink.id.in_(ids)).values(revoked_at=now))
    db.session.execute(delete(WebSession).where(WebSession.ticket_id == ticket_id, WebSession.person_id == person_id))
    return ids


def give_back_links(link_ids: Iterable[int]) -> None:
    """Let links that `revoke_links` took away work again (until they expire)."""
    ids = list(link_ids)
    if ids:
        db.session.execute(update(AccessLink).where(AccessLink.id.in_(ids)).values(revoked_at=None))

"""Sign-ins, failures and changes of rights: who, when, from where; never a password, token or text (S5)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from portal.core.database import db, transaction
from portal.people.actor import Actor
from portal.people.models import SecurityEvent


def log_security(
    kind: str, *, by: Actor, now: datetime, network: str = "", person_id: int | None = None, **detail: Any
) -> None:
    """Write one line of the security log. `person_id` is whom it is about, when not the actor. Joins a transaction."""
    with transaction():
        db.session.add(
            SecurityEvent(
                kind=kind,
                person_id=person_id or by.person_id,
                actor_name=by.name[:200],
                network=network[:64],
                detail=detail,
                happened_at=now,
            )
        )

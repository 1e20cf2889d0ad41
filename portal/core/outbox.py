"""Putting messages into the outbox, in the transaction of the change that caused them."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from portal.core.database import db
from portal.core.models import Outbox


def post_letter(
    letter: str,
    *,
    address: str,
    now: datetime,
    person_id: int | None = None,
    ticket_id: int | None = None,
    event_id: int | None = None,
    entry_id: int | None = None,
    context: dict[str, Any] | None = None,
) -> Outbox:
    """Queue one letter (its name is a template in templates/mail). Call inside `transaction()`."""
    row = Outbox(
        kind="letter",
        letter=letter,
        address=address,
        person_id=person_id,
        ticket_id=ticket_id,
        event_id=event_id,
        entry_id=entry_id,
        context=context or {},
        delivery_id=secrets.token_hex(16),
        next_try_at=now,
        created_at=now,
    )
    db.session.add(row)
    return row

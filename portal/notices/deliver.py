"""Delivering outbox rows by their kind. Until mail can be sent a letter is composed and kept, to be read by
administrators with its links masked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from portal.core.models import Outbox
from portal.notices.letters import compose

Transport = Callable[[Outbox, datetime], str]


def keep_letter(row: Outbox, now: datetime) -> str:
    """Compose a letter and keep it; fills its subject and body, and holds no token."""
    letter = compose(row, now=now)
    row.subject, row.body = letter.subject, letter.body
    return "kept"


TRANSPORTS: dict[str, Transport] = {"letter": keep_letter}
"""How rows of a kind are delivered."""


def deliver(row: Outbox, now: datetime) -> str:
    """Deliver one row; gives its final state (`kept` or `done`). Raises LookupError for a kind nobody delivers."""
    return TRANSPORTS[row.kind](row, now)

"""Who hears of what: letters to customers and alerts to agents, written with the change that caused them."""

from __future__ import annotations

from sqlalchemy import event

from portal.core.database import db
from portal.notices.happenings import forget_happenings, notice, write_letters
from portal.tickets import history


def register() -> None:
    """Hear every event that tickets record. Safe to call more than once."""
    if notice not in history.listeners:
        history.listeners.append(notice)
    if not event.contains(db.session.session_factory, "before_commit", write_letters):
        event.listen(db.session.session_factory, "before_commit", write_letters)
        event.listen(db.session.session_factory, "after_rollback", forget_happenings)


__all__ = ["register"]

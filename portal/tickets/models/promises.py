"""Promises: when the customer hears from the desk, and when it should be solved (spec/incidents.md section 1)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Base, UtcDateTime


class Promise(Base):
    """`kind` update, fix or callback; `state` open → kept, moved, missed or withdrawn.

    `confidence` (fix only): likely, not_before or unknown. A moved promise points to the one that took its place.
    """

    __tablename__ = "promise"
    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    kind: Mapped[str] = mapped_column(String(10))
    words: Mapped[str] = mapped_column(Text, default="")
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    confidence: Mapped[str] = mapped_column(String(12), default="")
    state: Mapped[str] = mapped_column(String(10), default="open")
    reason: Mapped[str] = mapped_column(Text, default="")
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    made_by_name: Mapped[str] = mapped_column(String(200), default="")
    made_in_entry_id: Mapped[int | None] = mapped_column()
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    kept_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    moved_to_id: Mapped[int | None] = mapped_column()
    __table_args__ = (
        Index("ix_promise_state_due", "state", "due_at", "id"),
        Index(
            "uq_promise_one_open",
            "ticket_id",
            "kind",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_promise_ticket", "ticket_id", "id"),
    )

"""What happened, append-only; tickets/history.py is the only writer."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Base, UtcDateTime


class Event(Base):
    """One thing that happened to a ticket.

    `kind` is `subject.past` (`status.changed`); `field` the ticket's field it changed, if one; `old` and `new` are
    values, `data` what the sentence and undo need besides. `version` is the ticket's after it. `undoes_id` is the
    event that this one took back.
    """

    __tablename__ = "event"
    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    kind: Mapped[str] = mapped_column(String(40))
    field: Mapped[str | None] = mapped_column(String(40))
    old: Mapped[Any] = mapped_column(JSON, nullable=True)
    new: Mapped[Any] = mapped_column(JSON, nullable=True)
    data: Mapped[dict] = mapped_column(JSON, default=dict)
    is_public: Mapped[bool] = mapped_column(default=False)
    actor_kind: Mapped[str] = mapped_column(String(10))
    actor_id: Mapped[int | None] = mapped_column()
    actor_name: Mapped[str] = mapped_column(String(200))
    entry_id: Mapped[int | None] = mapped_column()
    undoes_id: Mapped[int | None] = mapped_column(index=True)
    version: Mapped[int] = mapped_column()
    happened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    __table_args__ = (
        Index("ix_event_ticket_happened", "ticket_id", "happened_at", "id"),
        Index("ix_event_ticket_field_version", "ticket_id", "field", "version"),
    )

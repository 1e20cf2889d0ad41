"""The words a ticket is found by, already split and folded by core/text.py `search_tokens`."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Base


class TicketText(Base):
    """One row a ticket: `public` words (number, subject, people, public entries) and `internal` ones (notes).

    The full-text index over it is a migration's: an FTS5 table fed by triggers on SQLite, two generated tsvectors
    with GIN on PostgreSQL. tickets/search_text.py is the only writer.
    """

    __tablename__ = "ticket_text"
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True)
    public: Mapped[str] = mapped_column(Text, default="")
    internal: Mapped[str] = mapped_column(Text, default="")

"""Who else a ticket concerns: collaborators, referrals, mentions, and tickets that stand beside it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Base, UtcDateTime


class Collaborator(Base):
    """Another person who follows the ticket (Cc) and hears every public entry."""

    __tablename__ = "collaborator"
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Referral(Base):
    """Lets another agent, team or department see the ticket. `target_kind`: agent, team or department."""

    __tablename__ = "referral"
    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    target_kind: Mapped[str] = mapped_column(String(10))
    target_id: Mapped[int] = mapped_column()
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    __table_args__ = (
        UniqueConstraint("ticket_id", "target_kind", "target_id"),
        Index("ix_referral_target", "target_kind", "target_id", "ticket_id"),
    )


class Mention(Base):
    """An agent was mentioned in a note of this ticket, last at `mentioned_at`."""

    __tablename__ = "mention"
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"), primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True)
    mentioned_at: Mapped[datetime] = mapped_column(UtcDateTime)
    __table_args__ = (Index("ix_mention_agent_at", "agent_id", "mentioned_at", "ticket_id"),)


class TicketLink(Base):
    """Two tickets side by side. `kind`: duplicate, related (either way round) or parent (`from` is the parent)."""

    __tablename__ = "ticket_link"
    id: Mapped[int] = mapped_column(primary_key=True)
    from_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    to_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    __table_args__ = (UniqueConstraint("from_id", "to_id", "kind"),)

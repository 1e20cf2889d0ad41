"""Tables that every room uses: settings, the outbox, counted tries, first results of forms, stored files."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Base, UtcDateTime


class Setting(Base):
    """One of the administrators' settings (core/desk_settings.py names them), or the desk's version counter."""

    __tablename__ = "setting"
    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)


class Outbox(Base):
    """A message waiting to be delivered, written in the transaction of the change that caused it.

    `state`: queued → sending (leased) → done, kept (no transport yet) or dead. `context` never holds a token: links
    are made when the letter is sent (spec/mail.md section 5).
    """

    __tablename__ = "outbox"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), default="letter")
    letter: Mapped[str] = mapped_column(String(60))
    delivery_id: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int | None] = mapped_column(index=True)
    address: Mapped[str] = mapped_column(String(254))
    ticket_id: Mapped[int | None] = mapped_column(index=True)
    event_id: Mapped[int | None] = mapped_column()
    entry_id: Mapped[int | None] = mapped_column()
    context: Mapped[dict] = mapped_column(JSON, default=dict)
    subject: Mapped[str] = mapped_column(Text, default="")
    body: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(12), default="queued")
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime] = mapped_column(UtcDateTime)
    lease: Mapped[str] = mapped_column(String(64), default="")
    last_error: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    __table_args__ = (Index("ix_outbox_state_next_try_at", "state", "next_try_at", "id"),)


class Try(Base):
    """A counted try (sign-in, link request, ticket opened) inside a window (core/limits.py)."""

    __tablename__ = "counted_try"
    id: Mapped[int] = mapped_column(primary_key=True)
    bucket: Mapped[str] = mapped_column(String(64))
    happened_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    __table_args__ = (Index("ix_counted_try_bucket_happened_at", "bucket", "happened_at"),)


class FirstResult(Base):
    """What the first submit of a creating form gave, so that a double submit gives the same (product.md section 5)."""

    __tablename__ = "first_result"
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    result: Mapped[str] = mapped_column(String(500))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class KeptForm(Base):
    """What somebody typed into a form that arrived after sign-out, kept for a day under a token's hash."""

    __tablename__ = "kept_form"
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    action: Mapped[str] = mapped_column(String(500))
    fields: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class StoredFile(Base):
    """A file kept on disk under its SHA-256 (core/files.py). `media_type` was decided from its content."""

    __tablename__ = "stored_file"
    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    size: Mapped[int] = mapped_column()
    media_type: Mapped[str] = mapped_column(String(100))
    stored_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Job(Base):
    """A kind of background work: when it last ran, when it runs next, what went wrong; leased by compare-and-set."""

    __tablename__ = "job"
    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    next_run_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_run_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_seconds: Mapped[float | None] = mapped_column()
    last_error: Mapped[str] = mapped_column(Text, default="")
    lease: Mapped[str] = mapped_column(String(64), default="")

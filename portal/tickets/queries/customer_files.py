"""How much one customer keeps in the store (reliability.md U1), and the files they may download."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select

from portal.core.database import db
from portal.core.errors import NotFound, TooLarge
from portal.core.models import StoredFile
from portal.core.words import _
from portal.people.actor import Actor
from portal.tickets.models import Attachment, Entry, Ticket
from portal.tickets.policy import visible_to

CUSTOMER_BYTES = 1024 * 1024 * 1024
"""What the files of one customer may take together."""


@dataclass(frozen=True)
class Download:
    """A file somebody may have: `name` as shown, `sha256` where it lies, `size` in bytes."""

    name: str
    sha256: str
    size: int
    media_type: str


def stored_bytes_of(person_id: int) -> int:
    """The bytes of all files a person has sent: one statement."""
    return int(
        db.session.execute(
            select(func.coalesce(func.sum(StoredFile.size), 0))
            .join(Attachment, Attachment.file_id == StoredFile.id)
            .join(Entry, Entry.id == Attachment.entry_id)
            .where(Entry.author_id == person_id)
        ).scalar_one()
    )


def refuse_if_full(person_id: int | None, uploads: Iterable[object]) -> None:
    """Raise TooLarge when these uploads (Werkzeug's) would take a customer past what one may keep."""
    sizes = [_size(upload) for upload in uploads if getattr(upload, "filename", "")]
    if not sizes or person_id is None:
        return
    if stored_bytes_of(person_id) + sum(sizes) > CUSTOMER_BYTES:
        raise TooLarge(_("Your files take up all the room there is for one person. Send this without files."))


def _size(upload: object) -> int:
    stream = upload.stream  # type: ignore[attr-defined]
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    return int(size)


def download(actor: Actor, key: str) -> Download:
    """The file of that key if the actor may have it: one statement. Raises NotFound, the same for both reasons.

    Customers and holders of secure links: files of messages and replies; agents: also those of notes.
    """
    statement = (
        select(Attachment.name, StoredFile.sha256, StoredFile.size, StoredFile.media_type)
        .select_from(Attachment)
        .join(StoredFile, StoredFile.id == Attachment.file_id)
        .join(Entry, Entry.id == Attachment.entry_id)
        .join(Ticket, Ticket.id == Entry.thread_id)
        .where(Attachment.key == key)
    )
    if not actor.is_agent:
        statement = statement.where(Entry.kind.in_(("message", "reply")))
    row = db.session.execute(visible_to(actor, statement)).first() if 0 < len(key) <= 64 else None
    if row is None:
        raise NotFound(_("There is no such file, or you may not have it."))
    return Download(*row)

"""The trash: moving a ticket there, bringing it back, and purging it with its files after 30 days."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Select, delete, or_, select, update

from portal.core.database import db, lock, transaction
from portal.core.desk_settings import desk_setting
from portal.core.errors import Refused
from portal.core.files import file_path
from portal.core.models import Outbox, StoredFile
from portal.core.words import _
from portal.people.actor import Actor
from portal.people.models import AccessLink, WebSession
from portal.tickets import facts, policy, search_text
from portal.tickets.actions.merge import family
from portal.tickets.actions.undo import UNDO
from portal.tickets.history import instant, record
from portal.tickets.models import (
    Attachment,
    Collaborator,
    Entry,
    Event,
    Mention,
    Promise,
    Referral,
    Ticket,
    TicketLink,
    TicketText,
)

_BATCH = 50


def trash(ticket: Ticket, *, by: Actor, now: datetime) -> Event | None:
    """Move a ticket to the trash. None when it is there. Raises Forbidden, Refused for a merged one."""
    policy.require(by, "ticket.delete", ticket)
    with transaction():
        lock(ticket)
        if ticket.deleted_at is not None:
            return None
        if ticket.merged_into_id is not None:
            raise Refused(_("This ticket was merged into another one. Undo the merge first."))
        return _put(ticket, now, "ticket.trashed", by=by, now=now)


def restore(ticket: Ticket, *, by: Actor, now: datetime) -> Event | None:
    """Bring a ticket back from the trash. None when it is not there. Raises Forbidden."""
    policy.require(by, "ticket.delete", ticket)
    with transaction():
        lock(ticket)
        if ticket.deleted_at is None:
            return None
        return _put(ticket, None, "ticket.restored", by=by, now=now)


def _put(
    ticket: Ticket, deleted_at: datetime | None, kind: str, *, by: Actor, now: datetime, undoes_id: int | None = None
) -> Event:
    old, ticket.deleted_at = ticket.deleted_at, deleted_at
    facts.place(ticket)
    return record(
        ticket, kind, by=by, now=now, field="trash", old=instant(old), new=instant(deleted_at), undoes_id=undoes_id
    )


def purge_trash(now: datetime) -> int:
    """The worker's: remove for good what has been in the trash too long, a transaction each. Gives how many.

    Index: ix_ticket_trash. The number stays taken.
    """
    before = now - timedelta(days=desk_setting("tickets.trash_days"))
    ids = (
        db.session.execute(
            select(Ticket.id).where(Ticket.deleted_at <= before).order_by(Ticket.deleted_at).limit(_BATCH)
        )
        .scalars()
        .all()
    )
    return sum(_purge(ticket_id, before, now) for ticket_id in ids)


def _purge(ticket_id: int, before: datetime, now: datetime) -> bool:
    with transaction():
        ticket = db.session.get(Ticket, ticket_id)
        if ticket is None:
            return False
        lock(ticket)
        if ticket.deleted_at is None or ticket.deleted_at > before:
            return False
        _free_merged(ticket_id)
        hashes = _delete_entries(ticket_id)
        _delete_rows(ticket_id)
        db.session.expunge(ticket)
        db.session.execute(delete(Ticket).where(Ticket.id == ticket_id))
    _delete_files(hashes)
    return True


def _free_merged(ticket_id: int) -> None:
    """Tickets that were merged into it stand alone again, closed, with what was written in them."""
    children = db.session.execute(select(Ticket).where(Ticket.merged_into_id == ticket_id)).scalars().all()
    for child in children:
        lock(child)
        db.session.execute(
            update(Entry)
            .where(Entry.thread_id == ticket_id, Entry.ticket_id.in_(family(child.id)))
            .values(thread_id=child.id)
        )
        child.merged_into_id = None
        facts.place(child)
        search_text.index_ticket(child)


def _delete_entries(ticket_id: int) -> list[str]:
    """Remove the ticket's entries; gives the hashes of files that nothing names any more (their rows are gone)."""
    entries = select(Entry.id).where(or_(Entry.thread_id == ticket_id, Entry.ticket_id == ticket_id))
    file_ids = list(
        db.session.execute(select(Attachment.file_id).where(Attachment.entry_id.in_(entries)).distinct()).scalars()
    )
    db.session.execute(delete(Attachment).where(Attachment.entry_id.in_(entries)))
    db.session.execute(delete(Entry).where(or_(Entry.thread_id == ticket_id, Entry.ticket_id == ticket_id)))
    unused = _unused_files(file_ids)
    rows = db.session.execute(unused).all()
    if rows:
        db.session.execute(delete(StoredFile).where(StoredFile.id.in_([row.id for row in rows])))
    return [row.sha256 for row in rows]


def _unused_files(file_ids: list[int]) -> Select[int, str]:
    named = select(Attachment.id).where(Attachment.file_id == StoredFile.id).exists()
    return select(StoredFile.id, StoredFile.sha256).where(StoredFile.id.in_(file_ids), ~named)


def _delete_rows(ticket_id: int) -> None:
    for model in (Event, Promise, Collaborator, Referral, Mention, TicketText):
        db.session.execute(delete(model).where(model.ticket_id == ticket_id))
    db.session.execute(delete(TicketLink).where(or_(TicketLink.from_id == ticket_id, TicketLink.to_id == ticket_id)))
    db.session.execute(delete(Outbox).where(Outbox.ticket_id == ticket_id))
    links = select(AccessLink.id).where(AccessLink.ticket_id == ticket_id)
    db.session.execute(delete(WebSession).where(or_(WebSession.ticket_id == ticket_id, WebSession.link_id.in_(links))))
    db.session.execute(delete(AccessLink).where(AccessLink.ticket_id == ticket_id))


def _delete_files(hashes: Iterable[str]) -> None:
    """Remove files from disk, unless somebody sent the same bytes again since."""
    for sha256 in hashes:
        if db.session.execute(select(StoredFile.id).where(StoredFile.sha256 == sha256)).first() is None:
            with contextlib.suppress(OSError):  # a file that is gone or held open: doctor names what is left
                file_path(sha256).unlink(missing_ok=True)


def _undo_trashed(ticket: Ticket, event: Event, *, by: Actor, now: datetime) -> Event:
    policy.require(by, "ticket.delete", ticket)
    if ticket.deleted_at is None:
        raise Refused(_("This ticket is not in the trash any more."))
    return _put(ticket, None, "ticket.restored", by=by, now=now, undoes_id=event.id)


def _undo_restored(ticket: Ticket, event: Event, *, by: Actor, now: datetime) -> Event:
    policy.require(by, "ticket.delete", ticket)
    if ticket.deleted_at is not None:
        raise Refused(_("This ticket is in the trash already."))
    return _put(ticket, now, "ticket.trashed", by=by, now=now, undoes_id=event.id)


UNDO["ticket.trashed"] = _undo_trashed
UNDO["ticket.restored"] = _undo_restored

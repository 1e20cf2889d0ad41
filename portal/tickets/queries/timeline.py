"""The timeline of a ticket for agents: entries and events merged in time order, newest page first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup
from sqlalchemy import Integer, and_, bindparam, func, or_, select
from sqlalchemy.engine import Row

from portal.core.database import db
from portal.core.models import StoredFile
from portal.core.paging import Cursor
from portal.core.text import initials
from portal.core.words import _
from portal.people.actor import Actor
from portal.people.desk import desk
from portal.tickets.models import Attachment, Entry, Event
from portal.tickets.queries.event_columns import EVENT_COLUMNS
from portal.tickets.queries.track import CHANNEL_WORDS
from portal.tickets.queries.undoing import may_undo
from portal.tickets.wording import agent_sentence

TIMELINE_SIZE = 100
MOST_NAMED = 3
"""How many collaborators a reply names."""

_TOLD_BY_ENTRIES = ("message.posted", "reply.sent", "note.added", "mention.made")
"""Events that say what an entry of the timeline shows anyway."""

_ENTRY, _EVENT = 0, 1
"""At the same instant an entry stands before the events it caused."""

_TICKET = bindparam("ticket", type_=Integer)

_ENTRIES = (
    select(
        Entry.id,
        Entry.ticket_id,
        Entry.kind,
        Entry.author_id,
        Entry.author_kind,
        Entry.author_name,
        Entry.body_html,
        Entry.channel,
        Entry.created_at,
    )
    .where(Entry.thread_id == _TICKET)
    .order_by(Entry.created_at.desc(), Entry.id.desc())
    .limit(TIMELINE_SIZE + 1)
)

_EVENTS = (
    select(*EVENT_COLUMNS)
    .where(Event.ticket_id == _TICKET, Event.kind.not_in(_TOLD_BY_ENTRIES))
    .order_by(Event.happened_at.desc(), Event.id.desc())
    .limit(TIMELINE_SIZE + 1)
)

_NEWER = (
    select(*EVENT_COLUMNS)
    .where(Event.ticket_id == _TICKET, Event.version > bindparam("version", type_=Integer))
    .order_by(Event.version)
    .limit(TIMELINE_SIZE)
)

_FILES = (
    select(Attachment.entry_id, Attachment.key, Attachment.name, StoredFile.size, StoredFile.media_type)
    .join(StoredFile, StoredFile.id == Attachment.file_id)
    .join(Entry, Entry.id == Attachment.entry_id)
    .where(Entry.thread_id == _TICKET, Attachment.entry_id.between(bindparam("low"), bindparam("high")))
    .order_by(Attachment.entry_id, Attachment.position, Attachment.id)
)


@dataclass(frozen=True, slots=True)
class FileChip:
    """An attached file as the timeline shows it; `size` in bytes."""

    key: str
    name: str
    size: int
    is_picture: bool


@dataclass(frozen=True, slots=True)
class EntryItem:
    """A message, reply or note. `body_html` was made safe when it was written.

    `via` says how it came or whom it went to; `written_in` is the id of the merged ticket it was written in, None when
    it is this ticket's own.
    """

    id: int
    kind: str
    author_name: str
    author_initials: str
    author_colour: int
    is_own: bool
    via: str
    created_at: datetime
    body_html: Markup
    files: tuple[FileChip, ...]
    written_in: int | None
    is_entry: bool = True


@dataclass(frozen=True, slots=True)
class EventItem:
    """Something that happened, as a sentence that names who did it; `field` is the one it changed, or ""."""

    id: int
    kind: str
    field: str
    sentence: str
    happened_at: datetime
    can_undo: bool
    is_entry: bool = False


@dataclass(frozen=True, slots=True)
class Timeline:
    """One page of it, oldest first; `earlier` is the cursor of the page before, None when this one reaches the start.

    `last_entry_id` is the newest entry's (0 on earlier pages). `is_addition`: only what came after a version.
    """

    items: tuple[EntryItem | EventItem, ...]
    earlier: str | None
    last_entry_id: int
    is_addition: bool = False


@dataclass(frozen=True, slots=True)
class Listener:
    """A person who gets the public entries, since `since` (None: from the start)."""

    name: str
    since: datetime | None


def load_timeline(
    ticket: Row[Any],
    listeners: Iterable[Listener],
    viewer: Actor,
    *,
    before: Cursor | None = None,
) -> Timeline:
    """The newest items, or those before a cursor: three statements (entries, events, files), one more with a cursor.

    Indexes: ix_entry_thread_created, ix_event_ticket_happened, ix_attachment_entry_id.
    """
    entries, events = _rows(ticket.id, before)
    merged = sorted(
        [((row.created_at, _ENTRY, row.id), row) for row in entries]
        + [((row.happened_at, _EVENT, row.id), row) for row in events],
        key=lambda pair: pair[0],
    )
    earlier = None
    if len(merged) > TIMELINE_SIZE:
        merged = merged[-TIMELINE_SIZE:]
        earlier = _cursor(merged[0][0])
    files = _files(ticket.id, [key[2] for key, _found in merged if key[1] == _ENTRY])
    newest = _newest_versions(ticket.id, events, before)
    heard = tuple(listeners)
    moved = max((row.happened_at for row in events if row.kind == "customer.changed"), default=None)
    items: list[EntryItem | EventItem] = []
    for key, row in merged:
        if key[1] == _ENTRY:
            items.append(_entry_item(row, ticket.id, viewer, files.get(row.id, ()), _via(row, heard, moved)))
        elif row.kind != "ticket.opened" or row.data.get("on_behalf"):
            items.append(_event_item(row, ticket, viewer, newest))
    last = next((key[2] for key, _found in reversed(merged) if key[1] == _ENTRY), 0) if before is None else 0
    return Timeline(tuple(items), earlier, last)


def load_addition(ticket: Row[Any], viewer: Actor, version: int) -> Timeline | None:
    """The events after a version, to be put below a timeline that is shown: one statement.

    None when somebody wrote something meanwhile: then the whole timeline is needed.
    """
    rows = db.session.connection().execute(_NEWER, {"ticket": ticket.id, "version": version}).all()
    if any(row.entry_id is not None for row in rows):
        return None
    newest = _newest_versions(ticket.id, list(rows), None)
    return Timeline(tuple(_event_item(row, ticket, viewer, newest) for row in rows), None, 0, is_addition=True)


def _event_item(row: Row[Any], ticket: Row[Any], viewer: Actor, newest: dict[str, int]) -> EventItem:
    can_undo = row.field is not None and newest.get(row.field) == row.version and may_undo(viewer, row, ticket)
    return EventItem(row.id, row.kind, row.field or "", agent_sentence(row, viewer), row.happened_at, can_undo)


def _rows(ticket_id: int, before: Cursor | None) -> tuple[list[Any], list[Any]]:
    entries, events = _ENTRIES, _EVENTS
    place = _place(before)
    if place is not None:
        moment, rank, row_id = place
        same_entry = Entry.created_at == moment
        if rank == _ENTRY:
            same_entry = and_(same_entry, Entry.id < row_id)
        entries = entries.where(or_(Entry.created_at < moment, same_entry))
        older = Event.happened_at < moment
        if rank == _EVENT:
            older = or_(older, and_(Event.happened_at == moment, Event.id < row_id))
        events = events.where(older)
    run = db.session.connection().execute
    return list(run(entries, {"ticket": ticket_id}).all()), list(run(events, {"ticket": ticket_id}).all())


def _cursor(key: tuple[datetime, int, int]) -> str:
    return Cursor(f"{key[0].isoformat()}|{key[1]}", key[2]).encode()


def _place(cursor: Cursor | None) -> tuple[datetime, int, int] | None:
    """The cursor's instant, rank and id; None for one that was not made here (the timeline then starts anew)."""
    if cursor is None or not isinstance(cursor.value, str):
        return None
    text, _bar, rank = cursor.value.partition("|")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    is_ours = moment.tzinfo is not None and 1970 < moment.year < 9000 and rank in ("0", "1")
    return (moment, int(rank), cursor.id) if is_ours else None


def _files(ticket_id: int, entry_ids: list[int]) -> dict[int, tuple[FileChip, ...]]:
    low, high = (min(entry_ids), max(entry_ids)) if entry_ids else (0, 0)
    rows = db.session.connection().execute(_FILES, {"ticket": ticket_id, "low": low, "high": high}).all()
    chips: dict[int, list[FileChip]] = {}
    for row in rows:
        chip = FileChip(row.key, row.name, row.size, row.media_type.startswith("image/"))
        chips.setdefault(row.entry_id, []).append(chip)
    return {entry_id: tuple(found) for entry_id, found in chips.items()}


def _newest_versions(ticket_id: int, events: list[Row[Any]], before: Cursor | None) -> dict[str, int]:
    """Each field's newest event by its version: an older one's value is no longer the ticket's."""
    if before is not None:
        rows = db.session.execute(
            select(Event.field, func.max(Event.version))
            .where(Event.ticket_id == ticket_id, Event.field.is_not(None))
            .group_by(Event.field)
        ).all()
        return {str(row[0]): row[1] for row in rows}
    newest: dict[str, int] = {}
    for row in events:
        if row.field is not None and row.version > newest.get(row.field, 0):
            newest[row.field] = row.version
    return newest


def _via(row: Row[Any], listeners: tuple[Listener, ...], moved: datetime | None) -> str:
    """How an entry came or went; nobody is named when the ticket had another customer then."""
    if row.kind == "note":
        return _("internal note")
    if row.kind == "message":
        return CHANNEL_WORDS.get(row.channel, "")
    if moved is not None and row.created_at < moved:
        return _("reply")
    customer, *others = [one.name for one in listeners if one.since is None or one.since <= row.created_at]
    copies = [_("%(name)s (cc)") % {"name": name} for name in others[:MOST_NAMED]]
    if len(others) > MOST_NAMED:
        copies.append(_("%(n)s more") % {"n": len(others) - MOST_NAMED})
    return _("reply to %(names)s") % {"names": ", ".join([customer.split(" ", 1)[0], *copies])}


def _entry_item(row: Row[Any], ticket_id: int, viewer: Actor, files: tuple[FileChip, ...], via: str) -> EntryItem:
    card = desk().agent_of_person(row.author_id) if row.author_kind == "agent" else None
    return EntryItem(
        id=row.id,
        kind=row.kind,
        author_name=row.author_name,
        author_initials=initials(row.author_name),
        author_colour=card.colour if card else (row.author_id or 0) % 4,
        is_own=row.author_id == viewer.person_id,
        via=via,
        created_at=row.created_at,
        body_html=Markup(row.body_html),  # noqa: S704 - sanitised by core/html.py when it was written
        files=files,
        written_in=row.ticket_id if row.ticket_id != ticket_id else None,
    )

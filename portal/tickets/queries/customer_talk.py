"""The conversation as its customer reads it: messages, replies and public events, oldest first. Never a note."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup
from sqlalchemy import and_, or_, select
from sqlalchemy.engine import Row

from portal.core.database import db
from portal.core.desk_settings import desk_setting
from portal.core.models import StoredFile
from portal.core.paging import Cursor
from portal.core.text import initials
from portal.core.words import _
from portal.people.actor import Actor
from portal.people.desk import desk
from portal.tickets.models import Attachment, Entry, Event
from portal.tickets.wording import customer_sentence

TALK_SIZE = 100

_PUBLIC_KINDS = ("message", "reply")
_TOLD_BY_ENTRIES = ("message.posted", "reply.sent")
"""Events that say what an entry of the conversation shows anyway."""

_ENTRIES = (
    select(
        Entry.id, Entry.kind, Entry.author_id, Entry.author_kind, Entry.author_name, Entry.body_html, Entry.created_at
    )
    .where(Entry.kind.in_(_PUBLIC_KINDS))
    .order_by(Entry.created_at.desc(), Entry.id.desc())
    .limit(TALK_SIZE + 1)
)

_EVENTS = (
    select(
        Event.id,
        Event.ticket_id,
        Event.kind,
        Event.field,
        Event.old,
        Event.new,
        Event.data,
        Event.is_public,
        Event.actor_kind,
        Event.actor_id,
        Event.actor_name,
        Event.entry_id,
        Event.undoes_id,
        Event.version,
        Event.happened_at,
    )
    .where(Event.is_public, Event.kind.not_in(_TOLD_BY_ENTRIES))
    .order_by(Event.happened_at.desc(), Event.id.desc())
    .limit(TALK_SIZE + 1)
)

_FILES = (
    select(
        Attachment.entry_id, Attachment.key, Attachment.name, StoredFile.size, StoredFile.media_type, Entry.created_at
    )
    .join(StoredFile, StoredFile.id == Attachment.file_id)
    .join(Entry, Entry.id == Attachment.entry_id)
    .where(Entry.kind.in_(_PUBLIC_KINDS))
    .order_by(Attachment.entry_id, Attachment.position, Attachment.id)
)


@dataclass(frozen=True, slots=True)
class PublicFile:
    """A file sent with a message or reply; `size` in bytes."""

    key: str
    name: str
    size: int
    is_picture: bool


@dataclass(frozen=True, slots=True)
class TalkEntry:
    """A message or reply. `author` is "You", "Ana, Harbour Bank" or a name; `body_html` was made safe when written."""

    id: int
    kind: str
    author: str
    author_initials: str
    author_colour: int
    is_own: bool
    created_at: datetime
    body_html: Markup
    files: tuple[PublicFile, ...]
    is_entry: bool = True


@dataclass(frozen=True, slots=True)
class TalkEvent:
    """Something that happened, as a sentence for the customer."""

    id: int
    sentence: str
    happened_at: datetime
    is_entry: bool = False


@dataclass(frozen=True, slots=True)
class Talk:
    """One page of the conversation, oldest first. `earlier` is the cursor of what came before, "" at the start."""

    items: tuple[TalkEntry | TalkEvent, ...]
    files: tuple[PublicFile, ...]
    earlier: str
    news_asked_at: datetime | None


def load_talk(ticket_id: int, viewer: Actor, *, now: datetime, time_zone: str, before: Cursor | None = None) -> Talk:
    """The newest messages, replies and public events, or those before a cursor: three statements.

    Indexes: ix_entry_thread_created, ix_event_ticket_happened, ix_attachment_entry_id.
    """
    entries, events = _rows(ticket_id, _place(before))
    has_earlier = len(entries) > TALK_SIZE
    entries = entries[:TALK_SIZE]
    files = _files(ticket_id)
    since = entries[-1].created_at if has_earlier else None
    lines = [
        (row.happened_at, 1, row.id, TalkEvent(row.id, sentence, row.happened_at))
        for row in events
        if (since is None or row.happened_at >= since)
        and not _is_plain(row)
        and (sentence := customer_sentence(row, time_zone=time_zone, now=now))
    ]
    own_initials = _own_initials(entries, viewer)
    talk = [(row.created_at, 0, row.id, _entry(row, viewer, own_initials, files)) for row in entries]
    items = sorted(talk + lines, key=lambda item: item[:3])  # type: ignore[operator]
    return Talk(
        items=tuple(item[3] for item in items),  # type: ignore[misc]
        files=tuple(file for chips in files.values() for file in chips),
        earlier=Cursor(entries[-1].created_at.isoformat(), entries[-1].id).encode() if has_earlier else "",
        news_asked_at=max((row.happened_at for row in events if row.kind == "news.asked"), default=None),
    )


def _is_plain(row: Row[Any]) -> bool:
    """What the entry beside it and the track say already: the customer opened it, or who replied has it now."""
    if row.kind == "ticket.opened":
        return not row.data.get("on_behalf")
    return row.kind == "ticket.assigned" and bool(row.data.get("by_reply"))


def _rows(ticket_id: int, place: tuple[datetime, int] | None) -> tuple[list[Row[Any]], list[Row[Any]]]:
    entries, events = _ENTRIES.where(Entry.thread_id == ticket_id), _EVENTS.where(Event.ticket_id == ticket_id)
    if place is not None:
        moment, row_id = place
        entries = entries.where(or_(Entry.created_at < moment, and_(Entry.created_at == moment, Entry.id < row_id)))
        events = events.where(Event.happened_at < moment)
    return list(db.session.execute(entries).all()), list(db.session.execute(events).all())


def _place(cursor: Cursor | None) -> tuple[datetime, int] | None:
    if cursor is None or not isinstance(cursor.value, str):
        return None
    try:
        moment = datetime.fromisoformat(cursor.value)
    except ValueError:
        return None
    return (moment, cursor.id) if moment.tzinfo else None


def _files(ticket_id: int) -> dict[int, tuple[PublicFile, ...]]:
    chips: dict[int, list[PublicFile]] = {}
    for row in db.session.execute(_FILES.where(Entry.thread_id == ticket_id)):
        file = PublicFile(row.key, row.name, row.size, row.media_type.startswith("image/"))
        chips.setdefault(row.entry_id, []).append(file)
    return {entry_id: tuple(found) for entry_id, found in chips.items()}


def _own_initials(entries: list[Row[Any]], viewer: Actor) -> str:
    """The viewer's initials by the name first typed here: of the person behind an address the writer learns nothing."""
    for row in reversed(entries):
        if row.author_id == viewer.person_id and row.author_kind != "agent":
            return initials(row.author_name)
    return initials(viewer.name)


def _entry(row: Row[Any], viewer: Actor, own_initials: str, files: dict[int, tuple[PublicFile, ...]]) -> TalkEntry:
    is_own = row.author_id == viewer.person_id and row.author_kind != "agent"
    colour = (row.author_id or 0) % 4
    if is_own:
        author, letters = _("You"), own_initials
    elif row.author_kind == "agent":
        card = desk().agent_of_person(row.author_id) if row.author_id else None
        colour = card.colour if card else colour
        author, letters = agent_signature(row.author_name), initials(row.author_name)
    else:
        author, letters = row.author_name or str(desk_setting("site.name")), initials(row.author_name)
    return TalkEntry(
        id=row.id,
        kind=row.kind,
        author=author,
        author_initials=letters,
        author_colour=colour,
        is_own=is_own,
        created_at=row.created_at,
        body_html=Markup(row.body_html),  # noqa: S704 - sanitised by core/html.py when it was written
        files=files.get(row.id, ()),
    )


def agent_signature(name: str) -> str:
    """How an agent is called in front of customers: first name and the site ("Ana, Harbour Bank")."""
    site = str(desk_setting("site.name"))
    first = name.split(" ", 1)[0] if name else site
    return first if first == site else _("%(name)s, %(site)s") % {"name": first, "site": site}

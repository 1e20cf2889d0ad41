"""The conversation as its customer reads it: messages, replies and public events, oldest first. Never a note."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from markupsafe import Markup
from sqlalchemy import and_, bindparam, or_, select
from sqlalchemy.engine import Row

from portal.core.desk_settings import desk_setting
from portal.core.kept import Kept
from portal.core.models import StoredFile
from portal.core.paging import Cursor
from portal.core.reading import run
from portal.core.text import initials
from portal.core.words import _
from portal.people.actor import Actor
from portal.people.desk import desk
from portal.tickets.models import Attachment, Entry, Event
from portal.tickets.queries.event_columns import EVENT_COLUMNS
from portal.tickets.wording import customer_sentence

TALK_SIZE = 100

_IS_PUBLIC = or_(Entry.kind == "message", Entry.kind == "reply")
"""Not `IN`: SQLAlchemy writes such a statement's text anew each time it runs."""

_NOT_TOLD_BY_ENTRIES = (Event.kind != "message.posted", Event.kind != "reply.sent")
"""Events other than those that say what an entry of the conversation shows anyway."""

_ENTRIES = (
    select(
        Entry.id, Entry.kind, Entry.author_id, Entry.author_kind, Entry.author_name, Entry.body_html, Entry.created_at
    )
    .where(Entry.thread_id == bindparam("ticket_id"), _IS_PUBLIC)
    .order_by(Entry.created_at.desc(), Entry.id.desc())
    .limit(TALK_SIZE + 1)
)

_EVENTS = (
    select(*EVENT_COLUMNS)
    .where(Event.ticket_id == bindparam("ticket_id"), Event.is_public, *_NOT_TOLD_BY_ENTRIES)
    .order_by(Event.happened_at.desc(), Event.id.desc())
    .limit(TALK_SIZE + 1)
)

_FILES = (
    select(
        Attachment.entry_id, Attachment.key, Attachment.name, StoredFile.size, StoredFile.media_type, Entry.created_at
    )
    .join(StoredFile, StoredFile.id == Attachment.file_id)
    .join(Entry, Entry.id == Attachment.entry_id)
    .where(Entry.thread_id == bindparam("ticket_id"), _IS_PUBLIC)
    .order_by(Attachment.entry_id, Attachment.position, Attachment.id)
)


class PublicFile(NamedTuple):
    """A file sent with a message or reply; `size` in bytes."""

    key: str
    name: str
    size: int
    is_picture: bool


class TalkEntry(NamedTuple):
    """A message or reply; a tuple, as its neighbours, since a page makes many.

    `author` is "You", "Ana, Harbour Bank" or a name; `body_html` was made safe when it was written.
    """

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


class TalkEvent(NamedTuple):
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


KEPT_TALKS: Kept[tuple[Any, Any, Any]] = Kept(300)


def load_talk(
    ticket_id: int, viewer: Actor, *, now: datetime, time_zone: str, before: Cursor | None = None, key: Any = None
) -> Talk:
    """The newest messages, replies and public events, or those before a cursor: three statements.

    With `key`, which must change with the ticket's version, the newest are read once and kept.
    Indexes: ix_entry_thread_created, ix_event_ticket_happened, ix_attachment_entry_id.
    """
    place = _place(before)
    if key is not None and place is None:
        entries, events, files = KEPT_TALKS.get(key, lambda: (*_rows(ticket_id, None), _files(ticket_id)))
    else:
        entries, events, files = *_rows(ticket_id, place), _files(ticket_id)
    has_earlier = len(entries) > TALK_SIZE
    entries = entries[:TALK_SIZE]
    since = entries[-1].created_at if has_earlier else None
    lines = [
        (row.happened_at, 1, row.id, TalkEvent(row.id, sentence, row.happened_at))
        for row in events
        if (since is None or row.happened_at >= since)
        and not _is_plain(row)
        and (sentence := customer_sentence(row, time_zone=time_zone, now=now))
    ]
    drawer = _Drawer(viewer, _own_initials(entries, viewer), files)
    talk = [(row.created_at, 0, row.id, drawer.entry(row)) for row in entries]
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
    if place is None:
        return list(run(_ENTRIES, ticket_id=ticket_id)), list(run(_EVENTS, ticket_id=ticket_id))
    moment, row_id = place
    older = or_(Entry.created_at < moment, and_(Entry.created_at == moment, Entry.id < row_id))
    return (
        list(run(_ENTRIES.where(older), ticket_id=ticket_id)),
        list(run(_EVENTS.where(Event.happened_at < moment), ticket_id=ticket_id)),
    )


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
    for row in run(_FILES, ticket_id=ticket_id):
        file = PublicFile(row.key, row.name, row.size, row.media_type.startswith("image/"))
        chips.setdefault(row.entry_id, []).append(file)
    return {entry_id: tuple(found) for entry_id, found in chips.items()}


def _own_initials(entries: list[Row[Any]], viewer: Actor) -> str:
    """The viewer's initials by the name first typed here: of the person behind an address the writer learns nothing."""
    for row in reversed(entries):
        if row.author_id == viewer.person_id and row.author_kind != "agent":
            return initials(row.author_name)
    return initials(viewer.name)


class _Drawer:
    """Turns rows into entries for one viewer; what all of them need is looked up once."""

    def __init__(self, viewer: Actor, own_initials: str, files: dict[int, tuple[PublicFile, ...]]):
        self.viewer_id = viewer.person_id
        self.own_initials = own_initials
        self.files = files
        self.desk = desk()
        self.site = str(desk_setting("site.name"))

    def entry(self, row: Row[Any]) -> TalkEntry:
        """One message or reply."""
        is_agent = row.author_kind == "agent"
        is_own = row.author_id == self.viewer_id and not is_agent
        colour = (row.author_id or 0) % 4
        if is_own:
            author, letters = _("You"), self.own_initials
        elif is_agent:
            card = self.desk.agent_of_person(row.author_id) if row.author_id else None
            colour = card.colour if card else colour
            author, letters = self.signature(row.author_name), initials(row.author_name)
        else:
            author, letters = row.author_name or self.site, initials(row.author_name)
        return TalkEntry(
            id=row.id,
            kind=row.kind,
            author=author,
            author_initials=letters,
            author_colour=colour,
            is_own=is_own,
            created_at=row.created_at,
            body_html=Markup(row.body_html),  # noqa: S704 - sanitised by core/html.py when it was written
            files=self.files.get(row.id, ()),
        )

    def signature(self, name: str) -> str:
        """How an agent is called in front of customers: first name and the site ("Ana, Harbour Bank")."""
        first = name.split(" ", 1)[0] if name else self.site
        return first if first == self.site else _("%(name)s, %(site)s") % {"name": first, "site": self.site}

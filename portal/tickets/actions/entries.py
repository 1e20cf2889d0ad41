"""Writing into a ticket: a customer's message, an agent's public reply, an internal note."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite

from portal.core.database import db, lock, transaction
from portal.core.desk_settings import desk_setting
from portal.core.errors import Forbidden
from portal.core.files import KeptFile, stored_file_id
from portal.core.html import markdown_to_html, plain_to_html
from portal.core.text import excerpt
from portal.core.tokens import new_token
from portal.core.words import _
from portal.people.actor import Actor
from portal.people.desk import AgentCard, desk
from portal.tickets.facts import place, reach
from portal.tickets.guards import good_text, refuse_if_gone
from portal.tickets.history import record
from portal.tickets.models import Attachment, Entry, Mention, Ticket
from portal.tickets.policy import require
from portal.tickets.search_text import index_entry
from portal.tickets.statuses import ENDED_STATES, STAGE_WORKING, ticket_lists


def write_entry(
    ticket: Ticket,
    kind: str,
    text: str,
    *,
    by: Actor,
    now: datetime,
    channel: str = "web",
    files: Sequence[KeptFile] = (),
) -> Entry:
    """Add one entry with its files and words to the ticket; gives it with its id. No checks, no event.

    Agents write Markdown, customers plain text. Call inside `transaction()` after `lock(ticket)`.
    """
    is_agent = by.kind in ("agent", "system")
    entry = Entry(
        ticket_id=ticket.id,
        thread_id=ticket.id,
        kind=kind,
        author_id=by.person_id,
        author_kind="agent" if by.is_agent else "system" if by.kind == "system" else "customer",
        author_name=by.name,
        body=text,
        body_html=markdown_to_html(text) if is_agent else plain_to_html(text),
        channel=channel,
        created_at=now,
    )
    db.session.add(entry)
    db.session.flush()
    for position, kept in enumerate(files):
        db.session.add(
            Attachment(
                key=new_token(),
                entry_id=entry.id,
                file_id=stored_file_id(kept, now=now),
                name=kept.name,
                position=position,
            )
        )
    index_entry(ticket, entry)
    if kind != "note":
        ticket.preview = excerpt(text)
    return entry


def post_message(
    ticket: Ticket, text: str, *, by: Actor, now: datetime, channel: str = "web", files: Sequence[KeptFile] = ()
) -> Entry:
    """A customer writes: *answered* is cleared, a waiting ticket becomes *Open*, an ended one reopens.

    Outside the reopen window a new ticket is opened that links to the old one; the entry then belongs to it
    (`entry.ticket_id`). Raises Refused for an empty text without files.
    """
    from portal.tickets.actions.follow_up import open_follow_up
    from portal.tickets.actions.status import is_inside_reopen_window, reopen, set_status

    text = good_text(text, field="message", may_be_empty=bool(files)) or _("(files only)")
    if not by.is_customer:
        raise Forbidden(_("Agents write replies and notes, not messages."))
    with transaction():
        lock(ticket)
        refuse_if_gone(ticket)
        if ticket.state in ENDED_STATES and not is_inside_reopen_window(ticket, now):
            return open_follow_up(ticket, text, by=by, now=now, channel=channel, files=files)
        entry = write_entry(ticket, "message", text, by=by, now=now, channel=channel, files=files)
        ticket.is_answered = False
        ticket.last_message_at = now
        record(ticket, "message.posted", by=by, now=now, is_public=True, entry_id=entry.id)
        if ticket.state in ENDED_STATES:
            reopen(ticket, by=by, now=now)
        elif ticket.state == "waiting":
            set_status(ticket, ticket_lists().open_status(), "status.changed", by=by, now=now)
        return entry


def reply(
    ticket: Ticket,
    text: str,
    *,
    by: Actor,
    now: datetime,
    files: Sequence[KeptFile] = (),
    status: str | None = None,
    next_update_at: datetime | None = None,
    solution_at: datetime | None = None,
    confidence: str = "",
) -> Entry:
    """An agent replies publicly, and may set a status and promise times in the same change.

    Sets `first_replied_at` once, *answered*, the Working stage; keeps the open `update` promise; takes an unassigned
    ticket (setting); *New* becomes *Open* unless a status was picked.
    """
    from portal.tickets.actions.assignment import set_assignee
    from portal.tickets.actions.promises import keep_promises, promise
    from portal.tickets.actions.status import change_status

    text = good_text(text, field="body", may_be_empty=bool(files)) or _("(files only)")
    with transaction():
        lock(ticket)
        refuse_if_gone(ticket)
        require(by, "ticket.reply", ticket)
        entry = write_entry(ticket, "reply", text, by=by, now=now, files=files)
        ticket.is_answered = True
        ticket.is_reopened = False
        ticket.first_replied_at = ticket.first_replied_at or now
        ticket.last_reply_at = now
        reach(ticket, STAGE_WORKING, now)
        record(ticket, "reply.sent", by=by, now=now, is_public=True, entry_id=entry.id)
        keep_promises(ticket, ("update",), by=by, now=now, entry_id=entry.id)
        if ticket.assignee_id is None and by.agent_id is not None and desk_setting("tickets.claim_on_reply"):
            set_assignee(ticket, by.agent_id, ticket.team_id, by=by, now=now, data={"by_reply": True})
        lists = ticket_lists()
        if status and lists.status(status).id != ticket.status_id:
            change_status(ticket, status, by=by, now=now)
        elif lists.statuses[ticket.status_id].slug == "new":
            opened = lists.open_status()
            ticket.status_id, ticket.state = opened.id, opened.state
            place(ticket)
        for kind, due_at in (("update", next_update_at), ("fix", solution_at)):
            if due_at is not None:
                promise(
                    ticket,
                    kind,
                    due_at,
                    confidence=confidence if kind == "fix" else "",
                    by=by,
                    now=now,
                    entry_id=entry.id,
                )
        return entry


def add_note(ticket: Ticket, text: str, *, by: Actor, now: datetime, files: Sequence[KeptFile] = ()) -> Entry:
    """An agent writes for agents only; `@Name` mentions alert that agent. Allowed on ended tickets too."""
    text = good_text(text, field="body", may_be_empty=bool(files)) or _("(files only)")
    with transaction():
        lock(ticket)
        refuse_if_gone(ticket)
        require(by, "ticket.note", ticket)
        return write_note(ticket, text, by=by, now=now, files=files)


def write_note(ticket: Ticket, text: str, *, by: Actor, now: datetime, files: Sequence[KeptFile] = ()) -> Entry:
    """The note itself with its event and mentions; no checks, inside a transaction."""
    entry = write_entry(ticket, "note", text, by=by, now=now, files=files)
    mentioned = find_mentions(text)
    record(
        ticket,
        "note.added",
        by=by,
        now=now,
        entry_id=entry.id,
        data={"mentions": [card.id for card in mentioned]} if mentioned else {},
    )
    make = sqlite.insert if db.session.get_bind().dialect.name == "sqlite" else postgresql.insert
    for card in mentioned:
        values: dict[str, Any] = {"agent_id": card.id, "ticket_id": ticket.id, "mentioned_at": now}
        db.session.execute(
            make(Mention)
            .values(**values)
            .on_conflict_do_update(index_elements=["agent_id", "ticket_id"], set_={"mentioned_at": now})
        )
    return entry


_AT = re.compile(r"(?<![\w@.])@(\w[\w.\-]*(?:@[\w.\-]+)?(?: \w[\w\-]*)?)")


def find_mentions(text: str) -> list[AgentCard]:
    """Active agents named in a text as `@Ana`, `@Ana Moreno` or `@ana@desk.example`; a name two share counts for none.

    The full name wins over the first name.
    """
    agents = desk().active_agents()
    found: dict[int, AgentCard] = {}
    for match in _AT.finditer(text):
        words = match.group(1).casefold().rstrip(".-")
        first = words.split(" ")[0].rstrip(".-")
        for wanted in dict.fromkeys((words, first)):
            fits = [
                a
                for a in agents
                if wanted in (a.name.casefold(), a.address.casefold(), a.name.casefold().split(" ")[0])
                or wanted == a.address.casefold().split("@")[0]
            ]
            if len(fits) == 1:
                found[fits[0].id] = fits[0]
                break
    return list(found.values())

"""The outbox: every letter, and one of them readable. No page of it shows a token: letters are kept without."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import render_template, request
from sqlalchemy import select

from portal.core.clock import utc_now
from portal.core.database import db
from portal.core.errors import NotFound
from portal.core.models import Outbox
from portal.core.words import _
from portal.tickets.models import Ticket
from portal.web.admin import admin
from portal.web.admin.keyset import keyset
from portal.web.auth import current_actor

STATES: dict[str, str] = {
    "queued": _("Waiting"),
    "sending": _("Being sent"),
    "done": _("Sent"),
    "kept": _("Kept"),
    "dead": _("Given up"),
}
STATE_SENTENCES: dict[str, str] = {
    "queued": _("It is written and sent in a moment."),
    "sending": _("It is being sent right now."),
    "done": _("It was sent."),
    "kept": _("There is no mail server to send it yet, so it is kept here to be read."),
    "dead": _("It could not be sent, and nobody tries again."),
}
TONES = {"queued": "new", "sending": "new", "done": "open", "kept": "closed", "dead": "waiting"}

_TOKEN = re.compile(r"(/(?:t|sign-in|confirm|works)/)[A-Za-z0-9_\-.~]{12,}|([?&]token=)[A-Za-z0-9_\-.~]{8,}")


@dataclass(frozen=True)
class LetterRow:
    """A letter of the list."""

    id: int
    letter: str
    state: str
    address: str
    subject: str
    number: str | None
    created_at: datetime
    last_error: str


@dataclass(frozen=True)
class Letter:
    """One letter as it reads."""

    id: int
    letter: str
    state: str
    address: str
    subject: str
    body: str
    number: str | None
    delivery_id: str
    attempts: int
    next_try_at: datetime
    created_at: datetime
    done_at: datetime | None
    last_error: str


def mask_tokens(text: str) -> str:
    """The text with whatever looks like the secret part of a link taken out; letters hold none, this makes sure."""
    return _TOKEN.sub(lambda match: (match.group(1) or match.group(2)) + "…", text)


def letter_name(letter: str) -> str:
    """The name of a letter's template as a person reads it: `ticket-opened` gives "Ticket opened"."""
    words = letter.replace("_", " ").replace("-", " ").replace("/", ": ").strip()
    return words[:1].upper() + words[1:]


def _row(row: Any) -> LetterRow:
    return LetterRow(
        row.id,
        letter_name(row.letter),
        row.state,
        row.address,
        mask_tokens(row.subject),
        row.number,
        row.created_at,
        row.last_error,
    )


@admin.get("/outbox")
def outbox() -> str:
    """A page of letters, newest first: one statement. `?state=` narrows it, over the index by state."""
    state = request.args.get("state", "")
    state = state if state in STATES else ""
    statement = select(
        Outbox.id,
        Outbox.letter,
        Outbox.state,
        Outbox.address,
        Outbox.subject,
        Outbox.created_at,
        Outbox.next_try_at,
        Outbox.last_error,
        Ticket.number,
    ).outerjoin(Ticket, Ticket.id == Outbox.ticket_id)
    order: Any = Outbox.id
    if state:
        statement, order = statement.where(Outbox.state == state), Outbox.next_try_at
    found = keyset(
        statement,
        order,
        Outbox.id,
        url="/admin/outbox",
        make=_row,
        newest_first=True,
        keep={"state": state} if state else None,
    )
    return render_template(
        "admin/outbox/list.html",
        pages=found,
        states=STATES,
        tones=TONES,
        state=state,
        now=utc_now(),
        zone=current_actor().time_zone,
    )


@admin.get("/outbox/<int:letter_id>")
def letter(letter_id: int) -> str:
    """One letter, readable: one statement."""
    row = db.session.execute(
        select(
            Outbox.id,
            Outbox.letter,
            Outbox.state,
            Outbox.address,
            Outbox.subject,
            Outbox.body,
            Ticket.number,
            Outbox.delivery_id,
            Outbox.attempts,
            Outbox.next_try_at,
            Outbox.created_at,
            Outbox.done_at,
            Outbox.last_error,
        )
        .outerjoin(Ticket, Ticket.id == Outbox.ticket_id)
        .where(Outbox.id == min(letter_id, 2**31 - 1))
    ).first()
    if row is None:
        raise NotFound(_("There is no such letter. Old ones are deleted with their ticket."))
    values = row._asdict()
    values |= {
        "letter": letter_name(row.letter),
        "subject": mask_tokens(row.subject),
        "body": mask_tokens(row.body),
    }
    return render_template(
        "admin/outbox/letter.html",
        letter=Letter(**values),
        states=STATES,
        sentences=STATE_SENTENCES,
        tones=TONES,
        now=utc_now(),
        zone=current_actor().time_zone,
    )

"""Replying and noting: what was typed survives every refusal, and a double submit gives the first result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from flask import Response, make_response, request
from markupsafe import Markup
from sqlalchemy import select

from portal.core.clock import utc_now
from portal.core.database import db, transaction
from portal.core.errors import DeskError, Forbidden, NotFound
from portal.core.files import KeptFile, store_uploads
from portal.core.once import first_result, keep_result, once_key
from portal.core.words import _
from portal.people.actor import Actor
from portal.tickets import actions
from portal.tickets.models import Entry, Ticket
from portal.tickets.policy import require, ticket_for
from portal.tickets.queries.ticket_page import ticket_page
from portal.tickets.statuses import ticket_lists
from portal.web.agent import agent
from portal.web.agent.change_form import typed_instant
from portal.web.agent.changing import ticket_fragments
from portal.web.agent.composer_state import Composer, Meanwhile
from portal.web.agent.quick_times import quick_instant
from portal.web.agent.ticket_drawing import draw_ticket
from portal.web.auth import current_actor
from portal.web.filters import new_once
from portal.web.htmx import is_htmx, see_other, toast


class WroteMeanwhile(DeskError):
    """Somebody else wrote since the page was drawn; the reply waits for a second press."""

    http_status = 409

    def __init__(self, entry: Meanwhile):
        super().__init__(_("%(name)s wrote meanwhile. Read it, then send again.") % {"name": entry.author_name})
        self.entry = entry


@agent.route("/tickets/<number>/replies", methods=["POST"])
def replies(number: str) -> Response:
    """A public reply; POST `body files status next_update_at solution_at confidence once`."""
    return _send(number, "reply", "ticket.reply", _reply)


@agent.route("/tickets/<number>/notes", methods=["POST"])
def notes(number: str) -> Response:
    """An internal note; POST `body files once`."""
    return _send(number, "note", "ticket.note", _note)


Write = Callable[[Ticket, Actor, datetime, Sequence[KeptFile]], Entry]


def _send(number: str, kind: str, permission: str, write: Write) -> Response:
    actor, now = current_actor(), utc_now()
    ticket = ticket_for(actor, number)
    require(actor, permission, ticket)
    status_before = ticket.status_id
    try:
        entry_id = _write_once(ticket, kind, write, actor, now)
    except Forbidden:
        raise
    except DeskError as error:
        return _refused(number, kind, actor, error)
    if not is_htmx():
        return see_other(f"/agent/tickets/{number}#entry-{entry_id}")
    text = _("Reply sent") if kind == "reply" else _("Note added")
    if ticket.status_id != status_before:
        text += ". " + _("Status is now %(status)s") % {"status": ticket_lists().statuses[ticket.status_id].name}
    return toast(ticket_fragments(number, composer=Composer(kind=kind)), text)


def _write_once(ticket: Ticket, kind: str, write: Write, actor: Actor, now: datetime) -> int:
    """Write the entry, or find the one the first submit of this form wrote; gives its id."""
    files = store_uploads(request.files.getlist("files"))
    once = request.form.get("once", "").strip()
    key = once_key("entry", kind, ticket.id, actor.person_id, once) if once else ""
    with transaction():
        known = first_result(key, now=now) if key else None
        if known:
            return int(known)
        entry = write(ticket, actor, now, files)
        if key:
            keep_result(key, str(entry.id))
        return entry.id


def _reply(ticket: Ticket, actor: Actor, now: datetime, files: Sequence[KeptFile]) -> Entry:
    form = request.form
    _stop_when_others_wrote(ticket, actor)
    return actions.reply(
        ticket,
        form.get("body", ""),
        by=actor,
        now=now,
        files=files,
        status=form.get("status", "").strip() or None,
        next_update_at=typed_instant("next_update_at", actor) or quick_instant(actor, now),
        solution_at=typed_instant("solution_at", actor),
        confidence=form.get("confidence", "").strip(),
    )


def _note(ticket: Ticket, actor: Actor, now: datetime, files: Sequence[KeptFile]) -> Entry:
    return actions.add_note(ticket, request.form.get("body", ""), by=actor, now=now, files=files)


def _stop_when_others_wrote(ticket: Ticket, actor: Actor) -> None:
    """Raise WroteMeanwhile for an entry of somebody else that is newer than the form's `last_entry` (if it has one)."""
    seen = request.form.get("last_entry", "").strip()
    if not (seen.isascii() and seen.isdigit() and len(seen) < 15):
        return
    row = db.session.execute(
        select(Entry.id, Entry.kind, Entry.author_name, Entry.created_at, Entry.body_html)
        .where(Entry.thread_id == ticket.id, Entry.id > int(seen), Entry.author_id.is_distinct_from(actor.person_id))
        .order_by(Entry.id.desc())
        .limit(1)
    ).first()
    if row is not None:
        raise WroteMeanwhile(
            Meanwhile(row.id, row.kind, row.author_name, row.created_at, Markup(row.body_html))  # noqa: S704 - sanitised when it was written
        )


def _refused(number: str, kind: str, actor: Actor, error: DeskError) -> Response:
    """The composer again with what was typed: alone to htmx, inside its page to a browser."""
    page = ticket_page(actor, number)
    composer = _typed(kind, error)
    status = 422 if isinstance(error, NotFound) else error.http_status  # what was typed names nothing
    if not is_htmx():
        return make_response(draw_ticket("page.html", page, composer=composer), status)
    response = make_response(draw_ticket("_composer.html", page, composer=composer), status)
    response.headers["HX-Retarget"] = "#composer"
    response.headers["HX-Reswap"] = "outerHTML"
    return response


def _typed(kind: str, error: DeskError) -> Composer:
    form = request.form
    entry = error.entry if isinstance(error, WroteMeanwhile) else None
    return Composer(
        kind=kind,
        body=form.get("body", ""),
        status=form.get("status", ""),
        next_update_in=form.get("next_update_in", ""),
        next_update_at=form.get("next_update_at", ""),
        solution_at=form.get("solution_at", ""),
        confidence=form.get("confidence", "likely"),
        error=error.message,
        had_files=any(upload.filename for upload in request.files.getlist("files")),
        meanwhile=entry,
        once=form.get("once") or new_once(),
        last_entry=entry.id if entry else 0,
    )

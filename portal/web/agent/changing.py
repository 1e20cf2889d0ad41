"""How every small form of a ticket runs: drawn, applied, refused, stale, answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from flask import Response, render_template, request
from sqlalchemy import select

from portal.core.clock import utc_now
from portal.core.database import db
from portal.core.errors import Conflict, DeskError, Forbidden, NotFound, TooMany
from portal.core.words import _
from portal.people.actor import Actor
from portal.tickets.actions import is_undoable
from portal.tickets.models import Event, Ticket
from portal.tickets.policy import ticket_for
from portal.tickets.queries.ticket_page import ticket_page
from portal.web.agent.change_form import ChangeForm, Choice, show_form, with_error, with_typed_values
from portal.web.agent.composer_state import Composer
from portal.web.agent.origins import TICKET, is_list, origin, way_back
from portal.web.agent.ticket_drawing import draw_ticket
from portal.web.auth import current_actor
from portal.web.filters import span_words
from portal.web.htmx import fragments, is_htmx, see_other, toast

_LIGHT = (
    "status.changed", "ticket.resolved", "ticket.closed", "ticket.reopened", "ticket.assigned", "ticket.released",
    "priority.changed", "due.changed", "topic.changed", "subject.changed",
)  # fmt: skip
"""After these the timeline on the page only grows; whom a reply goes to stays as it is."""

_BRING_BACK = ("ticket.restored", "ticket.unmerged")
"""After these events the page gets the composer it had lost."""


@dataclass(frozen=True)
class Change:
    """A verb of one field. `draw` raises Forbidden when the actor may not; `said` is the toast's sentence.

    `otherwise` may name another form that a refusal is shown in.
    """

    draw: Callable[[Ticket, Actor], ChangeForm]
    apply: Callable[[Ticket, Actor, datetime], Event | None]
    said: Callable[[Ticket], str]
    otherwise: Callable[[DeskError], Change | None] = lambda _error: None


def run_change(number: str, change: Change) -> Response:
    """Answer the form's address: GET draws it, POST applies it."""
    actor, now = current_actor(), utc_now()
    ticket = ticket_for(actor, number)
    if request.method != "POST":
        return show_form(change.draw(ticket, actor))
    version = ticket.version
    try:
        event = change.apply(ticket, actor, now)
    except Conflict as conflict:
        return _stale(number, change, actor, now, conflict)
    except (Forbidden, TooMany):
        raise
    except DeskError as error:
        ticket = ticket_for(actor, number)
        form = change.draw(ticket, actor)
        other = change.otherwise(error)
        shown = other.draw(ticket, actor) if other is not None else form
        return show_form(with_error(shown, error), 422, in_place_of=form.menu_id)
    return answer_change(ticket, event, change.said(ticket), version=version)


def _stale(number: str, change: Change, actor: Actor, now: datetime, conflict: Conflict) -> Response:
    """409: what it is now, who made it so, and the same choice again with the new version."""
    ticket = ticket_for(actor, number)
    form = replace(with_typed_values(change.draw(ticket, actor)), version=ticket.version)
    typed = request.form.get(form.name) if form.name else None
    again = next((c for c in form.choices if c.value == typed and not c.url), None)
    if again is None and typed is not None:
        again = Choice(typed, typed)
    sentence = _stale_sentence(ticket, conflict.field or "", form, now) or conflict.message
    return show_form(replace(form, stale=sentence, again=again), 409)


def _stale_sentence(ticket: Ticket, field: str, form: ChangeForm, now: datetime) -> str:
    row = db.session.execute(
        select(Event.actor_name, Event.happened_at)
        .where(Event.ticket_id == ticket.id, Event.field == field)
        .order_by(Event.version.desc())
        .limit(1)
    ).first()
    if row is None:
        return ""
    value = next((c.label for c in form.choices if c.value == form.current), "") or form.current
    words = {"name": row.actor_name or _("Somebody"), "value": value, "ago": _ago(row.happened_at, now)}
    if value:
        return _("%(name)s changed this to %(value)s %(ago)s ago.") % words
    return _("%(name)s changed this %(ago)s ago.") % words


def _ago(instant: datetime, now: datetime) -> str:
    seconds = max(int((now - instant).total_seconds()), 1)
    return _("%(n)s s") % {"n": seconds} if seconds < 60 else span_words(seconds)


def answer_change(
    ticket: Ticket, event: Event | None, text: str, *, anchor: str = "", version: int | None = None
) -> Response:
    """The answer to a change that was made (or was none): 303, or what it changed on the page it came from.

    `version` is the ticket's before the change: with it, what happened since is added to the timeline that is shown.
    """
    came_from = origin()
    if not is_htmx():
        anchor = anchor or (f"#event-{event.id}" if event is not None else "")
        return see_other(way_back(came_from, ticket.number, anchor))
    if event is None:
        return _closing(toast(fragments(""), _("It was like that already.")))
    if came_from == TICKET:
        more = {"composer": Composer()} if event.kind in _BRING_BACK else {}
        response = ticket_fragments(ticket.number, after_version=version if event.kind in _LIGHT else None, **more)
    elif is_list(came_from):
        response = row_fragment(ticket)
    else:
        return see_other(came_from)
    undo_url = f"/agent/tickets/{ticket.number}/undo" if is_undoable(event.kind) else ""
    if undo_url and came_from != TICKET:
        undo_url += f"?from={quote(came_from, safe='/')}"
    return _closing(toast(response, text, undo_url=undo_url, undo_event=event.id))


def _closing(response: Response) -> Response:
    """Let the menu that sent the form close, whatever was swapped; after the swap, since htmx finds the elements to
    swap from the form's place in the page."""
    response.headers["HX-Trigger-After-Swap"] = "close-menu"
    return response


def ticket_fragments(number: str, *, after_version: int | None = None, **more: Any) -> Response:
    """Head, track, timeline and side of the ticket's page, out of band; with `composer` a fresh composer too.

    With `after_version` only what happened since is added to the timeline.

    When the change took the ticket out of the agent's sight, the way leads to the queues.
    """
    try:
        page = ticket_page(current_actor(), number, after_version=after_version)
    except NotFound:
        return see_other("/agent")
    return fragments(draw_ticket("_changed.html", page, oob=True, **more))


def row_fragment(ticket: Ticket) -> Response:
    """The ticket's row in a queue, out of band; gone from the page when the agent no longer sees the ticket."""
    from portal.queues.queue_page import queue_row

    now = utc_now()
    actor = current_actor()
    row = queue_row(actor, ticket.id, now)
    if row is None:
        return fragments(f'<tr id="row-{ticket.number}" hx-swap-oob="delete"></tr>')
    return fragments(render_template("agent/queue/_row.html", row=row, now=now, zone=actor.time_zone, oob=True))

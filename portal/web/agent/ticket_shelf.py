"""Trash and back, undo of an event, and the secure link an agent hands on."""

from __future__ import annotations

from datetime import datetime

from flask import Response, current_app, make_response, render_template, request

from portal.core.clock import utc_now
from portal.core.errors import Refused
from portal.core.words import _
from portal.people.actor import Actor
from portal.tickets import actions
from portal.tickets.actions.access_links import give_access_link, revoke_access_links
from portal.tickets.models import Event, Ticket
from portal.tickets.policy import require, ticket_for
from portal.web.agent import agent
from portal.web.agent.change_form import ChangeForm
from portal.web.agent.changing import Change, answer_change, run_change
from portal.web.agent.ticket_forms import METHODS, form_of, number_of
from portal.web.auth import current_actor
from portal.web.htmx import is_htmx


def _draw_trash(ticket: Ticket, actor: Actor) -> ChangeForm:
    require(actor, "ticket.delete", ticket)
    return form_of(
        ticket,
        "trash",
        _("Move to the trash"),
        button=_("Move to the trash"),
        tone="danger",
        hint=_("It stays there for a while and can be brought back. After that it is gone with its files."),
    )


def _apply_trash(ticket: Ticket, actor: Actor, now: datetime) -> Event | None:
    return actions.trash(ticket, by=actor, now=now)


_TRASH = Change(_draw_trash, _apply_trash, lambda _ticket: _("Moved to the trash"))


@agent.route("/tickets/<number>/trash", methods=METHODS)
def trash(number: str) -> Response:
    """Ask, and on POST move the ticket to the trash."""
    return run_change(number, _TRASH)


@agent.route("/tickets/<number>/restore", methods=["POST"])
def restore(number: str) -> Response:
    """Bring a ticket back from the trash."""
    ticket = ticket_for(current_actor(), number)
    event = actions.restore(ticket, by=current_actor(), now=utc_now())
    return answer_change(ticket, event, _("The ticket is back"))


@agent.route("/tickets/<number>/undo", methods=["POST"])
def undo(number: str) -> Response:
    """Take back the change that `event` names."""
    ticket = ticket_for(current_actor(), number)
    event_id = number_of("event", _("There is no such change on this ticket."))
    if event_id is None:
        raise Refused(_("There is no such change on this ticket."))
    event = actions.undo(ticket, event_id, by=current_actor(), now=utc_now())
    return answer_change(ticket, event, _("Undone"))


@agent.route("/tickets/<number>/secure-link", methods=["POST"])
def secure_link(number: str) -> Response:
    """A fresh secure link for the customer, shown once; with `revoke` all links of the ticket stop working."""
    actor, now = current_actor(), utc_now()
    ticket = ticket_for(actor, number)
    if request.form.get("revoke"):
        event = revoke_access_links(ticket, by=actor, now=now)
        return answer_change(ticket, event, _("Secure links revoked"))
    token = give_access_link(ticket, by=actor, now=now)
    url = f"{current_app.config['PORTAL_URL'].rstrip('/')}/t/{token}"
    name = "agent/ticket/_secure_link.html" if is_htmx() else "agent/ticket/secure_link.html"
    return make_response(render_template(name, number=ticket.number, subject=ticket.subject, url=url))

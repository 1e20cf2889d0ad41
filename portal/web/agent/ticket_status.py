"""Status and resolution of a ticket."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

from flask import Response, request

from portal.core.errors import DeskError, Forbidden, Refused
from portal.core.words import _
from portal.people.actor import Actor
from portal.tickets import actions
from portal.tickets.models import Event, Ticket
from portal.tickets.policy import require
from portal.tickets.queries.next_statuses import next_statuses
from portal.tickets.statuses import ENDED_STATES, StatusCard, TopicCard, ticket_lists
from portal.web.agent import agent
from portal.web.agent.change_form import ChangeForm, Choice, Input, version_drawn
from portal.web.agent.changing import Change, run_change
from portal.web.agent.origins import origin
from portal.web.agent.ticket_forms import METHODS, form_of, seen


def asks_for_words(topic: TopicCard | None) -> bool:
    """True when resolving a ticket of this topic offers or requires a resolution or a cause."""
    return topic is None or topic.resolution_rule != "none" or topic.cause_rule != "none"


def _draw_status(ticket: Ticket, actor: Actor) -> ChangeForm:
    statuses = next_statuses(actor, ticket)
    if not statuses:
        raise Forbidden(_("You may not change the status of this ticket."))
    now = ticket_lists().statuses[ticket.status_id]
    topic = ticket_lists().topics.get(ticket.topic_id or 0)
    shown = [card for card in ticket_lists().statuses.values() if card.id == now.id or card in statuses]
    return form_of(
        ticket,
        "status",
        _("Status"),
        name="status",
        current=now.slug,
        version=version_drawn(ticket.version),
        choices=tuple(_status_choice(ticket, card, now, topic) for card in shown),
    )


def _status_choice(ticket: Ticket, card: StatusCard, now: StatusCard, topic: TopicCard | None) -> Choice:
    colour = "new" if card.slug == "new" else card.state
    url = ""
    if card.state in ENDED_STATES and card.id != now.id and asks_for_words(topic):
        asked = {"status": card.slug, "version": version_drawn(ticket.version), "from": origin()}
        url = f"/agent/tickets/{ticket.number}/resolution?{urlencode(asked)}"
    return Choice(card.slug, card.name, state=colour, url=url)


def _apply_status(ticket: Ticket, actor: Actor, now: datetime) -> Event | None:
    slug = request.form.get("status", "").strip()
    if not slug:
        raise Refused(_("Pick a status."))
    return actions.change_status(ticket, slug, by=actor, now=now, seen=seen())


def _said_status(ticket: Ticket) -> str:
    return _("Status is now %(status)s") % {"status": ticket_lists().statuses[ticket.status_id].name}


def _draw_resolution(ticket: Ticket, actor: Actor) -> ChangeForm:
    require(actor, "ticket.close", ticket)
    topic = ticket_lists().topics.get(ticket.topic_id or 0)
    ended = [c for c in ticket_lists().statuses.values() if c.is_active and c.state in ENDED_STATES]
    wanted = request.values.get("status", "")
    chosen = next((c for c in ended if c.slug == wanted), None)
    chosen = chosen or next((c for c in ended if c.id == ticket.status_id), None) or (ended[0] if ended else None)
    inputs = [
        Input(
            "status",
            _("Status"),
            "pick",
            value=chosen.slug if chosen else "",
            options=tuple(Choice(c.slug, c.name) for c in ended),
        )
    ]
    if topic is None or topic.cause_rule != "none":
        is_required = topic is not None and topic.cause_rule == "required"
        hint = _("For agents only.")
        inputs.insert(0, Input("cause", _("Cause"), "area", value=ticket.cause, hint=hint, is_required=is_required))
    if topic is None or topic.resolution_rule != "none":
        is_required = topic is not None and topic.resolution_rule == "required"
        hint = _("How it was solved. The customer reads this.")
        area = Input("resolution", _("Resolution"), "area", value=ticket.resolution, hint=hint, is_required=is_required)
        inputs.insert(0, area)
    return form_of(
        ticket,
        "resolution",
        _("Resolve"),
        inputs=tuple(inputs),
        button=_("Resolve ticket"),
        version=version_drawn(ticket.version),
        hint=_("The customer is asked whether it works."),
    )


def _apply_resolution(ticket: Ticket, actor: Actor, now: datetime) -> Event | None:
    form = request.form
    return actions.resolve(
        ticket,
        form.get("resolution", ""),
        cause=form.get("cause", ""),
        status=form.get("status", "").strip() or "resolved",
        by=actor,
        now=now,
        seen=seen(),
    )


_RESOLUTION = Change(_draw_resolution, _apply_resolution, _said_status)


@agent.route("/tickets/<number>/resolution", methods=METHODS)
def resolution(number: str) -> Response:
    """Resolving with words; POST `resolution cause status`."""
    return run_change(number, _RESOLUTION)


def _ask_for_words(error: DeskError) -> Change | None:
    """A status that the topic asks words for leads to the form with room for them."""
    return _RESOLUTION if error.field in ("resolution", "cause") else None


_STATUS = Change(_draw_status, _apply_status, _said_status, otherwise=_ask_for_words)


@agent.route("/tickets/<number>/status", methods=METHODS)
def status(number: str) -> Response:
    """The menu of statuses; POST `status version` sets one."""
    return run_change(number, _STATUS)

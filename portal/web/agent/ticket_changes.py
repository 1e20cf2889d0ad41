"""Changing one property of a ticket in place: priority, due time, topic, subject."""

from __future__ import annotations

from datetime import datetime

from flask import Response, request

from portal.core.clock import utc_now
from portal.core.words import _
from portal.people.actor import Actor
from portal.tickets import actions
from portal.tickets.models import Event, Ticket
from portal.tickets.policy import require
from portal.tickets.statuses import ticket_lists
from portal.web.agent import agent
from portal.web.agent.change_form import ChangeForm, Choice, Input, typed_instant, version_drawn
from portal.web.agent.changing import Change, run_change
from portal.web.agent.quick_times import time_choices
from portal.web.agent.ticket_forms import METHODS, ask_for, form_of, number_of, seen
from portal.web.filters import local_input


def _draw_priority(ticket: Ticket, actor: Actor) -> ChangeForm:
    require(actor, "ticket.edit", ticket)
    now = ticket_lists().priorities[ticket.priority_id]
    cards = sorted(ticket_lists().priorities.values(), key=lambda card: -card.rank)
    return form_of(
        ticket,
        "priority",
        _("Priority"),
        name="priority",
        current=now.slug,
        version=version_drawn(ticket.version),
        choices=tuple(Choice(card.slug, card.name) for card in cards if card.is_active or card.id == now.id),
    )


def _apply_priority(ticket: Ticket, actor: Actor, now: datetime) -> Event | None:
    return actions.change_priority(ticket, request.form.get("priority", "").strip(), by=actor, now=now, seen=seen())


def _said_priority(ticket: Ticket) -> str:
    return _("Priority is now %(priority)s") % {"priority": ticket_lists().priorities[ticket.priority_id].name}


_PRIORITY = Change(_draw_priority, _apply_priority, _said_priority)


@agent.route("/tickets/<number>/priority", methods=METHODS)
def priority(number: str) -> Response:
    """The menu of priorities; POST `priority` (slug)."""
    return run_change(number, _PRIORITY)


def _draw_due(ticket: Ticket, actor: Actor) -> ChangeForm:
    require(actor, "ticket.edit", ticket)
    choices = time_choices(actor, utc_now())
    if ticket.due_at is not None:
        choices = (*choices, Choice("", _("No due time")))
    value = local_input(ticket.due_at, actor.time_zone)
    return form_of(
        ticket,
        "due",
        _("Due"),
        name="due_at",
        choices=choices,
        current=value,
        inputs=(Input("due_at", _("At another time"), "time", value=value),),
        button=_("Set due time"),
        version=version_drawn(ticket.version),
    )


def _apply_due(ticket: Ticket, actor: Actor, now: datetime) -> Event | None:
    ask_for("due_at", _("Pick a time."))
    due_at = typed_instant("due_at", actor)
    if due_at is not None and ticket.due_at is not None and due_at == ticket.due_at.replace(second=0, microsecond=0):
        return None
    return actions.change_due(ticket, due_at, by=actor, now=now, seen=seen())


def _said_due(ticket: Ticket) -> str:
    return _("Due time set") if ticket.due_at else _("No due time any more")


_DUE = Change(_draw_due, _apply_due, _said_due)


@agent.route("/tickets/<number>/due", methods=METHODS)
def due(number: str) -> Response:
    """Times to choose from and one to type; POST `due_at`, empty for none."""
    return run_change(number, _DUE)


def _draw_topic(ticket: Ticket, actor: Actor) -> ChangeForm:
    require(actor, "ticket.edit", ticket)
    topics = [t for t in ticket_lists().topics.values() if t.is_active or t.id == ticket.topic_id]
    choices = tuple(Choice(str(t.id), t.path) for t in sorted(topics, key=lambda t: t.path.casefold()))
    return form_of(
        ticket,
        "topic",
        _("Topic"),
        name="topic",
        current=str(ticket.topic_id or ""),
        choices=(*choices, Choice("", _("No topic"))),
        has_filter=len(choices) > 7,
        version=version_drawn(ticket.version),
    )


def _apply_topic(ticket: Ticket, actor: Actor, now: datetime) -> Event | None:
    ask_for("topic", _("Pick a topic."))
    topic_id = number_of("topic", _("There is no such topic. Pick one from the list."))
    return actions.change_topic(ticket, topic_id, by=actor, now=now, seen=seen())


def _said_topic(ticket: Ticket) -> str:
    topic = ticket_lists().topics.get(ticket.topic_id or 0)
    return _("Topic is now %(topic)s") % {"topic": topic.path} if topic else _("No topic any more")


_TOPIC = Change(_draw_topic, _apply_topic, _said_topic)


@agent.route("/tickets/<number>/topic", methods=METHODS)
def topic(number: str) -> Response:
    """The menu of topics; POST `topic` (id), empty for none."""
    return run_change(number, _TOPIC)


def _draw_subject(ticket: Ticket, actor: Actor) -> ChangeForm:
    require(actor, "ticket.edit", ticket)
    box = Input("subject", _("Subject"), value=ticket.subject, is_required=True, length=1000)
    return form_of(
        ticket,
        "subject",
        _("Subject"),
        inputs=(box,),
        button=_("Save subject"),
        current=ticket.subject,
        version=version_drawn(ticket.version),
    )


def _apply_subject(ticket: Ticket, actor: Actor, now: datetime) -> Event | None:
    return actions.change_subject(ticket, request.form.get("subject", ""), by=actor, now=now, seen=seen())


def _said_subject(_ticket: Ticket) -> str:
    return _("Subject changed")


_SUBJECT = Change(_draw_subject, _apply_subject, _said_subject)


@agent.route("/tickets/<number>/subject", methods=METHODS)
def subject(number: str) -> Response:
    """The subject to type; POST `subject`."""
    return run_change(number, _SUBJECT)

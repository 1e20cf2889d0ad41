"""Promising times: the next update, the solution, a call back."""

from __future__ import annotations

from datetime import datetime

from flask import Response, request

from portal.core.clock import utc_now
from portal.core.database import transaction
from portal.core.errors import Refused
from portal.core.words import _
from portal.people.actor import Actor
from portal.tickets import actions
from portal.tickets.actions.promises import FORM_FIELDS, KINDS, open_promise
from portal.tickets.models import Event, Promise, Ticket
from portal.tickets.policy import require, ticket_for
from portal.web.agent import agent
from portal.web.agent.change_form import ChangeForm, Choice, Input, typed_instant, version_drawn
from portal.web.agent.changing import Change, answer_change, run_change
from portal.web.agent.quick_times import CONFIDENCE_WORDS, quick_instant, quick_updates
from portal.web.agent.ticket_forms import METHODS, form_of, seen
from portal.web.auth import current_actor
from portal.web.filters import local_input


def _draw(ticket: Ticket, actor: Actor) -> ChangeForm:
    require(actor, "ticket.reply", ticket)
    now = utc_now()
    held = {kind: open_promise(ticket.id, kind) for kind in KINDS}
    fix = held["fix"]
    inputs = [
        Input(
            "next_update_in",
            _("Next update"),
            "pick",
            options=(Choice("", _("at the time below")), *quick_updates(actor, now)),
        ),
        _time("update", _("Next update at"), held, actor),
        _time("fix", _("Expected by"), held, actor),
        Input(
            "confidence",
            _("How sure is the expected time"),
            "pick",
            value=fix.confidence if fix else "likely",
            options=tuple(Choice(*pair) for pair in CONFIDENCE_WORDS),
        ),
        _time("callback", _("Call back by"), held, actor),
        Input("words", _("Words for the customer"), hint=_("Optional.")),
    ]
    if any(held.values()):
        hint = _("The customer reads it. Needed to move or to withdraw a time; an emptied field withdraws it.")
        inputs.append(Input("reason", _("Why it changes"), hint=hint))
    return form_of(
        ticket,
        "promise",
        _("Promised"),
        inputs=tuple(inputs),
        button=_("Promise"),
        is_wide=True,
        version=version_drawn(ticket.version),
    )


def _time(kind: str, label: str, held: dict[str, Promise | None], actor: Actor) -> Input:
    row = held[kind]
    return Input(FORM_FIELDS[kind], label, "time", value=local_input(row.due_at if row else None, actor.time_zone))


def _apply(ticket: Ticket, actor: Actor, now: datetime) -> Event | None:
    """Each time that is another one than before is promised or moved, each emptied one withdrawn."""
    if not any(name in request.form for name in (*FORM_FIELDS.values(), "next_update_in")):
        raise Refused(_("Pick a time."), field="next_update_at")
    require(actor, "ticket.reply", ticket)
    times = {kind: typed_instant(name, actor) for kind, name in FORM_FIELDS.items()}
    event = None
    with transaction():
        for kind, name in FORM_FIELDS.items():
            held = open_promise(ticket.id, kind)
            due_at, is_sent = times[kind], name in request.form
            if kind == "update" and (due_at is None or _is_same(due_at, held)):
                quick = quick_instant(actor, now)
                due_at, is_sent = (quick, True) if quick else (due_at, is_sent)
            if is_sent:
                event = _apply_one(ticket, kind, due_at, held, actor, now) or event
    return event


def _is_same(due_at: datetime, held: Promise | None) -> bool:
    """True for the time the form was drawn with; the field knows minutes only."""
    return held is not None and due_at == held.due_at.replace(second=0, microsecond=0)


def _apply_one(
    ticket: Ticket, kind: str, due_at: datetime | None, held: Promise | None, actor: Actor, now: datetime
) -> Event | None:
    form = request.form
    words, confidence = form.get("words", "").strip(), form.get("confidence", "")
    if due_at is not None and held is not None and _is_same(due_at, held):
        due_at = held.due_at
        words = words or held.words
        confidence = confidence or held.confidence
    return actions.promise(
        ticket,
        kind,
        due_at,
        by=actor,
        now=now,
        confidence=confidence if kind == "fix" else "",
        words=words,
        reason=form.get("reason", ""),
        seen=seen(),
    )


def _said(_ticket: Ticket) -> str:
    return _("Promise kept on record")


_PROMISE = Change(_draw, _apply, _said)


@agent.route("/tickets/<number>/promise", methods=METHODS)
def promise(number: str) -> Response:
    """The promised times; POST `next_update_at solution_at callback_at confidence words reason`."""
    return run_change(number, _PROMISE)


@agent.route("/tickets/<number>/called", methods=["POST"])
def called(number: str) -> Response:
    """The promised call was made."""
    ticket = ticket_for(current_actor(), number)
    event = actions.mark_called(ticket, by=current_actor(), now=utc_now())
    return answer_change(ticket, event, _("The call is on record"))

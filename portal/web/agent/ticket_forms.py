"""What the small forms of a ticket share: their frame, and how their values are read."""

from __future__ import annotations

from typing import Any

from flask import request

from portal.core.errors import Refused
from portal.tickets.models import Ticket
from portal.web.agent.change_form import ChangeForm
from portal.web.agent.origins import origin
from portal.web.forms import seen_version

METHODS = ["GET", "POST"]


def seen() -> int | None:
    """The version the sent form was drawn with."""
    return seen_version(request.form.get("version"))


def ask_for(name: str, sentence: str) -> None:
    """Raise Refused for a form that was sent without the field: empty has a meaning, absent has none."""
    if name not in request.form:
        raise Refused(sentence, field=name)


def number_of(name: str, sentence: str) -> int | None:
    """A row's id typed or chosen in a form; None when empty. Raises Refused for what is no number."""
    text = request.form.get(name, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Refused(sentence, field=name)
    return int(text)


def form_of(ticket: Ticket, noun: str, title: str, **more: Any) -> ChangeForm:
    """A form with what every one of them has."""
    return ChangeForm(
        id=f"{noun}-{ticket.number}",
        number=ticket.number,
        subject=ticket.subject,
        title=title,
        action=f"/agent/tickets/{ticket.number}/{noun}",
        origin=origin(),
        **more,
    )

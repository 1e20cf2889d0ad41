"""Drawing the ticket's page and its fragments."""

from __future__ import annotations

from typing import Any

from flask import render_template
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from portal.core.clock import utc_now
from portal.tickets.queries.ticket_page import TicketPage
from portal.web.agent.quick_times import CONFIDENCE_WORDS, quick_updates
from portal.web.auth import current_actor

_CSRF_FIELD = Markup('<input type="hidden" name="csrf_token" value="%s">')


def draw_ticket(template: str, page: TicketPage, **more: Any) -> str:
    """One of the templates in `agent/ticket/` with what they all need."""
    actor, now = current_actor(), utc_now()
    return render_template(
        f"agent/ticket/{template}",
        page=page,
        now=now,
        zone=actor.time_zone,
        quick_updates=quick_updates(actor, now),
        confidence_words=CONFIDENCE_WORDS,
        csrf_field=_CSRF_FIELD % generate_csrf(),
        **more,
    )

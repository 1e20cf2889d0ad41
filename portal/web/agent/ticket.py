"""The page of one ticket."""

from __future__ import annotations

from flask import Response, make_response, request

from portal.core.paging import decode_cursor
from portal.tickets.queries.ticket_page import ticket_page
from portal.web.agent import agent
from portal.web.agent.composer import Composer
from portal.web.agent.ticket_drawing import draw_ticket
from portal.web.auth import current_actor
from portal.web.htmx import is_htmx


@agent.route("/tickets/<number>")
def ticket(number: str) -> Response:
    """Everything about a ticket; with `before` the earlier part of its timeline."""
    actor = current_actor()
    before = decode_cursor(request.args.get("before"))
    page = ticket_page(actor, number, before=before)
    kind = "note" if request.args.get("compose") == "note" else "reply"
    template = "_earlier.html" if before and is_htmx() else "page.html"
    return make_response(draw_ticket(template, page, composer=Composer(kind=kind), before=before))

"""The agents' door: queues, search, tickets, customers."""

from __future__ import annotations

from flask import Blueprint

from portal.web.auth import agents_only

agent = Blueprint("agent", __name__, url_prefix="/agent")
agent.before_request(agents_only)

# The routes need the blueprint, so they come after it.
from portal.web.agent import (  # noqa: E402, F401
    composer,
    customers,
    drawn_items,
    drawn_rows,
    new_ticket,
    queue,
    relations,
    search,
    ticket,
    ticket_changes,
    ticket_owner,
    ticket_promises,
    ticket_shelf,
    ticket_status,
)

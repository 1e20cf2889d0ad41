"""The agents' door: queues, search, tickets, customers. web/auth.py `guard_doors` keeps everybody else out."""

from __future__ import annotations

from flask import Blueprint

agent = Blueprint("agent", __name__, url_prefix="/agent")

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

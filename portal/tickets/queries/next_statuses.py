"""Which statuses an agent may set next, and with which right."""

from __future__ import annotations

from typing import Any

from portal.people.actor import Actor
from portal.tickets import policy
from portal.tickets.statuses import ENDED_STATES, StatusCard, ticket_lists


def status_permission(state_now: str, state_then: str) -> str:
    """The permission that a move between two states needs (product.md section 4)."""
    if state_then in ENDED_STATES:
        return "ticket.close"
    return "ticket.reopen" if state_now in ENDED_STATES else "ticket.reply"


def next_statuses(viewer: Actor, ticket: Any) -> tuple[StatusCard, ...]:
    """The statuses the viewer may set, the present one left out. `ticket` needs status_id, state, department_id."""
    return tuple(
        card
        for card in ticket_lists().statuses.values()
        if card.is_active
        and card.slug != "new"
        and card.id != ticket.status_id
        and policy.can(viewer, status_permission(ticket.state, card.state), ticket)
    )

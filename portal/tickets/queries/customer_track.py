"""The four stops in the customer's words (product.md section 3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.core.words import _
from portal.tickets.customer_words import customer_name_of_owner
from portal.tickets.statuses import STAGE_ASSIGNMENT, STAGE_INTAKE, STAGE_RESOLUTION, STAGE_WORKING


@dataclass(frozen=True, slots=True)
class CustomerStop:
    """One stop. `state`: done, now or todo; `text` is a pattern with `%(time)s` where `at` is shown."""

    label: str
    state: str
    at: datetime | None = None
    text: str = ""


def customer_stops(ticket: Any, fix_at: datetime | None) -> tuple[CustomerStop, ...]:
    """The stops of a ticket (it needs stage, created_at, assigned_at, working_at, solved_at, assignee_id, team_id).

    `fix_at` is when it is expected to be solved, None without a promise.
    """
    return (
        CustomerStop(_("Received"), _state(ticket, STAGE_INTAKE), ticket.created_at, "%(time)s"),
        _assigned(ticket),
        _working(ticket),
        _solved(ticket, fix_at),
    )


def _state(ticket: Any, stop: int) -> str:
    if ticket.stage >= STAGE_RESOLUTION or stop < ticket.stage:
        return "done"
    return "now" if stop == ticket.stage else "todo"


def _assigned(ticket: Any) -> CustomerStop:
    state = _state(ticket, STAGE_ASSIGNMENT)
    if state == "todo":
        return CustomerStop(_("With our team"), state)
    label = _("With %(name)s") % {"name": customer_name_of_owner(ticket.assignee_id, ticket.team_id)}
    return CustomerStop(label, state, ticket.assigned_at, "%(time)s")


def _working(ticket: Any) -> CustomerStop:
    state = _state(ticket, STAGE_WORKING)
    if state == "todo":
        return CustomerStop(_("Being worked on"), state)
    text = _("Since %(time)s") if state == "now" else "%(time)s"
    return CustomerStop(_("Being worked on"), state, ticket.working_at, text)


def _solved(ticket: Any, fix_at: datetime | None) -> CustomerStop:
    state = _state(ticket, STAGE_RESOLUTION)
    if state == "done":
        return CustomerStop(_("Solved"), state, ticket.solved_at, "%(time)s")
    return CustomerStop(_("Solved"), state, fix_at, _("Expected %(time)s") if fix_at else "")

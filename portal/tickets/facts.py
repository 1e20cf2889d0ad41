"""Keeps the columns that lists and stages are read from, in step with the facts (product.md section 3)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select

from portal.core.clock import FAR_FUTURE
from portal.core.database import db
from portal.tickets.models import Promise, Ticket
from portal.tickets.statuses import (
    ACTIVE_STATES,
    STAGE_ASSIGNMENT,
    STAGE_RESOLUTION,
    STAGE_WORKING,
    StatusCard,
)

SIDE_COLUMNS = (
    "is_answered",
    "reopened_count",
    "is_reopened",
    "ended_at",
    "closed_at",
    "stage",
    "assigned_at",
    "working_at",
    "solved_at",
    "resolution",
    "cause",
)
"""What a change of status moves besides the status; an event keeps the old values so that undo gives them back."""


def place(ticket: Ticket) -> None:
    """Set `shelf`, `is_active` and `is_listed` from state, trash and merge."""
    ticket.is_listed = ticket.deleted_at is None and ticket.merged_into_id is None
    ticket.is_active = ticket.is_listed and ticket.state in ACTIVE_STATES
    if ticket.deleted_at is not None:
        ticket.shelf = "trash"
    elif ticket.merged_into_id is not None:
        ticket.shelf = "merged"
    else:
        ticket.shelf = ticket.state


def put_status(ticket: Ticket, status: StatusCard) -> None:
    """Set the status with everything that is kept from it."""
    ticket.status_id = status.id
    ticket.state = status.state
    place(ticket)


def put_due(ticket: Ticket) -> None:
    """Set `promise_due_at` and `due_sort` from the due time and the promises: one statement.

    A missed promise counts until it is answered (`kept_at`) or another of its kind is open, so that a ticket whose
    news is late stays late in every list.
    """
    rows = db.session.execute(
        select(Promise.kind, Promise.state, Promise.due_at).where(
            Promise.ticket_id == ticket.id,
            or_(Promise.state == "open", (Promise.state == "missed") & Promise.kept_at.is_(None)),
        )
    ).all()
    open_kinds = {row.kind for row in rows if row.state == "open"}
    ticket.promise_due_at = min(
        (row.due_at for row in rows if row.state == "open" or row.kind not in open_kinds), default=None
    )
    times = [value for value in (ticket.due_at, ticket.promise_due_at) if value is not None]
    ticket.due_sort = min(times) if times else FAR_FUTURE


def reach(ticket: Ticket, stage: int, now: datetime) -> None:
    """Stamp a stage as reached, once; a stop that was passed over counts as reached in the same moment."""
    if stage <= ticket.stage:
        return
    if stage >= STAGE_ASSIGNMENT and ticket.stage < STAGE_ASSIGNMENT:
        ticket.assigned_at = ticket.assigned_at or now
    if stage >= STAGE_WORKING and ticket.stage < STAGE_WORKING:
        ticket.working_at = ticket.working_at or now
    if stage >= STAGE_RESOLUTION and ticket.stage < STAGE_RESOLUTION:
        ticket.solved_at = now
    ticket.stage = stage


def step_back(ticket: Ticket, now: datetime) -> None:
    """A reopened ticket goes back to Working, or to Assignment when nobody owns it, with a new time."""
    if ticket.stage < STAGE_RESOLUTION:
        return
    ticket.solved_at = None
    if ticket.assignee_id is None and ticket.team_id is None:
        ticket.stage = STAGE_ASSIGNMENT
        ticket.assigned_at, ticket.working_at = now, None
    else:
        ticket.stage = STAGE_WORKING
        ticket.working_at = now


def side_values(ticket: Ticket) -> dict[str, object]:
    """The side columns as JSON values, for an event's `data["before"]`."""
    values: dict[str, object] = {}
    for name in SIDE_COLUMNS:
        value = getattr(ticket, name)
        values[name] = value.isoformat() if isinstance(value, datetime) else value
    return values


def restore_side_values(ticket: Ticket, values: dict[str, object]) -> None:
    """Put back what `side_values` kept."""
    for name in SIDE_COLUMNS:
        if name in values:
            value = values[name]
            if name.endswith("_at") and isinstance(value, str):
                value = datetime.fromisoformat(value)
            setattr(ticket, name, value)


__all__ = [
    "SIDE_COLUMNS",
    "place",
    "put_due",
    "put_status",
    "reach",
    "restore_side_values",
    "side_values",
    "step_back",
]

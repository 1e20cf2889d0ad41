"""The four stops of a ticket with the facts behind them, for agents (product.md section 3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.core.words import _
from portal.people.desk import AgentCard, Named
from portal.tickets.queries.ticket_sides import PromiseView
from portal.tickets.statuses import STAGE_ASSIGNMENT, STAGE_INTAKE, STAGE_RESOLUTION, STAGE_WORKING, StatusCard

CHANNEL_WORDS = {
    "web": _("on the web"),
    "mail": _("by e-mail"),
    "api": _("by another system"),
    "phone": _("by phone"),
    "chat": _("in a chat"),
    "walk-in": _("in person"),
    "other": _("another way"),
}


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop. `state`: done, now or todo; `at` is when it was reached (or is promised), `text` what belongs to it.

    `text` is a pattern: `%(time)s` stands where the time goes.
    """

    label: str
    state: str
    at: datetime | None
    text: str


def agent_stops(
    ticket: Any,
    status: StatusCard,
    assignee: AgentCard | None,
    team: Named | None,
    department: Named,
    fix: PromiseView | None,
) -> tuple[Stop, ...]:
    """The stops of a ticket (it needs stage, created_at, assigned_at, working_at, solved_at and channel)."""
    stage = ticket.stage

    def state(stop: int) -> str:
        if stage >= STAGE_RESOLUTION or stop < stage:
            return "done"
        return "now" if stop == stage else "todo"

    how = {"how": CHANNEL_WORDS.get(ticket.channel, "")}
    intake = Stop(_("Intake"), state(STAGE_INTAKE), ticket.created_at, _("%%(time)s %(how)s") % how)
    return (
        intake,
        _assigned(ticket, state(STAGE_ASSIGNMENT), assignee, team, department),
        _working(ticket, state(STAGE_WORKING), status),
        _resolution(ticket, state(STAGE_RESOLUTION), status, fix),
    )


def _assigned(ticket: Any, state: str, assignee: AgentCard | None, team: Named | None, department: Named) -> Stop:
    owner = assignee.name.split(" ", 1)[0] if assignee else team.name if team else ""
    if state == "todo" or not owner:
        text = _("Nobody has it, %(department)s") % {"department": _doubled(department.name)}
        return Stop(_("Assigned"), state, None, text)
    words = {"owner": _doubled(owner), "department": _doubled(department.name)}
    return Stop(_("Assigned"), state, ticket.assigned_at, _("%%(time)s to %(owner)s, %(department)s") % words)


def _working(ticket: Any, state: str, status: StatusCard) -> Stop:
    if state == "todo":
        return Stop(_("Working"), state, None, "")
    if state == "now" and status.state == "waiting":
        return Stop(_("Working"), state, ticket.working_at, _doubled(status.name))
    return Stop(_("Working"), state, ticket.working_at, _("since %(time)s") if state == "now" else _("from %(time)s"))


def _resolution(ticket: Any, state: str, status: StatusCard, fix: PromiseView | None) -> Stop:
    if state == "done":
        words = {"status": _doubled(status.name)}
        return Stop(_("Resolution"), state, ticket.solved_at, _("%%(time)s %(status)s") % words)
    if fix is not None:
        return Stop(_("Resolution"), state, fix.due_at, _("Promised %(time)s"))
    return Stop(_("Resolution"), state, None, "")


def _doubled(text: str) -> str:
    """A name as it is inside a pattern."""
    return text.replace("%", "%%")

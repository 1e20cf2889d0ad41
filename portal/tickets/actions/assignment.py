"""Taking, assigning and releasing tickets."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from portal.core.database import lock, transaction
from portal.core.errors import Refused
from portal.core.words import _
from portal.people.actor import Actor
from portal.people.desk import AgentCard, desk
from portal.tickets.facts import place, reach
from portal.tickets.guards import refuse_if_gone
from portal.tickets.history import check_seen, record
from portal.tickets.models import Event, Ticket
from portal.tickets.policy import require
from portal.tickets.statuses import STAGE_ASSIGNMENT, ticket_lists


def read_assignee(text: str, *, by: Actor) -> tuple[int | None, int | None]:
    """(agent id, team id) of `"12"`, `"team:3"`, `"me"` or `""`. Raises Refused for what does not exist."""
    text = text.strip()
    if not text:
        return None, None
    if text == "me":
        if by.agent_id is None:
            raise Refused(_("Only agents can take tickets."), field="assignee")
        return by.agent_id, None
    kind, _colon, value = text.rpartition(":")
    if kind in ("", "team") and value.isascii() and value.isdigit() and len(value) < 12:
        if kind == "team":
            team = desk().teams.get(int(value))
            if team is not None and team.is_active:
                return None, team.id
        else:
            card = desk().agents.get(int(value))
            if card is not None and card.is_active:
                return card.id, None
    raise Refused(_("There is no such agent or team. Pick one from the list."), field="assignee")


def assignee_value(ticket: Ticket) -> dict[str, int | None]:
    """The assignment as an event keeps it."""
    return {"agent": ticket.assignee_id, "team": ticket.team_id}


def may_hold(card: AgentCard, department_id: int) -> bool:
    """True when an agent has access to tickets of that department."""
    return card.is_administrator or department_id in card.departments


def assign(ticket: Ticket, assignee: str, *, by: Actor, now: datetime, seen: int | None = None) -> Event | None:
    """Give the ticket to an agent (`"12"`, `"me"`), to a team (`"team:3"`), or release it (`""`).

    A team keeps nobody as its agent until somebody claims; an agent who takes a team's ticket keeps the team.
    """
    with transaction():
        lock(ticket)
        refuse_if_gone(ticket)
        require(by, "ticket.assign", ticket)
        check_seen(ticket, "assignee", seen)
        agent_id, team_id = read_assignee(assignee, by=by)
        if agent_id is not None:
            team_id = ticket.team_id
        return set_assignee(ticket, agent_id, team_id, by=by, now=now)


def set_assignee(
    ticket: Ticket,
    agent_id: int | None,
    team_id: int | None,
    *,
    by: Actor,
    now: datetime,
    data: dict[str, Any] | None = None,
) -> Event | None:
    """Put agent and team, with stage, *New* → *Open* and the event. No checks. None when nothing changed."""
    old = assignee_value(ticket)
    new = {"agent": agent_id, "team": team_id}
    if old == new:
        return None
    ticket.assignee_id, ticket.team_id = agent_id, team_id
    if agent_id is not None or team_id is not None:
        reach(ticket, STAGE_ASSIGNMENT, now)
    old_status = ticket_lists().statuses[ticket.status_id]
    extra: dict[str, Any] = dict(data or {})
    if agent_id is not None and old_status.slug == "new":
        status = ticket_lists().open_status()
        ticket.status_id, ticket.state = status.id, status.state
        place(ticket)
        extra["status"] = [old_status.slug, status.slug]
    kind = "ticket.assigned" if agent_id is not None or team_id is not None else "ticket.released"
    return record(
        ticket, kind, by=by, now=now, field="assignee", old=old, new=new, data=extra, is_public=agent_id is not None
    )


def undo_assignment(ticket: Ticket, event: Event, *, by: Actor, now: datetime) -> Event:
    """Give back the assignment an event changed; *New* comes back when the assignment had made it *Open*."""
    require(by, "ticket.assign", ticket)
    if assignee_value(ticket) != event.new:
        raise Refused(_("The assignment has changed since. Set it by hand."))
    card = desk().agents.get(event.old.get("agent") or 0)
    if event.old.get("agent") and (card is None or not card.is_active):
        raise Refused(_("The agent who had it is not active any more."))
    ticket.assignee_id, ticket.team_id = event.old.get("agent"), event.old.get("team")
    moved = event.data.get("status")
    if moved and ticket_lists().statuses[ticket.status_id].slug == moved[1]:
        status = ticket_lists().status(moved[0])
        ticket.status_id, ticket.state = status.id, status.state
        place(ticket)
    kind = "ticket.assigned" if any(event.old.values()) else "ticket.released"
    return record(
        ticket,
        kind,
        by=by,
        now=now,
        field="assignee",
        old=event.new,
        new=event.old,
        data={"status": [moved[1], moved[0]]} if moved else {},
        undoes_id=event.id,
    )

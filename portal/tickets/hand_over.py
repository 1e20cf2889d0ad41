"""An agent leaves: what they hold goes to somebody else first, so that nothing is orphaned."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.sql import ColumnElement

from portal.core.database import db, transaction
from portal.core.errors import Refused
from portal.core.words import _
from portal.people.actor import Actor
from portal.people.agent_actions import deactivate_agent, refuse_last_administrator
from portal.people.changes import desk_change, lock_row
from portal.people.desk import desk
from portal.people.models import Agent, SecurityEvent
from portal.tickets.actions.assignment import assign, read_assignee
from portal.tickets.models import HelpTopic, Ticket

_AT_ONCE = 200
"""Tickets handed over in one transaction; others write in between."""


def _held_by(agent_id: int) -> ColumnElement[bool]:
    """Tickets that are open or waiting, and resolved ones, which may come back."""
    return (Ticket.assignee_id == agent_id) & Ticket.is_listed & Ticket.state.in_(("open", "waiting", "resolved"))


def count_held(agent_id: int) -> int:
    """How many open, waiting and resolved tickets an agent holds: one statement."""
    return db.session.execute(select(func.count()).select_from(Ticket).where(_held_by(agent_id))).scalar_one()


def retire_agent(agent: Agent, to: str | None, *, by: Actor, now: datetime) -> SecurityEvent | None:
    """Hand over an agent's tickets and switch the agent off. `to`: "12", "team:3", "" (nobody), None (not asked).

    Help topics that name the agent as first assignee go the same way. The last tickets and the switch are one
    transaction. None when the agent is off already. Raises Refused for the last active administrator, for somebody
    who cannot take the tickets, and when the agent holds tickets and nobody said where they go.
    """
    with desk_change(by):
        lock_row(agent)
        refuse_last_administrator(agent)
        if not agent.is_active:
            return None
        if to is None and count_held(agent.id):
            raise Refused(_("Say where their tickets go."), field="to")
        target = read_assignee(to or "", by=by)
        if target[0] == agent.id:
            raise Refused(_("Pick somebody else: this agent is being switched off."), field="to")
    while count_held(agent.id) > _AT_ONCE:
        with transaction():
            _hand_over(agent.id, to or "", by=by, now=now)
    with desk_change(by):
        _hand_over(agent.id, to or "", by=by, now=now)
        db.session.execute(
            update(HelpTopic).where(HelpTopic.assignee_id == agent.id).values(assignee_id=target[0], team_id=target[1])
        )
        return deactivate_agent(agent, by=by, now=now)


def _hand_over(agent_id: int, to: str, *, by: Actor, now: datetime) -> None:
    """Assign up to `_AT_ONCE` of the tickets; "nobody" leaves a ticket with the team it has."""
    tickets = db.session.execute(select(Ticket).where(_held_by(agent_id)).order_by(Ticket.id).limit(_AT_ONCE)).scalars()
    for ticket in list(tickets):
        team = desk().teams.get(ticket.team_id or 0)
        goes_to = to or (f"team:{team.id}" if team is not None and team.is_active else "")
        assign(ticket, goes_to, by=by, now=now)

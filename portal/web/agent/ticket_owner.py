"""Who has a ticket: agent, team, department."""

from __future__ import annotations

from datetime import datetime

from flask import Response, request

from portal.core.errors import Refused
from portal.core.words import _
from portal.people.actor import Actor
from portal.people.desk import desk
from portal.tickets import actions
from portal.tickets.actions.assignment import may_hold
from portal.tickets.models import Event, Ticket
from portal.tickets.policy import require
from portal.web.agent import agent
from portal.web.agent.change_form import ChangeForm, Choice, Input, version_drawn
from portal.web.agent.changing import Change, run_change
from portal.web.agent.ticket_forms import METHODS, ask_for, form_of, number_of, seen


def _draw_assignment(ticket: Ticket, actor: Actor) -> ChangeForm:
    require(actor, "ticket.assign", ticket)
    choices = []
    if ticket.assignee_id != actor.agent_id:
        choices.append(Choice("me", _("Take it myself")))
    holders = [c for c in desk().active_agents() if c.id == ticket.assignee_id or may_hold(c, ticket.department_id)]
    choices += [Choice(str(card.id), card.name) for card in holders]
    teams = sorted((t for t in desk().teams.values() if t.is_active), key=lambda t: t.name.casefold())
    choices += [Choice(f"team:{team.id}", team.name, detail=_("Team")) for team in teams]
    if ticket.assignee_id is not None or ticket.team_id is not None:
        choices.append(Choice("", _("Nobody")))
    current = str(ticket.assignee_id or "") or (f"team:{ticket.team_id}" if ticket.team_id else "-")
    return form_of(
        ticket,
        "assignment",
        _("Assignee"),
        name="assignee",
        current=current,
        choices=tuple(choices),
        has_filter=len(choices) > 7,
        version=version_drawn(ticket.version),
    )


def _apply_assignment(ticket: Ticket, actor: Actor, now: datetime) -> Event | None:
    ask_for("assignee", _("Pick an agent or a team."))
    return actions.assign(ticket, request.form.get("assignee", ""), by=actor, now=now, seen=seen())


def _said_assignment(ticket: Ticket) -> str:
    holder = desk().agents.get(ticket.assignee_id or 0) or desk().teams.get(ticket.team_id or 0)
    return _("Now with %(name)s") % {"name": holder.name} if holder else _("Nobody has it now")


_ASSIGNMENT = Change(_draw_assignment, _apply_assignment, _said_assignment)


@agent.route("/tickets/<number>/assignment", methods=METHODS)
def assignment(number: str) -> Response:
    """The menu of agents and teams; POST `assignee` = agent id, `team:<id>`, `me` or empty."""
    return run_change(number, _ASSIGNMENT)


def _draw_department(ticket: Ticket, actor: Actor) -> ChangeForm:
    require(actor, "ticket.transfer", ticket)
    departments = sorted(
        (d for d in desk().departments.values() if d.is_active or d.id == ticket.department_id),
        key=lambda d: d.name.casefold(),
    )
    comment = Input("comment", _("Note for the new department"), "area", rows=2)
    return form_of(
        ticket,
        "department",
        _("Department"),
        name="department",
        current=str(ticket.department_id),
        choices=tuple(Choice(str(d.id), d.name) for d in departments),
        has_filter=len(departments) > 7,
        inputs=(comment,),
        version=version_drawn(ticket.version),
        lead=_("An assignee without access there is taken off the ticket."),
    )


def _apply_department(ticket: Ticket, actor: Actor, now: datetime) -> Event | None:
    sentence = _("There is no such department. Pick one from the list.")
    department_id = number_of("department", sentence)
    if department_id is None:
        raise Refused(_("Pick a department."))
    comment = request.form.get("comment", "")
    return actions.transfer(ticket, department_id, comment=comment, by=actor, now=now, seen=seen())


def _said_department(ticket: Ticket) -> str:
    return _("Moved to %(department)s") % {"department": desk().departments[ticket.department_id].name}


_DEPARTMENT = Change(_draw_department, _apply_department, _said_department)


@agent.route("/tickets/<number>/department", methods=METHODS)
def department(number: str) -> Response:
    """The menu of departments; POST `department comment` transfers."""
    return run_change(number, _DEPARTMENT)

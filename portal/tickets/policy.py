"""Who may see a ticket, and who may do what with it. Every door asks here and nowhere else (product.md section 4)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from sqlalchemy import Select, String, bindparam, false, or_, select, true
from sqlalchemy.sql import ColumnElement

from portal.core.database import db
from portal.core.errors import Forbidden, NotFound
from portal.core.words import _
from portal.people.actor import Actor
from portal.people.models import Organization, Person
from portal.tickets.models import Collaborator, Referral, Ticket
from portal.tickets.sight import made_once

_FEW = 12


def _one_of(column: Any, ids: Iterable[int]) -> ColumnElement[bool]:
    """`column IN ids`; a few are compared one by one, since an IN list is put into the text anew at each run."""
    listed = sorted(ids)
    return or_(*(column == one for one in listed)) if 0 < len(listed) <= _FEW else column.in_(listed)


def _referred_to(actor: Actor) -> ColumnElement[bool]:
    targets = [(Referral.target_kind == "agent") & (Referral.target_id == actor.agent_id)]
    if actor.team_ids and not actor.limited_to_own:
        targets.append((Referral.target_kind == "team") & _one_of(Referral.target_id, actor.team_ids))
    if actor.departments and not actor.limited_to_own:
        targets.append((Referral.target_kind == "department") & _one_of(Referral.target_id, actor.departments))
    return select(Referral.id).where(Referral.ticket_id == Ticket.id, or_(*targets)).exists()


def visible_clause(actor: Actor) -> ColumnElement[bool]:
    """The condition on `Ticket` that keeps what this actor may see."""
    if actor.kind == "system" or (actor.is_agent and actor.is_administrator):
        return true()
    if actor.is_agent:
        seen = [Ticket.assignee_id == actor.agent_id, _referred_to(actor)]
        if not actor.limited_to_own:
            if actor.departments:
                seen.insert(0, _one_of(Ticket.department_id, actor.departments))
            if actor.team_ids:
                seen.append(_one_of(Ticket.team_id, actor.team_ids))
        return or_(*seen)
    if actor.kind == "guest":
        return (Ticket.id == actor.ticket_id) & Ticket.deleted_at.is_(None)
    if actor.kind == "customer":
        mine = [
            Ticket.customer_id == actor.person_id,
            select(Collaborator.ticket_id)
            .where(Collaborator.ticket_id == Ticket.id, Collaborator.person_id == actor.person_id)
            .exists(),
        ]
        if actor.sees_organization and actor.organization_id:
            mine.append(
                Ticket.customer_id.in_(
                    select(Person.id)
                    .join(Organization, Organization.id == Person.organization_id)
                    .where(Person.organization_id == actor.organization_id, Organization.shares_tickets)
                )
            )
        return or_(*mine) & Ticket.deleted_at.is_(None)
    return false()


SelectOfTickets = TypeVar("SelectOfTickets", bound=Select)


def visible_to(actor: Actor, statement: SelectOfTickets) -> SelectOfTickets:
    """The select over `Ticket` narrowed to what this actor may see; every list starts here."""
    return statement.where(visible_clause(actor))


@made_once
def _by_number(actor: Actor) -> Select[Any]:
    return visible_to(actor, select(Ticket).where(Ticket.number == bindparam("number", type_=String)))


def ticket_for(actor: Actor, number: str) -> Ticket:
    """The ticket of that number if the actor may see it: one statement. Raises NotFound, the same for both reasons."""
    ticket = None
    if 1 <= len(number) <= 20 and number.isascii() and number.isalnum():
        if actor.is_agent:
            ticket = db.session.execute(_by_number(actor), {"number": number}).scalar()
        else:
            ticket = db.session.execute(visible_to(actor, select(Ticket).where(Ticket.number == number))).scalar()
    if ticket is None:
        raise NotFound(_("There is no such ticket, or you may not see it."))
    return ticket


def permissions_on(actor: Actor, ticket: Ticket) -> frozenset[str]:
    """What an agent may do with a ticket they may see.

    The role held in the ticket's department counts; a ticket seen through assignment, team or referral alone counts
    under the primary role.
    """
    if not actor.is_agent:
        return frozenset()
    return actor.departments.get(ticket.department_id, actor.permissions)


def can(actor: Actor, permission: str, ticket: Ticket) -> bool:
    """True when the actor holds the permission on this ticket; administrators and the system hold every one."""
    if actor.kind == "system" or (actor.is_agent and actor.is_administrator):
        return True
    return permission in permissions_on(actor, ticket)


def can_anywhere(actor: Actor, permission: str) -> bool:
    """True when an agent holds the permission in any department."""
    if actor.is_agent and actor.is_administrator:
        return True
    return any(permission in held for held in actor.departments.values())


_REFUSALS: dict[str, str] = {
    "ticket.create": _("You may not open tickets for customers."),
    "ticket.edit": _("You may not edit this ticket."),
    "ticket.assign": _("You may not assign this ticket."),
    "ticket.transfer": _("You may not move this ticket to another department."),
    "ticket.refer": _("You may not refer this ticket."),
    "ticket.reply": _("You may not reply to this ticket."),
    "ticket.note": _("You may not write notes here."),
    "ticket.close": _("You may not resolve or close this ticket."),
    "ticket.reopen": _("You may not reopen this ticket."),
    "ticket.delete": _("You may not delete this ticket or bring it back."),
    "ticket.merge": _("You may not merge these tickets."),
    "ticket.link": _("You may not link these tickets."),
    "ticket.customer": _("You may not change this ticket's customer."),
}


def require(actor: Actor, permission: str, *tickets: Ticket) -> None:
    """Raise Forbidden, with a sentence, unless the actor holds the permission on each of the tickets."""
    if not all(can(actor, permission, ticket) for ticket in tickets):
        raise Forbidden(_REFUSALS.get(permission, _("You may not do this.")))


def require_any(actor: Actor, permissions: Iterable[str], ticket: Ticket) -> None:
    """Raise Forbidden unless the actor holds at least one of the permissions on the ticket."""
    wanted = list(permissions)
    if not any(can(actor, permission, ticket) for permission in wanted):
        raise Forbidden(_REFUSALS.get(wanted[0], _("You may not do this.")))

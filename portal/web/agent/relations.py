"""People and tickets beside a ticket: customer, collaborators, referrals, links, merge."""

from __future__ import annotations

from datetime import datetime

from flask import Response, request

from portal.core.clock import utc_now
from portal.core.database import transaction
from portal.core.errors import NotFound, Refused
from portal.core.words import _
from portal.people.actions import find_or_make_person
from portal.people.actor import Actor
from portal.people.desk import desk
from portal.tickets import actions
from portal.tickets.actions.links import LINK_KINDS
from portal.tickets.models import Event, Ticket
from portal.tickets.policy import require, ticket_for
from portal.tickets.queries.near_tickets import near_tickets
from portal.web.agent import agent
from portal.web.agent.change_form import ChangeForm, Choice, Input, version_drawn
from portal.web.agent.changing import Change, answer_change, run_change
from portal.web.agent.ticket_forms import METHODS, form_of, seen
from portal.web.auth import current_actor

LINK_WORDS = {
    "related": _("is related"),
    "duplicate": _("is a duplicate"),
    "parent": _("is the parent"),
    "child": _("is a child"),
}


def other_ticket(field: str, actor: Actor) -> Ticket:
    """The ticket whose number was typed. Raises Refused when the actor sees none of that number."""
    typed = request.form.get(field, "").strip().lstrip("#")
    if not typed:
        raise Refused(_("Write a ticket number."), field=field)
    try:
        return ticket_for(actor, typed)
    except NotFound as error:
        raise Refused(error.message, field=field) from None


def row_id(text: str) -> int:
    """A row's id out of an address. Raises NotFound for anything else."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise NotFound(_("It is gone already."))
    return int(text)


# --- customer


def _draw_customer(ticket: Ticket, actor: Actor) -> ChangeForm:
    require(actor, "ticket.customer", ticket)
    return form_of(
        ticket,
        "customer",
        _("Change customer"),
        inputs=(Input("email", _("E-mail address of the customer"), "email", is_required=True, length=254),),
        button=_("Change customer"),
        version=version_drawn(ticket.version),
        hint=_("Secure links of the customer before stop working. An unknown address becomes a new customer."),
    )


def _apply_customer(ticket: Ticket, actor: Actor, now: datetime) -> Event | None:
    require(actor, "ticket.customer", ticket)
    with transaction():
        person = find_or_make_person(request.form.get("email", ""), now=now)
        return actions.change_customer(ticket, person.id, by=actor, now=now, seen=seen())


_CUSTOMER = Change(_draw_customer, _apply_customer, lambda _ticket: _("Customer changed"))


@agent.route("/tickets/<number>/customer", methods=METHODS)
def ticket_customer(number: str) -> Response:
    """Giving the ticket to another customer; POST `email`."""
    return run_change(number, _CUSTOMER)


# --- collaborators


def _draw_collaborator(ticket: Ticket, actor: Actor) -> ChangeForm:
    require(actor, "ticket.edit", ticket)
    return form_of(
        ticket,
        "collaborators",
        _("Add collaborator"),
        inputs=(
            Input("email", _("E-mail address"), "email", is_required=True, length=254),
            Input("name", _("Name"), hint=_("Only for somebody new."), length=200),
        ),
        button=_("Add collaborator"),
        hint=_("Collaborators read and hear everything public, and may write."),
    )


def _apply_collaborator(ticket: Ticket, actor: Actor, now: datetime) -> Event | None:
    require(actor, "ticket.edit", ticket)
    with transaction():
        person = find_or_make_person(request.form.get("email", ""), request.form.get("name", ""), now=now)
        return actions.add_collaborator(ticket, person.id, by=actor, now=now)


_COLLABORATOR = Change(_draw_collaborator, _apply_collaborator, lambda _ticket: _("Collaborator added"))


@agent.route("/tickets/<number>/collaborators", methods=METHODS)
def collaborators(number: str) -> Response:
    """Adding a person who follows the ticket; POST `email name`."""
    return run_change(number, _COLLABORATOR)


@agent.route("/tickets/<number>/collaborators/<person>/removal", methods=["POST"])
def remove_collaborator(number: str, person: str) -> Response:
    """Let a person follow no longer."""
    ticket = ticket_for(current_actor(), number)
    event = actions.remove_collaborator(ticket, row_id(person), by=current_actor(), now=utc_now())
    return answer_change(ticket, event, _("Collaborator removed"))


# --- referrals


def _draw_referral(ticket: Ticket, actor: Actor) -> ChangeForm:
    require(actor, "ticket.refer", ticket)
    teams = sorted((t for t in desk().teams.values() if t.is_active), key=lambda t: t.name.casefold())
    departments = sorted(
        (d for d in desk().departments.values() if d.is_active and d.id != ticket.department_id),
        key=lambda d: d.name.casefold(),
    )
    choices = (
        *(Choice(f"department:{d.id}", d.name, detail=_("Department")) for d in departments),
        *(Choice(f"team:{t.id}", t.name, detail=_("Team")) for t in teams),
        *(Choice(str(card.id), card.name) for card in desk().active_agents() if card.id != actor.agent_id),
    )
    return form_of(
        ticket,
        "referrals",
        _("Refer to"),
        name="to",
        choices=choices,
        has_filter=len(choices) > 7,
        lead=_("They see the ticket; it stays where it is."),
    )


def _apply_referral(ticket: Ticket, actor: Actor, now: datetime) -> Event | None:
    return actions.refer(ticket, request.form.get("to", ""), by=actor, now=now)


_REFERRAL = Change(_draw_referral, _apply_referral, lambda _ticket: _("Referred"))


@agent.route("/tickets/<number>/referrals", methods=METHODS)
def referrals(number: str) -> Response:
    """Letting another agent, team or department see the ticket; POST `to`."""
    return run_change(number, _REFERRAL)


@agent.route("/tickets/<number>/referrals/<referral>/removal", methods=["POST"])
def remove_referral(number: str, referral: str) -> Response:
    """Take a referral back."""
    ticket = ticket_for(current_actor(), number)
    event = actions.unrefer(ticket, row_id(referral), by=current_actor(), now=utc_now())
    return answer_change(ticket, event, _("Referral taken back"))


# --- links


def _draw_link(ticket: Ticket, actor: Actor) -> ChangeForm:
    require(actor, "ticket.link", ticket)
    return form_of(
        ticket,
        "links",
        _("Link a ticket"),
        inputs=(
            Input("number", _("Number of the other ticket"), "number", is_required=True, length=20),
            Input(
                "kind",
                _("The other ticket"),
                "pick",
                value="related",
                options=tuple(Choice(kind, LINK_WORDS[kind]) for kind in LINK_KINDS),
            ),
        ),
        button=_("Link tickets"),
        hint=_("A parent cannot be resolved while its children are open."),
    )


def _apply_link(ticket: Ticket, actor: Actor, now: datetime) -> Event | None:
    require(actor, "ticket.link", ticket)
    kind = request.form.get("kind", "").strip() or "related"
    return actions.link_tickets(ticket, other_ticket("number", actor), kind, by=actor, now=now)


_LINK = Change(_draw_link, _apply_link, lambda _ticket: _("Tickets linked"))


@agent.route("/tickets/<number>/links", methods=METHODS)
def links(number: str) -> Response:
    """Putting another ticket beside this one; POST `number kind`."""
    return run_change(number, _LINK)


@agent.route("/tickets/<number>/links/<link>/removal", methods=["POST"])
def remove_link(number: str, link: str) -> Response:
    """Remove a link."""
    ticket = ticket_for(current_actor(), number)
    event = actions.unlink_tickets(ticket, row_id(link), by=current_actor(), now=utc_now())
    return answer_change(ticket, event, _("Link removed"))


# --- merge


def _draw_merge(ticket: Ticket, actor: Actor) -> ChangeForm:
    require(actor, "ticket.merge", ticket)
    near = near_tickets(actor, ticket)
    return form_of(
        ticket,
        "merge",
        _("Merge into"),
        name="into",
        choices=tuple(Choice(one.number, one.subject, detail=one.number) for one in near),
        inputs=(Input("into", _("Number of the ticket it goes into"), "number", is_required=True, length=20),),
        button=_("Merge into that ticket"),
        lead=_("Other tickets of this customer:") if near else "",
        hint=_("What was written here is shown there, and its people follow there. You can undo it."),
    )


def _apply_merge(ticket: Ticket, actor: Actor, now: datetime) -> Event | None:
    require(actor, "ticket.merge", ticket)
    return actions.merge(ticket, other_ticket("into", actor), by=actor, now=now)


_MERGE = Change(_draw_merge, _apply_merge, lambda _ticket: _("Merged"))


@agent.route("/tickets/<number>/merge", methods=METHODS)
def merge(number: str) -> Response:
    """Merging this ticket into another; POST `into` (a number)."""
    return run_change(number, _MERGE)

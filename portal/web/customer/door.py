"""Who a visitor is on the customers' pages, and what happens to typed text when nobody may send it any more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, TypeVar

from flask import Response, abort, flash, get_flashed_messages, redirect, render_template, request, url_for

from portal.core.clock import utc_now
from portal.core.database import db
from portal.core.errors import NotFound
from portal.core.words import _
from portal.people.actor import Actor
from portal.tickets.actions.merge import final_parent
from portal.tickets.models import Ticket
from portal.tickets.policy import ticket_for
from portal.web.auth import SignInNeeded, current_actor, guests
from portal.web.htmx import is_htmx
from portal.web.kept_forms import keep_form, kept_fields

T = TypeVar("T")


def customer_side(agent: Actor) -> Actor:
    """An agent as the customer they also are: of their own tickets they see what any customer sees."""
    return replace(
        agent,
        kind="customer",
        agent_id=None,
        is_administrator=False,
        permissions=frozenset(),
        departments={},
        team_ids=frozenset(),
    )


def customers_here() -> Iterator[Actor]:
    """Whom this browser may act for on customers' pages: the person signed in, then the holders of secure links.

    Last come holders whose ticket was merged, for the ticket that shows its thread now; each costs statements only
    when all before were turned away.
    """
    actor = current_actor()
    if actor.kind == "customer":
        yield actor
    elif actor.kind == "agent":
        yield customer_side(actor)
    yield from guests()
    for guest in guests():
        yield from _after_merge(guest)


def _after_merge(guest: Actor) -> Iterator[Actor]:
    """The same holder for the merged ticket's parent, which merging let them follow.

    Not while nobody has proven the address: whoever typed somebody's address must not reach their other tickets.
    """
    ticket = db.session.get(Ticket, guest.ticket_id)
    if ticket is None or ticket.merged_into_id is None or ticket.deleted_at is not None:
        return
    parent = final_parent(ticket)
    if guest.proves_address or ticket.is_address_proven:
        yield replace(guest, ticket_id=parent.id)


def signed_in_customer() -> Actor:
    """The person signed in, as a customer. Raises SignInNeeded."""
    actor = current_actor()
    if not actor.is_signed_in:
        raise SignInNeeded
    return customer_side(actor) if actor.is_agent else actor


def at_door(load: Callable[[Actor], T], number: str) -> tuple[T, Actor]:
    """What `load` gives for the first of `customers_here` who may see the ticket, and who that is.

    An agent who sees the ticket as an agent is led to the agents' page. Raises NotFound for anybody else signed in
    and SignInNeeded for nobody, both the same for tickets that exist and that do not.
    """
    for actor in customers_here():
        try:
            return load(actor), actor
        except NotFound:
            continue
    actor = current_actor()
    if actor.is_agent:
        ticket_for(actor, number)
        if request.method in ("GET", "HEAD"):
            abort(redirect(f"/agent/tickets/{number}", 303))
    if not actor.is_signed_in:
        raise SignInNeeded
    raise NotFound(_("There is no such ticket, or you may not see it."))


def ticket_to_change(number: str) -> tuple[Ticket, Actor]:
    """The ticket of a form, and who acts. Whoever has to sign in first finds the typed text again afterwards."""
    try:
        return at_door(lambda actor: ticket_for(actor, number), number)
    except SignInNeeded:
        fields = kept_fields()
        if any(name in ("message", "comment") and value.strip() for name, value in fields):
            target = url_for("auth.sign_in_page", next=keep_form(request.path, fields, now=utc_now()))
            abort(Response("", 401, {"HX-Redirect": target}) if is_htmx() else redirect(target, 303))
        raise


def show(template: str, *, status: int = 200, **values: Any) -> tuple[str, int]:
    """Render a page with the notices that were put up before a 303."""
    notices = [{"text": text} for text in get_flashed_messages()]
    return render_template(template, notices=notices, **values), status


def notify(text: str) -> None:
    """Put up a notice for the next page."""
    flash(text)

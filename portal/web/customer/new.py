"""`/tickets/new`: opening a ticket, and the page after it with the secure link."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, request, session

from portal.core.clock import utc_now
from portal.core.errors import DeskError, TooMany
from portal.core.files import store_uploads
from portal.core.tokens import new_token
from portal.core.words import _
from portal.intake.from_form import OpenedTicket, WebRequest, find_repeat, open_from_form, public_topics
from portal.intake.limits import refuse_if_too_many
from portal.people.actions import find_person
from portal.people.actor import Actor
from portal.people.links import find_link, make_ticket_link
from portal.tickets.queries.customer_files import refuse_if_full
from portal.tickets.queries.customer_ticket import customer_ticket
from portal.web.auth import current_actor, hold_ticket_link, network
from portal.web.customer import customer
from portal.web.customer.door import at_door, customer_side, notify, show
from portal.web.customer.forms import GuestTicketForm, NewTicketForm, started_now
from portal.web.customer.stops import shown_stops
from portal.web.htmx import see_other

TOPIC_CARDS = 6
"""Up to so many topics are shown as cards; more as a menu."""
_SHOWN_LINKS = 3


@customer.get("/tickets/new")
def new_page() -> tuple[str, int]:
    """The empty form."""
    _browser()
    form = _form()
    form.topic.data = request.args.get("topic", "")[:20]
    return _show_form(form)


@customer.post("/tickets/new")
def open_one() -> Response | tuple[str, int]:
    """Open the ticket; 303 to the page with its number and secure link. A double submit leads to the same ticket."""
    form = _form()
    by = _writer()
    wanted = _request_of(form)
    now = utc_now()
    repeated = find_repeat(wanted, by=by)
    if repeated is not None:
        return _lead_in(repeated)
    if not form.validate():
        return _show_form(form, status=422)
    try:
        if not by.is_signed_in:
            refuse_if_too_many(form.email.data, network(), now=now)
        refuse_if_full(_person_id(by, form), request.files.getlist("files"))
        files = store_uploads(request.files.getlist("files"))
        opened = open_from_form(_request_of(form, files=files), by=by, now=now)
    except DeskError as error:
        return _refused(form, error)
    return _lead_in(opened)


def _form() -> NewTicketForm:
    return NewTicketForm() if current_actor().is_signed_in else GuestTicketForm()


def _writer() -> Actor:
    actor = current_actor()
    return customer_side(actor) if actor.is_agent else actor


def _person_id(by: Actor, form: NewTicketForm) -> int | None:
    if by.is_signed_in:
        return by.person_id
    person = find_person(form.email.data)
    return person.id if person is not None else None


def _request_of(form: NewTicketForm, **more: Any) -> WebRequest:
    def value(name: str) -> str:
        field = form._fields.get(name)
        return (field.data or "") if field is not None else ""

    return WebRequest(
        subject=value("subject"),
        message=value("message"),
        topic=value("topic"),
        name=value("name"),
        address=value("email"),
        phone=value("phone"),
        once=value("once")[:200],
        browsers=_browser(),
        network=network(),
        **more,
    )


def _browser() -> tuple[str, ...]:
    """Secrets of this browser's cookie: a repeat from the same browser gets the way in again, others do not."""
    if not isinstance(session.get("browser"), str):
        session["browser"] = new_token()
    return tuple(str(session[name]) for name in ("browser", "csrf_token") if session.get(name))


def _show_form(form: NewTicketForm, *, status: int = 200) -> tuple[str, int]:
    topics = public_topics()
    once = (form.once.data or "")[:200] if status != 200 else ""
    return show(
        "customer/new.html",
        status=status,
        form=form,
        topics=topics,
        as_cards=len(topics) <= TOPIC_CARDS,
        started=form.started.data if status != 200 and form.started.data else started_now(),
        once=once,
    )


def _refused(form: NewTicketForm, error: DeskError) -> Response | tuple[str, int]:
    form.add_error(error)
    page = _show_form(form, status=error.http_status)
    if not isinstance(error, TooMany):
        return page
    return Response(page[0], error.http_status, {"Retry-After": str(error.retry_after)})


def _lead_in(opened: OpenedTicket) -> Response:
    """Let the writer, and nobody who only guessed the form's `once`, into the ticket."""
    if not opened.is_same_browser:
        notify(_("This ticket is open already. We wrote to you with a link to it."))
        return see_other("/tickets/find")
    give_way_in(opened.ticket_id, opened.number, opened.person_id)
    return see_other(f"/tickets/{opened.number}/opened")


def give_way_in(ticket_id: int, number: str, person_id: int) -> None:
    """Make a secure link for the page after opening, and hold it in this browser unless the person is signed in.

    The token is in no address and in no table: it waits in this browser's own signed cookie until it is shown.
    """
    now = utc_now()
    token = make_ticket_link(ticket_id, person_id, now=now)
    actor = current_actor()
    if not (actor.is_signed_in and actor.person_id == person_id):
        hold_ticket_link(find_link(token, "ticket", now=now), now=now)
    others = [(key, value) for key, value in session.get("links", {}).items() if key != number]
    session["links"] = dict([*others[-_SHOWN_LINKS + 1 :], (number, token)])


@customer.get("/tickets/<number>/opened")
def opened_page(number: str) -> tuple[str, int]:
    """The page after opening: number, what happens next, and the secure link as long as this browser keeps it."""
    now = utc_now()
    ticket, actor = at_door(lambda actor: customer_ticket(actor, number, now=now, time_zone=actor.time_zone), number)
    token = session.get("links", {}).get(number, "")
    link = f"{current_app.config['PORTAL_URL']}/t/{token}" if token else ""
    return show(
        "customer/opened.html",
        ticket=ticket,
        link=link,
        is_guest=actor.kind == "guest",
        now=now,
        zone=actor.time_zone,
        stops=shown_stops(ticket.stops, now, actor.time_zone),
    )

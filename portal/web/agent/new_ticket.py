"""Opening a ticket for a customer who called, came or wrote elsewhere."""

from __future__ import annotations

from datetime import datetime

from flask import Response, make_response, render_template, request

from portal.core.clock import utc_now
from portal.core.database import transaction
from portal.core.errors import DeskError, Forbidden, NotFound
from portal.core.files import store_uploads
from portal.core.once import first_result, keep_result, once_key
from portal.core.words import _
from portal.people.actions import find_or_make_person
from portal.people.actor import Actor
from portal.tickets import actions
from portal.tickets.actions import NewTicket
from portal.tickets.policy import can_anywhere
from portal.tickets.queries.new_ticket_page import department_for_new, new_ticket_page
from portal.web.agent import agent
from portal.web.agent.change_form import typed_instant
from portal.web.agent.new_ticket_form import NewTicketForm, fill_choices
from portal.web.agent.ticket_forms import number_of
from portal.web.auth import current_actor
from portal.web.filters import new_once
from portal.web.htmx import see_other


@agent.route("/tickets/new", methods=["GET", "POST"])
def new_ticket() -> Response:
    """The form, with `?customer=<person id>` filled in for that person; POST opens the ticket and leads to it."""
    actor, now = current_actor(), utc_now()
    if not can_anywhere(actor, "ticket.create"):
        raise Forbidden(_("You may not open tickets for customers."))
    form = NewTicketForm()
    if request.method != "POST":
        return _draw(form, actor)
    try:
        number = _open_once(form, actor, now)
    except DeskError as error:
        return _draw(form, actor, error)
    return see_other(f"/agent/tickets/{number}")


def _open_once(form: NewTicketForm, actor: Actor, now: datetime) -> str:
    """Open the ticket, or find the one the first submit of this form opened; gives its number."""
    files = store_uploads(request.files.getlist("files"))
    topic_id = number_of("topic", _("Pick what it is about from the list."))
    department_id = department_for_new(actor, topic_id)
    due_at = typed_instant("due_at", actor)
    once = (form.once.data or "").strip()
    key = once_key("new-ticket", actor.person_id, once) if once else ""
    with transaction():
        known = first_result(key, now=now) if key else None
        if known:
            return known
        person = find_or_make_person(form.email.data or "", form.name.data or "", phone=form.phone.data or "", now=now)
        told = request.form.getlist("tell")
        new = NewTicket(
            subject=form.subject.data or "",
            message=form.message.data or "",
            customer_id=person.id,
            channel=form.channel.data or "phone",
            topic_id=topic_id,
            department_id=department_id,
            priority=form.priority.data or None,
            assignee=form.assignee.data or "",
            due_at=due_at,
            status=form.status.data or None,
            reply=form.reply.data or "",
            note=form.note.data or "",
            files=files,
            tell=not told or any(told),
        )
        ticket = actions.open_ticket(new, by=actor, now=now)
        if key:
            keep_result(key, ticket.number)
        return ticket.number


def _draw(form: NewTicketForm, actor: Actor, error: DeskError | None = None) -> Response:
    wanted = request.args.get("customer", "")
    customer_id = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 10 else None
    page = new_ticket_page(actor, customer_id)
    fill_choices(form, page)
    if request.method != "POST":
        form.topic.data = str(page.default_topic_id or "")
        if page.customer is not None:
            form.email.data, form.name.data = page.customer.address, page.customer.name
            form.phone.data = page.customer.phone
    form.once.data = form.once.data or new_once()
    if error is not None:
        form.add_error(error)
    is_told = any(request.form.getlist("tell")) if request.method == "POST" and "tell" in request.form else True
    had_files = any(upload.filename for upload in request.files.getlist("files"))
    drawn = render_template(
        "agent/new_ticket/page.html", form=form, page=page, is_told=is_told, had_files=had_files, zone=actor.time_zone
    )
    if error is None:
        return make_response(drawn)
    return make_response(drawn, 422 if isinstance(error, NotFound) else error.http_status)

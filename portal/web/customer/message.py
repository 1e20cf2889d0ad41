"""`POST /tickets/<number>/messages`: the customer adds something."""

from __future__ import annotations

from flask import Response, request

from portal.core.clock import utc_now
from portal.core.database import db, transaction
from portal.core.errors import DeskError
from portal.core.files import KeptFile, store_uploads
from portal.core.once import first_result, keep_result, once_key
from portal.core.words import _
from portal.people.actor import Actor
from portal.tickets.actions import post_message, prove_address_of
from portal.tickets.models import Entry, Ticket
from portal.tickets.queries.customer_files import refuse_if_full
from portal.tickets.queries.customer_ticket import customer_ticket
from portal.web.customer import customer
from portal.web.customer.door import notify, ticket_to_change
from portal.web.customer.forms import MessageForm
from portal.web.customer.new import give_way_in
from portal.web.customer.one import show_ticket
from portal.web.htmx import fragments, is_htmx, see_other, toast

Answer = Response | tuple[str, int]


@customer.post("/tickets/<number>/messages")
def write(number: str) -> Answer:
    """Add a message; 303 to it, or the ticket anew for htmx. With the same `once` again: the first result."""
    ticket, actor = ticket_to_change(number)
    form = MessageForm()
    if not form.validate() and not _has_files_alone(form):
        return show_again(ticket, actor, form, status=422)
    try:
        refuse_if_full(actor.person_id, request.files.getlist("files"))
        files = store_uploads(request.files.getlist("files"))
        thread, number, entry_id = _post(ticket, form, actor, files)
    except DeskError as error:
        form.add_error(error)
        return show_again(ticket, actor, form, status=error.http_status)
    return lead_to_entry(ticket, thread, number, entry_id, actor)


def _has_files_alone(form: MessageForm) -> bool:
    """A picture says enough: a message may be empty when files come with it."""
    chosen = any(file.filename for file in request.files.getlist("files"))
    return chosen and not (form.message.data or "").strip() and set(form.errors) == {"message"}


def _post(ticket: Ticket, form: MessageForm, actor: Actor, files: tuple[KeptFile, ...]) -> tuple[int, str, int]:
    """The id and number of the ticket that has the message now, and the entry's id."""
    now = utc_now()
    once = (form.once.data or "")[:200]
    key = once_key("messages", ticket.number, actor.person_id, once) if once else ""
    with transaction():
        first = first_result(key, now=now) if key else None
        if first:
            kept_thread, kept_number, kept_entry = first.split(" ")
            return int(kept_thread), kept_number, int(kept_entry)
        entry = post_message(ticket, form.message.data or "", by=actor, now=now, files=files)
        prove_by_writing(ticket, actor)
        thread, number = thread_of(entry, ticket)
        if key:
            keep_result(key, f"{thread} {number} {entry.id}")
        return thread, number, entry.id


def prove_by_writing(ticket: Ticket, actor: Actor) -> None:
    """A message sent through a mailed link proves the address (product.md section 4). Call inside `transaction()`."""
    if actor.proves_address and not ticket.is_address_proven and actor.person_id == ticket.customer_id:
        prove_address_of(ticket, by=actor, now=utc_now())


def thread_of(entry: Entry, ticket: Ticket) -> tuple[int, str]:
    """Id and number of the ticket an entry went to: this one, or the new one opened outside the reopen window."""
    if entry.thread_id == ticket.id:
        return ticket.id, ticket.number
    fresh = db.session.get_one(Ticket, entry.thread_id)
    return fresh.id, fresh.number


def lead_to_entry(ticket: Ticket, thread: int, number: str, entry_id: int, actor: Actor) -> Answer:
    """To the message; when it opened a new ticket, to that one with a sentence why."""
    if thread != ticket.id:
        notify(
            _("Ticket %(number)s was closed too long ago to open it again, so this is a new one.")
            % {"number": ticket.number}
        )
        give_way_in(thread, number, actor.person_id or 0)
        return see_other(f"/tickets/{number}/opened")
    if not is_htmx():
        return see_other(f"/tickets/{number}#entry-{entry_id}")
    return anew(ticket, actor, _("Sent."))


def anew(ticket: Ticket, actor: Actor, said: str) -> Response:
    """The ticket read again, for htmx, with what happened as a toast."""
    now = utc_now()
    page, _status = show_ticket(
        customer_ticket(actor, ticket.number, now=now, time_zone=actor.time_zone), actor, now=now
    )
    return toast(fragments(page), said)


def show_again(ticket: Ticket, actor: Actor, form: MessageForm, *, status: int) -> tuple[str, int]:
    """The ticket with what was typed and what is wrong with it."""
    now = utc_now()
    page = customer_ticket(actor, ticket.number, now=now, time_zone=actor.time_zone)
    return show_ticket(page, actor, now=now, form=form, status=status)

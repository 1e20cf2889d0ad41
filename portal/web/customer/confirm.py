"""What a customer presses: it works or not, a rating, "ask for news", "this is my address"."""

from __future__ import annotations

from flask import Response, request

from portal.core.clock import utc_now
from portal.core.database import transaction
from portal.core.errors import Refused
from portal.core.words import _
from portal.people.actor import Actor
from portal.tickets.actions import ask_for_news, confirm, prove_address_of, rate
from portal.tickets.models import Entry, Ticket
from portal.web.customer import customer
from portal.web.customer.door import notify, ticket_to_change
from portal.web.customer.message import Answer, anew, lead_to_entry, prove_by_writing, thread_of
from portal.web.htmx import is_htmx, see_other


@customer.post("/tickets/<number>/confirmation")
def confirmation(number: str) -> Answer:
    """`works` = yes closes it; no opens it again, with the words in `message` if there are any."""
    ticket, actor = ticket_to_change(number)
    works = request.form.get("works")
    if works not in ("yes", "no"):
        raise Refused(_("Press one of the two buttons: it works, or it still does not work."), field="works")
    with transaction():
        done = confirm(ticket, works == "yes", message=request.form.get("message", ""), by=actor, now=utc_now())
        prove_by_writing(ticket, actor)
        thread, thread_number = thread_of(done, ticket) if isinstance(done, Entry) else (ticket.id, ticket.number)
    if isinstance(done, Entry):
        return lead_to_entry(ticket, thread, thread_number, done.id, actor)
    return _back(ticket, actor, _("Thank you. It is closed.") if works == "yes" else _("It is open again."))


@customer.post("/tickets/<number>/rating")
def rating(number: str) -> Answer:
    """`rating` from 1 to 5 and a `comment`, once the ticket is closed."""
    ticket, actor = ticket_to_change(number)
    text = request.form.get("rating", "").strip()
    if not (text.isascii() and text.isdigit() and len(text) == 1):
        raise Refused(_("Pick a number from 1 to 5."), field="rating")
    rate(ticket, int(text), comment=request.form.get("comment", ""), by=actor, now=utc_now())
    return _back(ticket, actor, _("Thank you for telling us."))


@customer.post("/tickets/<number>/news")
def news(number: str) -> Answer:
    """Ask for the news that is late; once an hour."""
    ticket, actor = ticket_to_change(number)
    ask_for_news(ticket, by=actor, now=utc_now())
    return _back(ticket, actor, _("We have been told that you wait for news."))


@customer.post("/tickets/<number>/address")
def address(number: str) -> Answer:
    """Prove the address by the press of a button, after coming through a mailed link."""
    ticket, actor = ticket_to_change(number)
    prove_address_of(ticket, by=actor, now=utc_now())
    return _back(ticket, actor, _("Thank you. Your address is confirmed."))


def _back(ticket: Ticket, actor: Actor, sentence: str) -> Response | tuple[str, int]:
    if is_htmx():
        return anew(ticket, actor, sentence)
    notify(sentence)
    return see_other(f"/tickets/{ticket.number}")

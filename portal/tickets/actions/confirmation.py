"""The customer's answer to "does it work?" (product.md section 3)."""

from __future__ import annotations

from datetime import datetime

from portal.core.database import lock, transaction
from portal.core.desk_settings import desk_setting
from portal.core.errors import Forbidden, Refused
from portal.core.words import _
from portal.people.actor import Actor
from portal.tickets.facts import side_values
from portal.tickets.guards import good_text, refuse_if_gone
from portal.tickets.history import record
from portal.tickets.models import Entry, Event, Ticket
from portal.tickets.statuses import ticket_lists


def confirm(ticket: Ticket, works: bool, *, message: str = "", by: Actor, now: datetime) -> Event | Entry | None:
    """It works: `closed` at once. It does not: reopened as *Open*, with their words as a message.

    While child tickets are open, "it works" is a message to the owner instead. None when it was closed already.
    Outside the reopen window "it does not" opens a new ticket (`entry.ticket_id`).
    """
    message = good_text(message, field="message", may_be_empty=True)
    if not by.is_customer:
        raise Forbidden(_("Only the customer can say whether it works."))
    with transaction():
        lock(ticket)
        refuse_if_gone(ticket)
        return _works(ticket, message, by=by, now=now) if works else _does_not(ticket, message, by=by, now=now)


def _works(ticket: Ticket, message: str, *, by: Actor, now: datetime) -> Event | Entry | None:
    from portal.tickets.actions.entries import post_message, write_entry
    from portal.tickets.actions.promises import keep_promises
    from portal.tickets.actions.status import find_open_children, set_status

    if ticket.state == "closed":
        return None
    if ticket.state != "resolved" and not desk_setting("tickets.customer_may_close"):
        raise Refused(_("Only a ticket that is solved can be closed. Write to us instead."))
    if find_open_children(ticket):
        return post_message(ticket, message or _("It works."), by=by, now=now)
    was_active = ticket.is_active
    before = side_values(ticket)
    entry_id = None
    if message:
        entry = write_entry(ticket, "message", message, by=by, now=now)
        entry_id = entry.id
        ticket.last_message_at = now
        data = {"with": "confirmation"}
        record(ticket, "message.posted", by=by, now=now, is_public=True, entry_id=entry_id, data=data)
    ticket.is_reopened = False
    kept = keep_promises(ticket, ("update", "fix"), by=by, now=now) if was_active else []
    return set_status(
        ticket,
        ticket_lists().first_status("closed"),
        "ticket.closed",
        by=by,
        now=now,
        is_public=True,
        before=before,
        data={"confirmed": True, "promises": kept},
    )


def _does_not(ticket: Ticket, message: str, *, by: Actor, now: datetime) -> Event | Entry:
    from portal.tickets.actions.entries import post_message
    from portal.tickets.actions.status import is_inside_reopen_window, reopen

    if ticket.is_active:
        return post_message(ticket, message or _("It still does not work."), by=by, now=now)
    if not is_inside_reopen_window(ticket, now) or message:
        return post_message(ticket, message or _("It still does not work."), by=by, now=now)
    return reopen(ticket, by=by, now=now)

"""Everything that changes a ticket: one verb family per file, the same call from every door (architecture.md)."""

from portal.tickets.actions import promise_undo  # noqa: F401 - adds how promises are taken back
from portal.tickets.actions.assignment import assign
from portal.tickets.actions.collaborators import add_collaborator, remove_collaborator
from portal.tickets.actions.confirmation import confirm
from portal.tickets.actions.customer import change_customer
from portal.tickets.actions.entries import add_note, post_message, reply
from portal.tickets.actions.fields import change_due, change_priority, change_subject, change_topic
from portal.tickets.actions.links import link_tickets, unlink_tickets
from portal.tickets.actions.merge import merge
from portal.tickets.actions.news import ask_for_news, miss_promises
from portal.tickets.actions.open import NewTicket, open_ticket
from portal.tickets.actions.promises import keep_promises, mark_called, promise
from portal.tickets.actions.proof import prove_address_of
from portal.tickets.actions.rating import rate
from portal.tickets.actions.referrals import refer, unrefer
from portal.tickets.actions.status import change_status, close_resolved, reopen, resolve
from portal.tickets.actions.transfer import transfer
from portal.tickets.actions.trash import purge_trash, restore, trash
from portal.tickets.actions.undo import is_undoable, undo

__all__ = [
    "NewTicket",
    "add_collaborator",
    "add_note",
    "ask_for_news",
    "assign",
    "change_customer",
    "change_due",
    "change_priority",
    "change_status",
    "change_subject",
    "change_topic",
    "close_resolved",
    "confirm",
    "is_undoable",
    "keep_promises",
    "link_tickets",
    "mark_called",
    "merge",
    "miss_promises",
    "open_ticket",
    "post_message",
    "promise",
    "prove_address_of",
    "purge_trash",
    "rate",
    "refer",
    "remove_collaborator",
    "reopen",
    "reply",
    "resolve",
    "restore",
    "transfer",
    "trash",
    "undo",
    "unlink_tickets",
    "unrefer",
]

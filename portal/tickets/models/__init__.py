"""Every table of the tickets room."""

from portal.tickets.models.access import Collaborator, Mention, Referral, TicketLink
from portal.tickets.models.entries import Attachment, Entry
from portal.tickets.models.events import Event
from portal.tickets.models.lists import HelpTopic, Priority, Status
from portal.tickets.models.promises import Promise
from portal.tickets.models.texts import TicketText
from portal.tickets.models.ticket import NumberTaken, Ticket

__all__ = [
    "Attachment",
    "Collaborator",
    "Entry",
    "Event",
    "HelpTopic",
    "Mention",
    "NumberTaken",
    "Priority",
    "Promise",
    "Referral",
    "Status",
    "Ticket",
    "TicketLink",
    "TicketText",
]

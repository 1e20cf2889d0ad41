"""Which event makes which letter, and for whom. The weightiest letter wins when one change makes several."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from portal.notices import recipients
from portal.notices.recipients import Recipient
from portal.tickets.models import Event, Ticket
from portal.tickets.statuses import ACTIVE_STATES


@dataclass(frozen=True)
class Rule:
    """A letter (a template in templates/mail), who gets it, and when.

    `to_oneself`: also to the person who did it. `carries_reply`: shows the reply sent in the same change.
    """

    letter: str
    to: Callable[[Any, Event], list[Recipient]]
    weight: int
    when: Callable[[Ticket, Event], bool] | None = None
    to_oneself: bool = False
    carries_reply: bool = False


def _by_customer(_ticket: Ticket, event: Event) -> bool:
    return event.actor_kind in ("customer", "guest")


def _is_told(on_behalf: bool) -> Callable[[Ticket, Event], bool]:
    def told(_ticket: Ticket, event: Event) -> bool:
        return bool(event.data.get("tell", True)) and bool(event.data.get("on_behalf")) is on_behalf

    return told


def _moved_alone(_ticket: Ticket, event: Event) -> bool:
    """A move that no reply tells."""
    return event.entry_id is None


def _taken_back(ticket: Ticket, event: Event) -> bool:
    """Solving or closing was undone."""
    return event.is_public and event.undoes_id is not None and ticket.state in ACTIVE_STATES


RULES: dict[str, tuple[Rule, ...]] = {
    "ticket.opened": (
        Rule("ticket-opened", recipients.customer_alone, 90, _is_told(False), to_oneself=True),
        Rule("ticket-opened-by-agent", recipients.customer_alone, 90, _is_told(True), carries_reply=True),
        Rule("new-ticket", recipients.department_if_free, 60),
    ),
    "message.posted": (
        Rule("message-received", recipients.everybody, 65),
        Rule("new-message", recipients.assignee, 70),
    ),
    "reply.sent": (Rule("reply", recipients.everybody, 70, carries_reply=True),),
    "note.added": (Rule("mention", recipients.mentioned, 80),),
    "ticket.resolved": (Rule("resolved", recipients.everybody, 80, carries_reply=True),),
    "ticket.closed": (Rule("closed", recipients.everybody, 75, carries_reply=True),),
    "ticket.reopened": (
        Rule("reopened", recipients.everybody, 60),
        Rule("customer-reopened", recipients.assignee, 68, _by_customer),
    ),
    "status.changed": (Rule("reopened", recipients.everybody, 60, _taken_back),),
    "ticket.assigned": (
        Rule("assigned", recipients.new_owner, 85),
        Rule("lost", recipients.old_owner, 50),
    ),
    "ticket.released": (Rule("lost", recipients.old_owner, 50),),
    "department.changed": (
        Rule("transferred", recipients.department_if_free, 55),
        Rule("lost", recipients.old_owner, 50),
    ),
    "promise.moved": (Rule("promise-moved", recipients.everybody, 50, _moved_alone),),
    "promise.missed": (Rule("promise-missed", recipients.owner_and_lead, 40),),
    "news.asked": (Rule("news-asked", recipients.owner_or_department, 88),),
    "collaborator.added": (Rule("collaborator-added", recipients.new_collaborator, 45),),
    "referral.added": (Rule("referred", recipients.referred_agent, 30),),
    "ticket.merged": (Rule("ticket-merged", recipients.everybody, 78),),
}
"""By event kind."""

WITHOUT_EVENT = ("ticket-link", "sign-in-link")
"""Letters queued by whoever is asked for them."""

LETTERS = tuple(dict.fromkeys([rule.letter for rules in RULES.values() for rule in rules] + list(WITHOUT_EVENT)))
"""Every letter there is."""

FOR_AGENTS = (
    "new-ticket", "new-message", "mention", "customer-reopened", "assigned", "lost", "transferred", "referred",
    "promise-missed", "news-asked",
)  # fmt: skip
"""Letters that agents get; they may hold what customers never read."""

"""Gathers the events of one change and writes its letters when it commits: one a person, however many events."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from sqlalchemy.orm import Session

from portal.core.outbox import post_letter
from portal.notices.recipients import Recipient, followers_of
from portal.notices.rules import RULES, Rule
from portal.tickets.models import Event, Ticket

_WAITING = "notices.waiting"


@dataclass
class Happening:
    """What happened to one ticket in one moment of one transaction."""

    ticket: Ticket
    events: list[Event] = field(default_factory=list)

    @cached_property
    def followers(self) -> list[Recipient]:
        """Customer and collaborators who can be written to: one statement, once."""
        return followers_of(self.ticket)

    @property
    def reply_id(self) -> int | None:
        """The entry of the reply that is part of it."""
        return next((one.entry_id for one in self.events if one.kind == "reply.sent"), None)


def notice(ticket: Ticket, event: Event) -> None:
    """Remember an event that somebody may hear of. No statement."""
    if event.kind in RULES:
        waiting = _session().info.setdefault(_WAITING, {})
        waiting.setdefault((ticket.id, event.happened_at), Happening(ticket)).events.append(event)


def write_letters(session: Session) -> None:
    """Queue the letters of everything that happened in this transaction; called before it commits."""
    waiting: dict[object, Happening] = session.info.pop(_WAITING, {})
    for happening in waiting.values():
        for recipient, (rule, event) in _chosen(happening).items():
            post_letter(
                rule.letter,
                address=recipient.address,
                person_id=recipient.person_id,
                ticket_id=happening.ticket.id,
                event_id=event.id,
                entry_id=happening.reply_id if rule.carries_reply and happening.reply_id else event.entry_id,
                now=event.happened_at,
            )


def forget_happenings(session: Session) -> None:
    """A change that was rolled back never happened."""
    session.info.pop(_WAITING, None)


def _chosen(happening: Happening) -> dict[Recipient, tuple[Rule, Event]]:
    """For each person the weightiest letter; nobody hears of what they did themselves."""
    chosen: dict[Recipient, tuple[Rule, Event]] = {}
    for event in happening.events:
        for rule in RULES[event.kind]:
            if rule.when is not None and not rule.when(happening.ticket, event):
                continue
            for recipient in rule.to(happening, event):
                if recipient.person_id == event.actor_id and not rule.to_oneself:
                    continue
                known = chosen.get(recipient)
                if known is None or rule.weight > known[0].weight:
                    chosen[recipient] = (rule, event)
    return chosen


def _session() -> Session:
    from portal.core.database import db

    return db.session()

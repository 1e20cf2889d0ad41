"""Late news: promises that were missed, and a customer who asks for what is late."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import or_, select

from portal.core.database import db, lock, transaction
from portal.core.errors import Forbidden, Refused, TooMany
from portal.core.words import _
from portal.people.actor import Actor
from portal.tickets import facts
from portal.tickets.actions.promise_records import (
    miss_promise,
)
from portal.tickets.guards import refuse_if_gone
from portal.tickets.history import record
from portal.tickets.models import Event, Promise, Ticket

ASK_AGAIN_AFTER = timedelta(hours=1)
_BATCH = 200


def late_promise(ticket_id: int, now: datetime, *, kinds: tuple[str, ...] = ("update", "fix")) -> Promise | None:
    """The newest promise of these kinds that is past due and still unanswered; None when the desk is not late."""
    return db.session.execute(
        select(Promise)
        .where(
            Promise.ticket_id == ticket_id,
            Promise.kind.in_(kinds),
            Promise.kept_at.is_(None),
            or_(Promise.state == "missed", (Promise.state == "open") & (Promise.due_at < now)),
        )
        .order_by(Promise.due_at.desc(), Promise.id.desc())
        .limit(1)
    ).scalar()


def miss_promises(now: datetime) -> int:
    """The worker's: turn open promises whose time has passed into missed ones, a transaction each. Gives how many.

    Index: ix_promise_state_due. A promise of a ticket in the trash waits until the ticket is back; on a
    solved ticket only a call is still owed.
    """
    due = db.session.execute(
        select(Promise.id, Promise.ticket_id)
        .join(Ticket, Ticket.id == Promise.ticket_id)
        .where(
            Promise.state == "open",
            Promise.due_at < now,
            Ticket.is_listed,
            or_(Ticket.is_active, Promise.kind == "callback"),
        )
        .order_by(Promise.due_at, Promise.id)
        .limit(_BATCH)
    ).all()
    missed = 0
    for promise_id, ticket_id in due:
        with transaction():
            ticket = db.session.get(Ticket, ticket_id)
            if ticket is None:
                continue
            lock(ticket)
            row = db.session.get(Promise, promise_id, populate_existing=True)
            if row is None or row.state != "open" or row.due_at >= now:
                continue
            miss_promise(ticket, row, now=now)
            facts.put_due(ticket)
            missed += 1
    return missed


def ask_for_news(ticket: Ticket, *, by: Actor, now: datetime) -> Event:
    """The customer asks for the news that is late; the owner is alerted.

    Raises Forbidden for agents, Refused when nothing is late, TooMany within an hour of the last time.
    """
    if not by.is_customer:
        raise Forbidden(_("Only the customer can ask for news."))
    with transaction():
        lock(ticket)
        refuse_if_gone(ticket)
        if late_promise(ticket.id, now) is None:
            raise Refused(_("No news is late. You can write to us here at any time."))
        asked_at = db.session.execute(
            select(Event.happened_at)
            .where(Event.ticket_id == ticket.id, Event.kind == "news.asked", Event.happened_at > now - ASK_AGAIN_AFTER)
            .order_by(Event.happened_at.desc())
            .limit(1)
        ).scalar()
        if asked_at is not None:
            wait = int((asked_at + ASK_AGAIN_AFTER - now).total_seconds())
            raise TooMany(
                _("You asked for news within the last hour. We have seen it; you can ask again later."),
                retry_after=max(1, wait),
            )
        return record(ticket, "news.asked", by=by, now=now, is_public=True)

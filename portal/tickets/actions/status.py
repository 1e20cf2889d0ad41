"""Status: changing it, resolving with a resolution and a cause, reopening, closing what nobody answers."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from portal.core.database import db, lock, transaction
from portal.core.desk_settings import desk_setting
from portal.core.errors import Refused
from portal.core.words import _
from portal.people.actor import SYSTEM, Actor
from portal.people.desk import desk
from portal.tickets.facts import place, put_status, reach, restore_side_values, side_values, step_back
from portal.tickets.guards import good_text, refuse_if_gone, refuse_new_by_hand
from portal.tickets.history import check_seen, record
from portal.tickets.models import Event, Ticket, TicketLink
from portal.tickets.policy import require
from portal.tickets.statuses import (
    ENDED_STATES,
    STAGE_RESOLUTION,
    STAGE_WORKING,
    StatusCard,
    ticket_lists,
)


def change_status(ticket: Ticket, slug: str, *, by: Actor, now: datetime, seen: int | None = None) -> Event | None:
    """Set a status. None when it has it already.

    Going to `resolved` or `closed` asks what `resolve` asks; leaving them is reopening. Raises Refused, Forbidden,
    Conflict.
    """
    status = ticket_lists().status(slug)
    if status.state in ENDED_STATES:
        return resolve(ticket, "", status=slug, by=by, now=now, seen=seen)
    with transaction():
        lock(ticket)
        refuse_if_gone(ticket)
        if ticket.state in ENDED_STATES:
            require(by, "ticket.reopen", ticket)
        else:
            require(by, "ticket.reply", ticket)
        if ticket.status_id == status.id:
            return None
        check_seen(ticket, "status", seen)
        refuse_new_by_hand(status)
        if ticket.state in ENDED_STATES:
            return _reopen_as(ticket, status, by=by, now=now)
        return set_status(ticket, status, "status.changed", by=by, now=now)


def set_status(
    ticket: Ticket,
    status: StatusCard,
    kind: str,
    *,
    by: Actor,
    now: datetime,
    is_public: bool = False,
    before: dict[str, Any] | None = None,
    data: dict[str, Any] | None = None,
) -> Event:
    """Put the status and write its event; `before` are side values taken before other changes. No checks."""
    before = before or side_values(ticket)
    old = ticket_lists().statuses[ticket.status_id].slug
    put_status(ticket, status)
    if status.slug == "in-progress":
        reach(ticket, STAGE_WORKING, now)
    if status.state in ENDED_STATES:
        reach(ticket, STAGE_RESOLUTION, now)
        ticket.ended_at = now
    if status.state == "closed":
        ticket.closed_at = now
    return record(
        ticket,
        kind,
        by=by,
        now=now,
        field="status",
        old=old,
        new=status.slug,
        is_public=is_public,
        data={"before": before, **(data or {})},
    )


def resolve(
    ticket: Ticket,
    resolution: str,
    *,
    cause: str = "",
    status: str = "resolved",
    by: Actor,
    now: datetime,
    seen: int | None = None,
) -> Event | None:
    """Resolve or close with the words for the customer and the internal cause, as the topic asks.

    Refuses while child tickets are open (and says which). An empty text keeps what the ticket already has.
    """
    from portal.tickets.actions.promises import keep_promises

    target = ticket_lists().status(status)
    if target.state not in ENDED_STATES:
        raise Refused(_("Pick a resolved or closed status."), field="status")
    with transaction():
        lock(ticket)
        refuse_if_gone(ticket)
        require(by, "ticket.close", ticket)
        check_seen(ticket, "status", seen)
        refuse_new_by_hand(target)
        resolution = good_text(resolution, field="resolution", may_be_empty=True) or ticket.resolution
        cause = good_text(cause, field="cause", may_be_empty=True) or ticket.cause
        is_same = (ticket.status_id, ticket.resolution, ticket.cause) == (target.id, resolution, cause)
        if is_same:
            return None
        refuse_unfinished(ticket, resolution, cause)
        before = side_values(ticket)
        was_ended = ticket.state in ENDED_STATES
        ticket.resolution, ticket.cause = resolution, cause
        ticket.is_reopened = False
        kept = [] if was_ended else keep_promises(ticket, ("update", "fix"), by=by, now=now)
        kind = "ticket.closed" if target.state == "closed" else "ticket.resolved"
        return set_status(
            ticket,
            target,
            kind,
            by=by,
            now=now,
            is_public=True,
            before=before,
            data={"resolution": resolution, "promises": kept},
        )


def refuse_unfinished(ticket: Ticket, resolution: str, cause: str) -> None:
    """Raise Refused while something the topic requires is missing or a child ticket is open."""
    topic = ticket_lists().topics.get(ticket.topic_id or 0)
    if topic is not None and topic.resolution_rule == "required" and not resolution:
        raise Refused(_("Say how it was solved: the customer reads it."), field="resolution")
    if topic is not None and topic.cause_rule == "required" and not cause:
        raise Refused(_("Write down the cause: this topic requires it."), field="cause")
    open_children = find_open_children(ticket)
    if open_children:
        raise Refused(
            _("These child tickets are still open: %(numbers)s.") % {"numbers": ", ".join(open_children)},
            links=tuple((number, f"/agent/tickets/{number}") for number in open_children),
        )


def find_open_children(ticket: Ticket) -> list[str]:
    """Numbers of linked child tickets that are open or waiting: one statement."""
    rows = db.session.execute(
        select(Ticket.number)
        .join(TicketLink, TicketLink.to_id == Ticket.id)
        .where(TicketLink.from_id == ticket.id, TicketLink.kind == "parent", Ticket.is_active)
        .order_by(Ticket.number)
        .limit(20)
    ).scalars()
    return list(rows)


def reopen(ticket: Ticket, *, by: Actor, now: datetime) -> Event:
    """Open a resolved or closed ticket again as *Open*. Joins a transaction; checks nothing but that it is ended."""
    with transaction():
        lock(ticket)
        if ticket.state not in ENDED_STATES:
            raise Refused(_("This ticket is open already."))
        return _reopen_as(ticket, ticket_lists().open_status(), by=by, now=now)


def _reopen_as(ticket: Ticket, status: StatusCard, *, by: Actor, now: datetime) -> Event:
    before = side_values(ticket)
    ticket.reopened_count += 1
    ticket.is_reopened = True
    ticket.is_answered = False
    ticket.closed_at = None
    _release_from_gone_agent(ticket, now=now)
    step_back(ticket, now)
    return set_status(ticket, status, "ticket.reopened", by=by, now=now, is_public=True, before=before)


def _release_from_gone_agent(ticket: Ticket, *, now: datetime) -> None:
    """A ticket that comes back does not come back to an agent who was switched off meanwhile."""
    from portal.tickets.actions.assignment import set_assignee

    card = desk().agents.get(ticket.assignee_id or 0)
    if ticket.assignee_id is not None and (card is None or not card.is_active):
        set_assignee(ticket, None, ticket.team_id, by=SYSTEM, now=now)


def is_inside_reopen_window(ticket: Ticket, now: datetime) -> bool:
    """True while an ended ticket may still be reopened by its customer."""
    if ticket.ended_at is None:
        return True
    return now <= ticket.ended_at + timedelta(days=desk_setting("tickets.reopen_days"))


def close_resolved(now: datetime, *, most: int = 200) -> int:
    """Close tickets that were resolved N days ago and nobody answered; gives how many. Run by the worker."""
    before = now - timedelta(days=desk_setting("tickets.close_after_days"))
    ids = list(
        db.session.execute(
            select(Ticket.id)
            .where(Ticket.shelf == "resolved", Ticket.ended_at <= before)
            .order_by(Ticket.ended_at)
            .limit(most)
        ).scalars()
    )
    closed = 0
    for ticket_id in ids:
        with transaction():
            ticket = db.session.get(Ticket, ticket_id)
            if ticket is None:
                continue
            lock(ticket)
            if ticket.shelf != "resolved" or ticket.ended_at is None or ticket.ended_at > before:
                continue
            ended_at = ticket.ended_at
            target = ticket_lists().first_status("closed")
            set_status(
                ticket,
                target,
                "ticket.closed",
                by=SYSTEM,
                now=now,
                is_public=True,
                data={"automatic": True, "ended_at": ended_at.isoformat()},
            )
            closed += 1
    return closed


def undo_status(ticket: Ticket, event: Event, *, by: Actor, now: datetime) -> Event:
    """Give back the status an event changed, with everything that moved with it."""
    from portal.tickets.actions.promises import reopen_promises

    status = ticket_lists().status(event.old)
    lists = ticket_lists()
    if lists.statuses[ticket.status_id].slug != event.new:
        raise Refused(_("The status has changed since. Set it by hand."))
    if status.state in ENDED_STATES or ticket.state in ENDED_STATES:
        require(by, "ticket.close" if status.state in ENDED_STATES else "ticket.reopen", ticket)
    else:
        require(by, "ticket.reply", ticket)
    before = side_values(ticket)
    put_status(ticket, status)
    restore_side_values(ticket, event.data.get("before", {}))
    place(ticket)
    undone = record(
        ticket,
        "status.changed",
        by=by,
        now=now,
        field="status",
        old=event.new,
        new=event.old,
        data={"before": before},
        undoes_id=event.id,
        is_public=event.is_public,
    )
    if event.data.get("promises"):
        reopen_promises(ticket, event.data["promises"], by=by, now=now)
    return undone


__all__ = [
    "change_status",
    "close_resolved",
    "is_inside_reopen_window",
    "reopen",
    "resolve",
    "set_status",
    "undo_status",
]

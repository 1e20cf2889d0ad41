"""Tickets that stand side by side: duplicate, related, parent, child."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, insert, or_, select

from portal.core.database import db, lock_in_order, transaction
from portal.core.errors import NotFound, Refused
from portal.core.words import _
from portal.people.actor import Actor
from portal.tickets import policy
from portal.tickets.actions.undo import UNDO
from portal.tickets.guards import refuse_if_gone
from portal.tickets.history import record
from portal.tickets.models import Event, Ticket, TicketLink

LINK_KINDS = ("related", "duplicate", "parent", "child")
_FROM_OTHER_SIDE = {"related": "related", "duplicate": "duplicate", "parent": "child", "child": "parent"}
_MOST_STEPS = 1_000


def link_tickets(ticket: Ticket, other: Ticket, kind: str, *, by: Actor, now: datetime) -> Event | None:
    """Say what `other` is to `ticket`: related, duplicate, its parent or its child. None when that is so already.

    Both tickets keep an event. Raises Forbidden, Refused (itself, gone, another link between them, a circle).
    """
    policy.require(by, "ticket.link", ticket, other)
    if kind not in LINK_KINDS:
        raise Refused(_("Pick how the tickets belong together."), field="kind")
    if ticket.id == other.id:
        raise Refused(_("A ticket cannot be linked to itself."), field="number")
    with transaction():
        lock_in_order(ticket, other)
        refuse_if_gone(ticket)
        refuse_if_gone(other)
        known = link_kind(ticket.id, other.id)
        if known == kind:
            return None
        if known is not None:
            raise Refused(_("These tickets are linked in another way. Remove that link first."), field="number")
        parent, child = (other, ticket) if kind == "parent" else (ticket, other)
        if kind in ("parent", "child") and _is_above(child.id, parent.id):
            raise Refused(_("That would make a ticket its own parent."), field="number")
        return _add(ticket, other, kind, by=by, now=now)


def unlink_tickets(ticket: Ticket, link_id: int, *, by: Actor, now: datetime) -> Event | None:
    """Remove a link of this ticket. None when it is gone already. Raises Forbidden."""
    with transaction():
        row = db.session.execute(
            select(TicketLink.from_id, TicketLink.to_id).where(
                TicketLink.id == link_id, or_(TicketLink.from_id == ticket.id, TicketLink.to_id == ticket.id)
            )
        ).first()
        if row is None:
            policy.require(by, "ticket.link", ticket)
            return None
        other = _other_ticket(row.to_id if row.from_id == ticket.id else row.from_id)
        policy.require(by, "ticket.link", ticket, other)
        lock_in_order(ticket, other)
        refuse_if_gone(ticket)
        kind = link_kind(ticket.id, other.id)
        return _remove(ticket, other, kind, by=by, now=now) if kind else None


def link_kind(ticket_id: int, other_id: int) -> str | None:
    """What the other ticket is to this one (one of LINK_KINDS); None when they are not linked."""
    row = db.session.execute(
        select(TicketLink.kind, TicketLink.from_id).where(_between(ticket_id, other_id)).limit(1)
    ).first()
    if row is None:
        return None
    if row.kind != "parent":
        return row.kind
    return "child" if row.from_id == ticket_id else "parent"


def _between(one: int, two: int):
    return or_(
        (TicketLink.from_id == one) & (TicketLink.to_id == two),
        (TicketLink.from_id == two) & (TicketLink.to_id == one),
    )


def _is_above(ticket_id: int, other_id: int) -> bool:
    """True when `ticket_id` is the other ticket or one of its parents, however far up."""
    seen, wanted = set[int](), {other_id}
    while wanted and len(seen) < _MOST_STEPS:
        if ticket_id in wanted:
            return True
        seen |= wanted
        parents = db.session.execute(
            select(TicketLink.from_id).where(TicketLink.kind == "parent", TicketLink.to_id.in_(sorted(wanted)))
        ).scalars()
        wanted = set(parents) - seen
    return ticket_id in wanted


def _other_ticket(ticket_id: int) -> Ticket:
    other = db.session.get(Ticket, ticket_id)
    if other is None:
        raise NotFound(_("There is no such ticket, or you may not see it."))
    return other


def _add(ticket: Ticket, other: Ticket, kind: str, *, by: Actor, now: datetime, undoes_id: int | None = None) -> Event:
    parent_first = (other.id, ticket.id) if kind == "parent" else (ticket.id, other.id)
    stored = "parent" if kind in ("parent", "child") else kind
    db.session.execute(
        insert(TicketLink).values(from_id=parent_first[0], to_id=parent_first[1], kind=stored, made_at=now)
    )
    _record(other, ticket, "link.added", _FROM_OTHER_SIDE[kind], by=by, now=now)
    return _record(ticket, other, "link.added", kind, by=by, now=now, undoes_id=undoes_id)


def _remove(
    ticket: Ticket, other: Ticket, kind: str, *, by: Actor, now: datetime, undoes_id: int | None = None
) -> Event:
    db.session.execute(delete(TicketLink).where(_between(ticket.id, other.id)))
    _record(other, ticket, "link.removed", _FROM_OTHER_SIDE[kind], by=by, now=now)
    return _record(ticket, other, "link.removed", kind, by=by, now=now, undoes_id=undoes_id)


def _record(
    ticket: Ticket, other: Ticket, event: str, kind: str, *, by: Actor, now: datetime, undoes_id: int | None = None
) -> Event:
    added = event == "link.added"
    return record(
        ticket,
        event,
        by=by,
        now=now,
        field=f"link:{other.id}",
        old=None if added else kind,
        new=kind if added else None,
        data={"ticket": other.id, "number": other.number, "link": kind},
        undoes_id=undoes_id,
    )


def _undo_added(ticket: Ticket, event: Event, *, by: Actor, now: datetime) -> Event:
    other = _other_ticket(event.data["ticket"])
    policy.require(by, "ticket.link", ticket, other)
    lock_in_order(ticket, other)
    if link_kind(ticket.id, other.id) != event.data["link"]:
        raise Refused(_("These tickets are not linked in that way any more."))
    return _remove(ticket, other, event.data["link"], by=by, now=now, undoes_id=event.id)


def _undo_removed(ticket: Ticket, event: Event, *, by: Actor, now: datetime) -> Event:
    other = _other_ticket(event.data["ticket"])
    policy.require(by, "ticket.link", ticket, other)
    lock_in_order(ticket, other)
    if link_kind(ticket.id, other.id) is not None:
        raise Refused(_("These tickets are linked again already."))
    return _add(ticket, other, event.data["link"], by=by, now=now, undoes_id=event.id)


UNDO["link.added"] = _undo_added
UNDO["link.removed"] = _undo_removed

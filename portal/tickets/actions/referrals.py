"""Letting another agent, team or department see a ticket."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, insert, select

from portal.core.database import db, lock, transaction
from portal.core.errors import NotFound, Refused
from portal.core.words import _
from portal.people.actor import Actor
from portal.people.desk import desk
from portal.tickets import policy
from portal.tickets.actions.undo import UNDO
from portal.tickets.guards import refuse_if_gone
from portal.tickets.history import record
from portal.tickets.models import Event, Referral, Ticket


def refer(ticket: Ticket, target: str, *, by: Actor, now: datetime) -> Event | None:
    """Refer the ticket to an agent ("12"), a team ("team:3") or a department ("department:2"). None when it is already.

    Raises Forbidden, NotFound for a target that does not exist, Refused for the ticket's own department or a target
    that is switched off.
    """
    policy.require(by, "ticket.refer", ticket)
    kind, target_id = read_target(target)
    with transaction():
        lock(ticket)
        refuse_if_gone(ticket)
        if kind == "department" and target_id == ticket.department_id:
            raise Refused(_("The ticket is in this department already."), field="to")
        if referral_id(ticket.id, kind, target_id) is not None:
            return None
        return _add(ticket, kind, target_id, by=by, now=now)


def unrefer(ticket: Ticket, referral: int, *, by: Actor, now: datetime) -> Event | None:
    """Take a referral (by its row's id) back. None when it is gone already. Raises Forbidden."""
    policy.require(by, "ticket.refer", ticket)
    with transaction():
        lock(ticket)
        refuse_if_gone(ticket)
        row = db.session.execute(
            select(Referral.target_kind, Referral.target_id).where(
                Referral.id == referral, Referral.ticket_id == ticket.id
            )
        ).first()
        return _remove(ticket, row.target_kind, row.target_id, by=by, now=now) if row else None


def read_target(target: str) -> tuple[str, int]:
    """The kind and id that a form's `to` names. Raises Refused for no choice, NotFound for one that does not exist."""
    kind, colon, digits = target.strip().rpartition(":")
    kind = kind if colon else "agent"
    if not digits:
        raise Refused(_("Pick who should see the ticket."), field="to")
    shelves = {"agent": desk().agents, "team": desk().teams, "department": desk().departments}
    found = None
    if kind in shelves and digits.isascii() and digits.isdigit() and len(digits) < 10:
        found = shelves[kind].get(int(digits))  # type: ignore[attr-defined]
    if found is None:
        raise NotFound(_("There is no such agent, team or department."), field="to")
    if not found.is_active:
        raise Refused(_("%(name)s is switched off.") % {"name": found.name}, field="to")
    return kind, found.id


def referral_id(ticket_id: int, kind: str, target_id: int) -> int | None:
    """The id of the ticket's referral to that target; None without one."""
    return db.session.execute(
        select(Referral.id).where(
            Referral.ticket_id == ticket_id, Referral.target_kind == kind, Referral.target_id == target_id
        )
    ).scalar()


def put_referral(ticket_id: int, kind: str, target_id: int, *, now: datetime) -> None:
    """Write the row. Call inside `transaction()` when there is none yet."""
    db.session.execute(insert(Referral).values(ticket_id=ticket_id, target_kind=kind, target_id=target_id, made_at=now))


def drop_referral(ticket_id: int, kind: str, target_id: int) -> None:
    """Remove the row, if there is one. Call inside `transaction()`."""
    db.session.execute(
        delete(Referral).where(
            Referral.ticket_id == ticket_id, Referral.target_kind == kind, Referral.target_id == target_id
        )
    )


def _target_name(kind: str, target_id: int) -> str:
    shelves = {"agent": desk().agents, "team": desk().teams, "department": desk().departments}
    found = shelves[kind].get(target_id)  # type: ignore[attr-defined]
    return found.name if found else ""


def _add(ticket: Ticket, kind: str, target_id: int, *, by: Actor, now: datetime, undoes_id: int | None = None) -> Event:
    put_referral(ticket.id, kind, target_id, now=now)
    return record(
        ticket,
        "referral.added",
        by=by,
        now=now,
        field=f"referral:{kind}:{target_id}",
        old=False,
        new=True,
        data={"target": kind, "id": target_id, "name": _target_name(kind, target_id)},
        undoes_id=undoes_id,
    )


def _remove(
    ticket: Ticket, kind: str, target_id: int, *, by: Actor, now: datetime, undoes_id: int | None = None
) -> Event:
    drop_referral(ticket.id, kind, target_id)
    return record(
        ticket,
        "referral.removed",
        by=by,
        now=now,
        field=f"referral:{kind}:{target_id}",
        old=True,
        new=False,
        data={"target": kind, "id": target_id, "name": _target_name(kind, target_id)},
        undoes_id=undoes_id,
    )


def _undo_added(ticket: Ticket, event: Event, *, by: Actor, now: datetime) -> Event:
    policy.require(by, "ticket.refer", ticket)
    kind, target_id = event.data["target"], event.data["id"]
    if referral_id(ticket.id, kind, target_id) is None:
        raise Refused(_("The ticket is not referred there any more."))
    return _remove(ticket, kind, target_id, by=by, now=now, undoes_id=event.id)


def _undo_removed(ticket: Ticket, event: Event, *, by: Actor, now: datetime) -> Event:
    policy.require(by, "ticket.refer", ticket)
    kind, target_id = event.data["target"], event.data["id"]
    if referral_id(ticket.id, kind, target_id) is not None:
        raise Refused(_("The ticket is referred there again already."))
    return _add(ticket, kind, target_id, by=by, now=now, undoes_id=event.id)


UNDO["referral.added"] = _undo_added
UNDO["referral.removed"] = _undo_removed

"""What administrators change of priorities: names, how they rank, which may be picked."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import select, update

from portal.core.database import db
from portal.core.errors import Refused
from portal.core.words import _
from portal.people.actor import Actor
from portal.people.changes import (
    delete_row,
    desk_change,
    good_name,
    lock_row,
    names_of,
    note_change,
    refuse_taken_name,
)
from portal.people.models import SecurityEvent
from portal.people.stale import merge_stale
from portal.people.usage import refuse_used
from portal.tickets.list_uses import is_in_history
from portal.tickets.models import Priority, Ticket
from portal.tickets.slugs import free_slug


@dataclass(frozen=True)
class PriorityValues:
    """What a priority is made of, besides its slug and rank."""

    name: str
    is_active: bool = True


def priority_values(priority: Priority) -> PriorityValues:
    """The priority's values as they are stored."""
    return PriorityValues(priority.name, priority.is_active)


def _good_priority(values: PriorityValues, besides: int | None) -> PriorityValues:
    name = good_name(values.name)
    refuse_taken_name(names_of(Priority), name, besides=besides)
    return PriorityValues(name, values.is_active)


def _by_rank() -> list[Priority]:
    return list(db.session.execute(select(Priority).order_by(Priority.rank, Priority.id)).scalars())


def add_priority(values: PriorityValues, *, by: Actor, now: datetime) -> Priority:
    """Add a priority as the most urgent one, with a slug made from its name. Raises Refused for a bad name."""
    with desk_change(by):
        new = _good_priority(values, None)
        others = _by_rank()
        slug = free_slug(new.name, {other.slug for other in others}, "priority")
        rank = max((other.rank for other in others), default=0) + 1
        priority = Priority(slug=slug, rank=rank, **asdict(new))
        db.session.add(priority)
        db.session.flush()
        note_change("priority.added", subject_id=priority.id, name=new.name, new=asdict(new), by=by, now=now)
    return priority


def change_priority_values(
    priority: Priority, values: PriorityValues, *, by: Actor, now: datetime, seen: str | None = None
) -> SecurityEvent | None:
    """Change a priority; its slug stays. None when nothing differs.

    Raises Conflict, and Refused for a bad name or for switching off the last active one.
    """
    with desk_change(by):
        lock_row(priority)
        old = priority_values(priority)
        values = merge_stale("priority", priority.id, old, values, seen)
        new = _good_priority(values, priority.id)
        if new == old:
            return None
        if old.is_active and not new.is_active:
            _refuse_last(priority)
        priority.name, priority.is_active = new.name, new.is_active
        return note_change(
            "priority.changed", subject_id=priority.id, name=new.name, old=asdict(old), new=asdict(new), by=by, now=now
        )


def _refuse_last(priority: Priority) -> None:
    others = select(Priority.id).where(Priority.is_active, Priority.id != priority.id).limit(1)
    if db.session.execute(others).first() is None:
        raise Refused(_("This is the last active priority. Add or switch on another one first."), field="is_active")


def move_priority(priority: Priority, step: int, *, by: Actor, now: datetime) -> SecurityEvent | None:
    """Make a priority more (`step` 1) or less (-1) urgent by one place; None at the end.

    Tickets keep the rank that lists are ordered by, so those of the priorities that moved get the new one.
    """
    with desk_change(by):
        lock_row(priority)
        priorities = _by_rank()
        place = priorities.index(priority)
        if not 0 <= place + step < len(priorities):
            return None
        priorities.insert(place + step, priorities.pop(place))
        for rank, row in enumerate(priorities, 1):
            if row.rank != rank:
                row.rank = rank
                db.session.execute(
                    update(Ticket).where(Ticket.priority_id == row.id).values(priority_rank=rank),
                    execution_options={"synchronize_session": False},
                )
        return note_change(
            "priority.moved",
            subject_id=priority.id,
            name=priority.name,
            old={"rank": place + 1},
            new={"rank": place + step + 1},
            by=by,
            now=now,
        )


def delete_priority(priority: Priority, *, by: Actor, now: datetime) -> SecurityEvent:
    """Delete a priority that no ticket has or ever had. Raises Refused, saying why not."""
    with desk_change(by):
        lock_row(priority)
        if priority.is_active:
            _refuse_last(priority)
        refuse_used("priority", priority.id, priority.name)
        if is_in_history("priority", priority.id, priority.slug):
            raise Refused(
                _("“%(name)s” cannot be deleted, the history of tickets names it. Switch it off instead.")
                % {"name": priority.name}
            )
        return delete_row(priority, "priority.deleted", by=by, now=now)

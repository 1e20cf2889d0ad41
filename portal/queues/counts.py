"""How many tickets stand in each queue: never more than counted to 1,000, and counted only when something moved.

An idle desk answers from memory: every change of a ticket writes an event, so the newest event's id says whether a
count can have moved; the clock moves one only when a due time passes or a day ends, which is known beforehand.
"""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import func, literal, select, union_all
from sqlalchemy.sql import ColumnElement

from portal.core.database import db
from portal.people.actor import Actor
from portal.queues.shipped import NOW, SHIPPED, Queue, moments
from portal.tickets.models import Event, Mention, Ticket
from portal.tickets.policy import visible_clause
from portal.tickets.sight import Sight, by_sight

MOST = 1_000
"""Counting stops here; what reaches it is shown as "999+"."""

SETTLES_AFTER = timedelta(seconds=10)
"""A change that was still being written while we counted is in the store by then; so we count once more."""

_KEPT_SCOPES = 2_000
_lock = threading.Lock()


@dataclass(frozen=True)
class Counts:
    """The counts by slug, and `state`, one word that is the same as long as they are."""

    numbers: dict[str, int]
    state: str

    def label(self, slug: str) -> str:
        """The count as it is shown: "" for none, "999+" for many."""
        number = self.numbers[slug]
        return "" if not number else "999+" if number >= MOST else str(number)


@dataclass(frozen=True)
class _Kept:
    counts: Counts
    newest_event: int
    counted_at: datetime
    good_until: datetime
    is_settled: bool


def queue_counts(actor: Actor, now: datetime) -> Counts:
    """The counts for this actor: one statement while nothing happened, two when they are counted anew."""
    newest = db.session.execute(_NEWEST_EVENT).scalar() or 0
    kept = _store().get(_scope(actor))
    if kept is not None and _still_holds(kept, newest, now):
        return kept.counts
    counts, next_due = _count(actor, now)
    day_end = moments(actor, now)["day_end"]
    was_same = kept is not None and kept.newest_event == newest and now - kept.counted_at >= SETTLES_AFTER
    _keep(_scope(actor), _Kept(counts, newest, now, min(next_due or day_end, day_end), was_same))
    return counts


def kept_counts(actor: Actor, now: datetime) -> Counts | None:
    """The counts this process counted within the last 10 s, if it did: no statement."""
    kept = _store().get(_scope(actor))
    fresh = kept is not None and timedelta(0) <= now - kept.counted_at < SETTLES_AFTER
    return kept.counts if kept is not None and fresh else None


_NEWEST_EVENT = select(func.max(Event.id))


def _still_holds(kept: _Kept, newest: int, now: datetime) -> bool:
    if kept.newest_event != newest or not kept.counted_at <= now < kept.good_until:
        return False
    return kept.is_settled or now - kept.counted_at < SETTLES_AFTER


def _scope(actor: Actor) -> tuple[Any, ...]:
    return (*Sight(actor).key, actor.time_zone)


def _store() -> dict[tuple[Any, ...], _Kept]:
    return current_app.extensions.setdefault("portal_queue_counts", {})


def _keep(scope: tuple[Any, ...], kept: _Kept) -> None:
    store = _store()
    with _lock:
        if len(store) >= _KEPT_SCOPES:
            store.clear()
        store[scope] = kept


def _count(actor: Actor, now: datetime) -> tuple[Counts, datetime | None]:
    row = db.session.execute(_statement(Sight(actor)), moments(actor, now)).one()
    numbers = {queue.slug: row[index] for index, queue in enumerate(SHIPPED)}
    digest = hashlib.blake2s(repr(sorted(numbers.items())).encode(), digest_size=6).hexdigest()
    return Counts(numbers, digest), row.next_due


@by_sight
def _statement(sight: Sight) -> Any:
    columns: list[ColumnElement[Any]] = [_number(queue, sight.actor) for queue in SHIPPED]
    next_due = select(func.min(Ticket.due_sort)).where(Ticket.is_active, Ticket.due_sort >= NOW).scalar_subquery()
    return select(*columns, next_due.label("next_due"))


def _number(queue: Queue, actor: Actor) -> ColumnElement[Any]:
    legs = []
    for conditions in queue.legs(actor, queue.order):
        leg = select(literal(1)).where(*conditions)
        if queue.slug == "mentions":
            leg = leg.select_from(Mention).join(Ticket, Ticket.id == Mention.ticket_id)
        if not queue.is_own:
            leg = leg.where(visible_clause(actor))
        legs.append(leg.select_from(Ticket) if queue.slug != "mentions" else leg)
    found = (legs[0] if len(legs) == 1 else union_all(*legs)).limit(MOST).subquery()
    return select(func.count()).select_from(found).scalar_subquery().label(queue.slug)

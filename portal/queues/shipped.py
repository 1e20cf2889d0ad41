"""The shipped queues: what each holds, in which orders it is read, and which family of indexes it walks.

`Ticket.__table_args__` has one index an order for each family, so that no queue ever sorts or reads a whole table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import bindparam, case, false, literal_column, true
from sqlalchemy.sql import ColumnElement

from portal.core.clock import zone
from portal.core.database import UtcDateTime
from portal.core.errors import NotFound
from portal.core.words import _
from portal.people.actor import Actor
from portal.tickets.models import Mention, Ticket

Leg = tuple[Any, ...]
"""Conditions that are true together. A queue of several legs holds what any of them holds; legs never overlap."""

NOW = bindparam("now", type_=UtcDateTime)
DAY_START = bindparam("day_start", type_=UtcDateTime)
DAY_END = bindparam("day_end", type_=UtcDateTime)


@dataclass(frozen=True)
class Queue:
    """A shipped queue. `order` is the one it opens with; `legs` gives its conditions for an actor and an order.

    With `is_own` the legs ask only for what their actor sees anyway: assigned to them or to a team of theirs.
    """

    slug: str
    name: str
    tone: str
    order: str
    legs: Callable[[Actor, str], list[Leg]]
    empty_title: str
    empty_text: str
    orders: tuple[str, ...] = ("due", "-due", "updated", "-updated", "priority", "-priority", "opened", "-opened")
    due: str = "due_sort"
    is_own: bool = False

    @property
    def due_column(self) -> Any:
        """The column of the time shown as due."""
        return getattr(Ticket, self.due)


ORDER_NAMES: dict[str, str] = {
    "due": _("Due first"),
    "-due": _("Due last"),
    "-updated": _("Changed last"),
    "updated": _("Untouched longest"),
    "-priority": _("Most urgent"),
    "priority": _("Least urgent"),
    "-opened": _("Newest"),
    "opened": _("Oldest"),
    "-mentioned": _("Mentioned last"),
    "mentioned": _("Mentioned first"),
}
"""Every order there is: the field, with `-` before it for the greatest first."""


def order_column(queue: Queue, order: str) -> Any:
    """The column an order goes by; the id of the ticket decides between equal values."""
    columns: dict[str, Any] = {
        "due": queue.due_column,
        "updated": Ticket.updated_at,
        "priority": Ticket.priority_rank,
        "opened": Mention.ticket_id if queue.slug == "mentions" else Ticket.id,
        "mentioned": Mention.mentioned_at,
    }
    return columns[order.lstrip("-")]


def _on_shelf(state: str) -> ColumnElement[bool]:
    return Ticket.shelf == literal_column(f"'{state}'")


def _within(condition: ColumnElement[bool], order: str) -> ColumnElement[bool]:
    """A range of due times is read from the index that is ordered by them; in another order it only filters.

    The case keeps both stores from reading the range first and sorting it, which a busy desk would feel.
    """
    return condition if order.lstrip("-") == "due" else case((condition, true()), else_=false())


def _mine(actor: Actor, _order: str) -> list[Leg]:
    legs: list[Leg] = [(Ticket.is_active, Ticket.assignee_id == actor.agent_id)]
    if not actor.limited_to_own:
        nobodys = (Ticket.is_active, Ticket.assignee_id.is_(None))
        legs += [(*nobodys, Ticket.team_id == team) for team in sorted(actor.team_ids)]
    return legs


def _unassigned(_actor: Actor, _order: str) -> list[Leg]:
    return [(Ticket.is_active, Ticket.assignee_id.is_(None), Ticket.team_id.is_(None))]


def _unanswered(_actor: Actor, _order: str) -> list[Leg]:
    return [(_on_shelf("open"), ~Ticket.is_answered)]


def _due_today(_actor: Actor, order: str) -> list[Leg]:
    return [
        (
            Ticket.is_active,
            _within(Ticket.due_sort >= DAY_START, order),
            _within(Ticket.due_sort < DAY_END, order),
        )
    ]


def _late(_actor: Actor, order: str) -> list[Leg]:
    return [(Ticket.is_active, _within(Ticket.due_sort < NOW, order))]


def _promised(_actor: Actor, _order: str) -> list[Leg]:
    return [(Ticket.is_active, Ticket.promise_due_at.is_not(None))]


def _mentions(actor: Actor, _order: str) -> list[Leg]:
    return [(Mention.agent_id == actor.agent_id, Ticket.deleted_at.is_(None))]


def _all(_actor: Actor, _order: str) -> list[Leg]:
    return [(Ticket.deleted_at.is_(None),)]


def _state(state: str) -> Callable[[Actor, str], list[Leg]]:
    return lambda _actor, _order: [(_on_shelf(state),)]


SHIPPED: tuple[Queue, ...] = (
    Queue(
        "my-tickets",
        _("My tickets"),
        "blue",
        "due",
        _mine,
        _("Nothing on your desk"),
        _("Tickets you own come here, and those of your teams that nobody has taken yet."),
        is_own=True,
    ),
    Queue(
        "unassigned",
        _("Unassigned"),
        "",
        "due",
        _unassigned,
        _("Everything has an owner"),
        _("New tickets that neither an agent nor a team has yet wait here."),
    ),
    Queue(
        "open",
        _("Open"),
        "accent",
        "due",
        _state("open"),
        _("Nothing open"),
        _("Tickets somebody has to work on come here, the next due first."),
    ),
    Queue(
        "unanswered",
        _("Unanswered"),
        "",
        "updated",
        _unanswered,
        _("Everybody has an answer"),
        _("Open tickets whose customer wrote last come here, the longest waiting first."),
    ),
    Queue(
        "due-today",
        _("Due today"),
        "",
        "due",
        _due_today,
        _("Nothing due today"),
        _("Tickets with a due time or a promise that ends today come here."),
    ),
    Queue(
        "late",
        _("Late"),
        "late",
        "due",
        _late,
        _("Nothing late"),
        _("Tickets whose due time or promise is past come here, the latest of all on top."),
    ),
    Queue(
        "promises",
        _("Promises"),
        "",
        "due",
        _promised,
        _("No promise open"),
        _("Tickets whose customer was promised an update or a solution come here, the next one first."),
        due="promise_due_at",
    ),
    Queue(
        "waiting",
        _("Waiting"),
        "soon",
        "due",
        _state("waiting"),
        _("Waiting for nobody"),
        _("Tickets that wait for a customer or a third party come here."),
    ),
    Queue(
        "resolved",
        _("Resolved"),
        "",
        "-updated",
        _state("resolved"),
        _("Nothing to confirm"),
        _("Resolved tickets stay here until the customer confirms or some days have gone by."),
    ),
    Queue(
        "closed",
        _("Closed"),
        "",
        "-updated",
        _state("closed"),
        _("Nothing closed yet"),
        _("Finished tickets come here, the last one on top."),
    ),
    Queue(
        "mentions",
        _("Mentions"),
        "",
        "-mentioned",
        _mentions,
        _("Nobody mentioned you"),
        _("Write @ and a name in a note to call a colleague; tickets where somebody calls you come here."),
        orders=("-mentioned", "mentioned", "-opened", "opened"),
    ),
    Queue(
        "all",
        _("All"),
        "",
        "-updated",
        _all,
        _("No tickets yet"),
        _("Every ticket you may see comes here, but for those in the trash."),
    ),
)
DEFAULT_QUEUE = "open"
_BY_SLUG = {queue.slug: queue for queue in SHIPPED}


def find_queue(slug: str) -> Queue:
    """The shipped queue of that slug. Raises NotFound."""
    if slug not in _BY_SLUG:
        raise NotFound(_("There is no such queue."))
    return _BY_SLUG[slug]


def is_queue(slug: str) -> bool:
    """True when a shipped queue has that slug."""
    return slug in _BY_SLUG


def moments(actor: Actor, now: datetime) -> dict[str, datetime]:
    """The instants the queues compare with: now, and where the viewer's day begins and ends."""
    where = zone(actor.time_zone)
    today = now.astimezone(where).date()
    return {
        "now": now,
        "day_start": datetime.combine(today, time(), where),
        "day_end": datetime.combine(today + timedelta(days=1), time(), where),
    }

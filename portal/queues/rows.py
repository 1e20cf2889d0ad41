"""One ticket as lists of tickets show it, and the columns it is made of."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import func

from portal.core.clock import FAR_FUTURE
from portal.core.text import initials
from portal.core.words import _
from portal.people.desk import desk
from portal.people.models import Person
from portal.tickets.models import Ticket
from portal.tickets.statuses import ENDED_STATES, ticket_lists

SUBJECT_SHOWN = 200


class QueueRow(NamedTuple):
    """A ticket in a list; a tuple, since making 25 frozen dataclasses took five times as long (0.12 ms a page).

    `state` colours the status: `new`, open, waiting, resolved, closed. `assignee_colour` is 0 to 3, `team` or `none`.
    `due_at` is the earlier of due time and open promise, None without (and for tickets that are done);
    `is_promise` says that it is the promise. `place` is "merged" or "trash" for a ticket that stands there, else "".
    """

    id: int
    number: str
    subject: str
    preview: str
    customer_id: int
    customer_name: str
    state: str
    status_slug: str
    status_name: str
    priority_slug: str
    priority_name: str
    priority_rank: int
    assignee_initials: str
    assignee_name: str
    assignee_colour: str
    due_at: datetime | None
    is_promise: bool
    updated_at: datetime
    version: int
    is_reopened: bool
    place: str


def row_columns(due_column: Any = Ticket.due_sort, id_column: Any = Ticket.id) -> list[Any]:
    """The columns `queue_rows` reads, with the person joined; `due_column` is the time shown as due."""
    return [
        id_column.label("ticket_id"),
        Ticket.number,
        func.substr(Ticket.subject, 1, SUBJECT_SHOWN).label("subject"),
        Ticket.preview,
        Ticket.customer_id,
        Person.name.label("customer_name"),
        Ticket.status_id,
        Ticket.priority_id,
        Ticket.assignee_id,
        Ticket.team_id,
        due_column.label("due"),
        Ticket.promise_due_at,
        Ticket.updated_at,
        Ticket.priority_rank,
        Ticket.version,
        Ticket.is_reopened,
        Ticket.shelf,
    ]


def queue_rows(found: Iterable[Any]) -> tuple[QueueRow, ...]:
    """Rows of `row_columns` as the page shows them, with the names from the cached desk and lists."""
    structure, lists = desk(), ticket_lists()
    agents, teams, statuses, priorities = structure.agents, structure.teams, lists.statuses, lists.priorities
    nobody = ("", _("Unassigned"), "none")
    owners: dict[tuple[int | None, int | None], tuple[str, str, str]] = {(None, None): nobody}
    rows = []
    for (
        ticket_id, number, subject, preview, customer_id, customer_name, status_id, priority_id, assignee_id, team_id,
        due, promise_due_at, updated_at, priority_rank, version, is_reopened, shelf, *_further,
    ) in found:  # fmt: skip
        owner = owners.get((assignee_id, team_id))
        if owner is None:
            if assignee_id is not None:
                card = agents[assignee_id]
                owner = (card.initials, card.name, str(card.colour))
            else:
                name = teams[team_id].name
                owner = (initials(name), name, "team")
            owners[assignee_id, team_id] = owner
        status, priority = statuses[status_id], priorities[priority_id]
        slug, state = status.slug, status.state
        is_over = due is None or due >= FAR_FUTURE or state in ENDED_STATES
        rows.append(
            QueueRow(
                ticket_id, number, subject, preview, customer_id, customer_name, "new" if slug == "new" else state,
                slug, status.name, priority.slug, priority.name, priority_rank, *owner,
                None if is_over else due, not is_over and due == promise_due_at, updated_at, version, is_reopened,
                shelf if shelf in ("merged", "trash") else "",
            )
        )  # fmt: skip
    return tuple(rows)

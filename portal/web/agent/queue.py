"""The queues of an agent: the default one, each by its slug, and the counts beside their names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlsplit

from flask import Response, redirect, render_template, request

from portal.core.clock import utc_now
from portal.core.paging import PAGE_SIZE, decode_cursor
from portal.core.words import _, ngettext
from portal.people.actor import Actor
from portal.queues.counts import MOST, kept_counts, queue_counts
from portal.queues.queue_page import QueuePage, queue_page
from portal.queues.rows import QueueRow
from portal.queues.shipped import DEFAULT_QUEUE, ORDER_NAMES, SHIPPED, is_queue
from portal.web.agent import agent
from portal.web.auth import current_actor


@dataclass(frozen=True, slots=True)
class Order:
    """A choice of the sort menu."""

    name: str
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Column:
    """A head of the table. `url` sorts by it; `direction` is ascending or descending when it is the one sorted by."""

    key: str
    name: str
    url: str = ""
    direction: str = ""


@dataclass(frozen=True, slots=True)
class QueueView:
    """A queue as the page shows it. `first_url` leads out of a page that has become empty."""

    title: str
    count: str
    order_name: str
    orders: tuple[Order, ...]
    columns: tuple[Column, ...]
    rows: tuple[QueueRow, ...]
    newer_url: str
    older_url: str
    first_url: str
    range: str
    empty_title: str
    empty_text: str


COLUMNS: tuple[tuple[str, str, str], ...] = (
    ("number", _("Ticket"), "-opened"),
    ("subject", _("Subject"), ""),
    ("customer", _("Customer"), ""),
    ("status", _("Status"), ""),
    ("priority", _("Priority"), "-priority"),
    ("assignee", _("Assignee"), ""),
    ("due", _("Due"), "due"),
    ("updated", _("Updated"), "-updated"),
)
"""Key, name and the order a first press on the head gives; "" = not sorted by."""

PLAIN_COLUMNS = tuple(Column(key, name) for key, name, _order in COLUMNS)


@agent.get("")
def home() -> Response:
    """Lead to the agent's own default queue, else to Open."""
    wanted = current_actor().default_queue
    return redirect(f"/agent/queues/{wanted if is_queue(wanted) else DEFAULT_QUEUE}", 303)  # type: ignore[return-value]


@agent.get("/queues/<slug>")
def queue(slug: str) -> str:
    """A page of a queue: one statement besides the session's."""
    actor, now = current_actor(), utc_now()
    cursor = decode_cursor(request.args.get("at"))
    page = queue_page(actor, slug, order=request.args.get("sort", ""), cursor=cursor, now=now)
    view = _view(page, actor, now, is_start=cursor is None)
    return render_template("agent/queue/page.html", page=view, now=now, zone=actor.time_zone)


@agent.get("/queues/counts")
def queue_count_fragments() -> Response:
    """The counts as fragments out of band; 204 while they are what the page has seen."""
    actor, now = current_actor(), utc_now()
    counts = queue_counts(actor, now)
    if request.args.get("seen") == counts.state:
        return Response(status=204)
    labels = [(q.slug, counts.label(q.slug)) for q in SHIPPED]
    slug = urlsplit(request.headers.get("HX-Current-URL", "")).path.removeprefix("/agent/queues/")
    head = counts.label(slug) if is_queue(slug) else None
    return Response(render_template("agent/queue/_counts.html", counts=labels, state=counts.state, head=head))


def _view(page: QueuePage, actor: Actor, now: datetime, *, is_start: bool) -> QueueView:
    queue = page.queue
    base = f"/agent/queues/{queue.slug}"
    here = base if page.order == queue.order else f"{base}?sort={page.order}"
    join = "&at=" if "?" in here else "?at="
    counts = kept_counts(actor, now)
    is_whole = is_start and not page.older
    count = _count_label(len(page.rows)) if is_whole else counts.label(queue.slug) if counts else ""
    return QueueView(
        title=queue.name,
        count=count,
        order_name=ORDER_NAMES[page.order],
        orders=tuple(
            Order(ORDER_NAMES[o], base if o == queue.order else f"{base}?sort={o}", o == page.order)
            for o in queue.orders
        ),
        columns=tuple(_column(base, key, name, order, page) for key, name, order in COLUMNS),
        rows=page.rows,
        newer_url=here + join + quote(page.newer) if page.newer else "",
        older_url=here + join + quote(page.older) if page.older else "",
        first_url="" if is_start else here,
        range=shown_range(len(page.rows), count) if page.is_first else "",
        empty_title=queue.empty_title,
        empty_text=queue.empty_text,
    )


def _count_label(number: int) -> str:
    return str(number) if number else ""


def _column(base: str, key: str, name: str, order: str, page: QueuePage) -> Column:
    if not order or order not in page.queue.orders:
        return Column(key, name)
    field = order.lstrip("-")
    direction = ""
    if page.order.lstrip("-") == field:
        direction = "descending" if page.order.startswith("-") else "ascending"
        order = field if page.order.startswith("-") else f"-{field}"
    return Column(key, name, f"{base}?sort={order}", direction)


def shown_range(number: int, count: str) -> str:
    """ "1 to 25 of 38", "3 tickets", or "1 to 25" while nobody has counted."""
    if number < PAGE_SIZE or count == str(number):
        return ngettext("%(n)s ticket", "%(n)s tickets", number) % {"n": number}
    if not count:
        return _("1 to %(last)s") % {"last": number}
    total = f"{MOST - 1}+" if count.endswith("+") else count
    return _("1 to %(last)s of %(total)s") % {"last": number, "total": total}

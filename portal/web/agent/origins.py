"""Where an agent came from when a small form was opened, and the way back there."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request

from portal.web.inside import inside

QUEUE, TICKET = "queue", "ticket"


def origin() -> str:
    """The `from` of the request: `queue`, `ticket` or an address of this site; `ticket` for anything else.

    A page drawn without scripts for a queue's row takes the queue's address from the Referer. A form of htmx that says
    nothing, such as a toast's Undo, comes from the page it is shown on.
    """
    wanted = request.values.get("from", "")
    if not wanted and request.headers.get("HX-Request") == "true":
        shown = urlsplit(request.headers.get("HX-Current-URL", "")).path
        return QUEUE if is_list(shown) else TICKET
    if wanted == QUEUE and request.headers.get("HX-Request") != "true":
        came = _came_from()
        return came if is_list(came) else QUEUE
    if wanted in (QUEUE, TICKET):
        return wanted
    return inside(wanted, TICKET)


def _came_from() -> str:
    """The page of this site that the request says it came from; empty without one."""
    parts = urlsplit(request.headers.get("Referer", ""))
    if parts.netloc != request.host:
        return ""
    return inside(parts.path + (f"?{parts.query}" if parts.query else ""), "")


def is_list(address: str) -> bool:
    """True for addresses whose rows an answer to htmx redraws: queues and search."""
    return address == QUEUE or address.startswith(("/agent/queues/", "/agent/search", "/agent/customers"))


def way_back(came_from: str, number: str, anchor: str = "") -> str:
    """The address to lead to when the change is made."""
    if came_from.startswith("/"):
        return came_from
    if came_from == QUEUE:
        return "/agent"
    return f"/agent/tickets/{number}{anchor}"

"""Items of a timeline as HTML; one that is the same as before is not drawn again (see drawn_rows.py)."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from flask import current_app
from markupsafe import Markup

from portal.core.clock import zone as zone_of
from portal.tickets.queries.ticket_page import TicketPage
from portal.tickets.queries.ticket_sides import MergedView
from portal.tickets.queries.timeline import EntryItem, EventItem
from portal.web.agent import agent

_TOKEN = Markup("\x00")
"""Stands in a drawn item for the CSRF field, which is another one in every session; no stored text holds this sign."""


@agent.app_template_global()
def drawn_items(page: TicketPage, now: datetime, zone: str, csrf_field: Markup) -> Markup:
    """The items of the page's timeline one after the other, as `agent/ticket/_item.html` draws each."""
    # Times of items are shown as a clock shows them, so they change at midnight only.
    day = now.astimezone(zone_of(zone)).replace(hour=12, minute=0, second=0, microsecond=0)
    children = page.sides.children
    drawn = "\n".join(_drawn(item, page.number, children, day, zone) for item in page.timeline.items)
    return Markup(drawn.replace(_TOKEN, csrf_field))  # noqa: S704 - a template's own output


@lru_cache(maxsize=4_000)
def _drawn(item: EntryItem | EventItem, number: str, children: tuple[MergedView, ...], now: datetime, zone: str) -> str:
    template = current_app.jinja_env.get_template("agent/ticket/_item.html")
    return template.render(item=item, number=number, children=children, now=now, zone=zone, csrf_field=_TOKEN)

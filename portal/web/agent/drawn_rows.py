"""Rows of a list of tickets as HTML; a row that is the same as a moment ago is not drawn again.

A queue is looked at all day by everybody while few of its rows change, and drawing 25 of them is most of what the page
costs. The key is all that a row shows, so there is nothing to keep in step.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

from flask import current_app
from markupsafe import Markup

from portal.queues.rows import QueueRow
from portal.web.agent import agent

_SECONDS = 20
"""Words like "in 9 min" may be that old; the page refreshes them itself every half minute."""


@agent.app_template_global()
def drawn_rows(rows: Iterable[QueueRow], now: datetime, zone: str) -> Markup:
    """The rows one after the other, as `agent/queue/_row.html` draws each."""
    moment = now.replace(second=now.second - now.second % _SECONDS, microsecond=0)
    return Markup("\n").join(_drawn(row, moment, zone) for row in rows)


@lru_cache(maxsize=4_000)
def _drawn(row: QueueRow, now: datetime, zone: str) -> Markup:
    # Not render_template: a row needs nothing of the page's frame.
    template = current_app.jinja_env.get_template("agent/queue/_row.html")
    return Markup(template.render(row=row, now=now, zone=zone, oob=False))  # noqa: S704 - a template's own output

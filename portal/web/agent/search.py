"""The search of an agent."""

from __future__ import annotations

from urllib.parse import quote

from flask import render_template, request

from portal.core.clock import utc_now
from portal.core.paging import decode_cursor
from portal.core.text import clean_line
from portal.queues.search import search_page
from portal.tickets.search_match import MOST_CHARACTERS
from portal.web.agent import agent
from portal.web.agent.queue import PLAIN_COLUMNS
from portal.web.auth import current_actor


@agent.get("/search")
def search() -> str:
    """What was found for `q`, the newest ticket first; help when nothing was typed. One statement, two for a number."""
    actor = current_actor()
    typed = clean_line(request.args.get("q", "")[: MOST_CHARACTERS * 2])[:MOST_CHARACTERS]
    cursor = decode_cursor(request.args.get("at"))
    found = search_page(actor, typed, cursor=cursor)
    here = f"/agent/search?q={quote(typed)}"
    return render_template(
        "agent/search/page.html",
        page=found,
        query=typed,
        columns=PLAIN_COLUMNS,
        first_url=here if cursor is not None else "",
        newer_url=f"{here}&at={found.newer}" if found.newer else "",
        older_url=f"{here}&at={found.older}" if found.older else "",
        now=utc_now(),
        zone=actor.time_zone,
    )

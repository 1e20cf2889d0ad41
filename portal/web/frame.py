"""What every page's frame needs: the site's name, who is looking, the queues beside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, request

from portal.core.desk_settings import desk_setting
from portal.core.text import initials
from portal.web.auth import current_actor


@dataclass(frozen=True)
class Viewer:
    """Who is looking at the page. `colour` is 0 to 3."""

    name: str
    initials: str
    colour: int
    is_agent: bool
    is_administrator: bool


@dataclass(frozen=True)
class QueueLink:
    """A queue in the sidebar. `tone` colours its dot."""

    slug: str
    name: str
    tone: str
    is_current: bool


def _viewer() -> Viewer | None:
    actor = current_actor()
    if not actor.is_signed_in:
        return None
    return Viewer(
        actor.name,
        initials(actor.name),
        (actor.agent_id or actor.person_id or 0) % 4,
        actor.is_agent,
        actor.is_administrator,
    )


def frame() -> dict[str, Any]:
    """Template context of every page."""
    try:
        viewer = _viewer()
        site_name = desk_setting("site.name")
    except Exception:  # an error page must be drawn even when the database does not answer
        viewer, site_name = None, "Throughline"
    queues: list[QueueLink] = []
    if viewer is not None and viewer.is_agent:
        from portal.queues.shipped import SHIPPED

        current = (request.view_args or {}).get("slug", "") if request.endpoint == "agent.queue" else ""
        queues = [QueueLink(q.slug, q.name, q.tone, q.slug == current) for q in SHIPPED]
    return {
        "site_name": site_name,
        "viewer": viewer,
        "queues": queues,
        "demo": current_app.config.get("PORTAL_DEMO", False),
    }


def init_frame(app: Flask) -> None:
    """Attach the context to every template."""
    app.context_processor(frame)

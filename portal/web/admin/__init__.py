"""The administrators' door: people, tickets' lists, settings, outbox, log. Everybody else is turned away."""

from __future__ import annotations

from flask import Blueprint

from portal.web.auth import administrators_only

admin = Blueprint("admin", __name__, url_prefix="/admin")
admin.before_request(administrators_only)

from portal.web.admin import (  # noqa: E402
    agent_account,
    agents,
    departments,
    frame,
    log,
    organizations,
    outbox,
    overview,
    priorities,
    roles,
    settings,
    statuses,
    system,
    teams,
    topics,
)

__all__ = [
    "admin",
    "agent_account",
    "agents",
    "departments",
    "frame",
    "log",
    "organizations",
    "outbox",
    "overview",
    "priorities",
    "roles",
    "settings",
    "statuses",
    "system",
    "teams",
    "topics",
]

"""What every page of administration shows beside its own: the menu, and messages after a change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flask import Response, flash, get_flashed_messages, request

from portal.core.words import _
from portal.people.actor import Actor
from portal.web.admin import admin
from portal.web.auth import current_actor, network
from portal.web.htmx import see_other


@dataclass(frozen=True)
class Area:
    """One page of the menu: where it is and, in a sentence, what it is for."""

    path: str
    name: str
    about: str

    @property
    def url(self) -> str:
        return f"/admin/{self.path}"


@dataclass(frozen=True)
class Group:
    """A group of the menu."""

    name: str
    areas: tuple[Area, ...]


MENU: tuple[Group, ...] = (
    Group(
        _("People"),
        (
            Area("agents", _("Agents"), _("Who answers, in which departments, with which rights.")),
            Area("teams", _("Teams"), _("Agents across departments who are given tickets together.")),
            Area("departments", _("Departments"), _("Where tickets live; agents see those of theirs.")),
            Area("roles", _("Roles"), _("Sets of permissions that agents hold in a department.")),
            Area(
                "organizations",
                _("Organizations"),
                _("Companies and branches, and whether their people share tickets."),
            ),
        ),
    ),
    Group(
        _("Tickets"),
        (
            Area(
                "topics", _("Help topics"), _("What customers pick; decides department, priority and first assignee.")
            ),
            Area("statuses", _("Statuses"), _("The names of where a ticket stands, and what customers read.")),
            Area("priorities", _("Priorities"), _("How urgent a ticket can be.")),
        ),
    ),
    Group(
        _("Desk"),
        (
            Area("settings", _("Settings"), _("Name, times, windows and limits of this desk.")),
            Area("outbox", _("Outbox"), _("Every letter to customers and agents, readable.")),
            Area("log", _("Security log"), _("Sign-ins, failures, and every change made here.")),
            Area("system", _("System"), _("Version, database and background work.")),
        ),
    ),
)


@admin.context_processor
def admin_frame() -> dict[str, Any]:
    """The menu with the area that is open, and the messages of the last change."""
    part = request.path.removeprefix("/admin").strip("/").split("/")[0]
    return {
        "section": "admin",
        "admin_menu": MENU,
        "admin_here": part,
        "notices": [{"text": text} for text in get_flashed_messages()],
    }


def administrator() -> Actor:
    """Who acts in this request, with the network they act from."""
    return replace(current_actor(), network=network())


def done(url: str, text: str) -> Response:
    """Lead to a page that says what was done."""
    flash(text)
    return see_other(url)

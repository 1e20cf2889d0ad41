"""Events as customers read them: kind by kind; a kind that is not here is internal or told by an entry beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from portal.core.desk_settings import desk_setting
from portal.core.text import excerpt
from portal.core.words import _
from portal.people.desk import desk
from portal.tickets.agent_wording import Clock, with_reason
from portal.tickets.statuses import ACTIVE_STATES, ticket_lists


def _first_name(name: str) -> str:
    return name.split(" ", 1)[0] if name else str(desk_setting("site.name"))


def _state(slug: Any) -> str:
    return next((card.state for card in ticket_lists().statuses.values() if card.slug == slug), "")


def _c_opened(event: Any, _when: Clock) -> str:
    if event.data.get("on_behalf"):
        return _("%(agent)s opened this ticket for you.") % {"agent": _first_name(event.actor_name)}
    return _("We received this.")


def _c_assigned(event: Any, _when: Clock) -> str | None:
    card = desk().agents.get((event.new or {}).get("agent") or 0)
    return _("%(agent)s is looking after this.") % {"agent": _first_name(card.name)} if card else None


def _c_resolved(event: Any, _when: Clock) -> str:
    resolution = excerpt(event.data.get("resolution") or "", 300).rstrip(".")
    if not resolution:
        return _("We think it is solved.")
    return _("We think it is solved: %(resolution)s.") % {"resolution": resolution}


def _c_closed(event: Any, _when: Clock) -> str:
    if event.data.get("automatic"):
        return _("Closed, since we heard nothing more.")
    return _("Closed: it works.") if event.data.get("confirmed") else _("Closed.")


def _c_status(event: Any, when: Clock) -> str | None:
    """Only an undo is public under this kind: the desk took solving, closing or reopening back."""
    old, new = _state(event.old), _state(event.new)
    if new in ACTIVE_STATES and old not in ACTIVE_STATES:
        return _("Open again: it is not solved yet.")
    if new == "resolved":
        return _c_resolved(event, when)
    return _("Closed.") if new == "closed" else None


def _c_what(event: Any) -> tuple[str, str]:
    """The promise as a noun and as what we do."""
    kind = (event.field or "").partition(".")[2]
    return {
        "fix": (_("a solution"), _("We expect it solved by %(by)s")),
        "callback": (_("a call"), _("We call you by %(by)s")),
    }.get(kind, (_("news"), _("We write again by %(by)s")))


def _c_promise_made(event: Any, when: Clock) -> str:
    confidence, by = event.data.get("confidence"), {"by": when(event.new)}
    text = _c_what(event)[1]
    if confidence == "not_before":
        text = _("It will not be solved before %(by)s")
    elif confidence == "unknown":
        text = _("We hope to solve it by %(by)s, but cannot be sure yet")
    return _full_stop(with_reason(text % by, event))


def _c_promise_moved(event: Any, when: Clock) -> str:
    names = {"what": _c_what(event)[0], "old": when(event.old), "new": when(event.new)}
    return _full_stop(with_reason(_("We promised %(what)s by %(old)s; it is now %(new)s") % names, event))


def _c_promise_kept(event: Any, when: Clock) -> str | None:
    if event.field == "promise.callback":
        return _("We called you, late. We are sorry.") if event.data.get("late") else _("We called you.")
    return None


def _c_promise_missed(event: Any, when: Clock) -> str:
    return _("We promised %(what)s by %(by)s and are late.") % {"what": _c_what(event)[0], "by": when(event.old)}


def _c_promise_withdrawn(event: Any, when: Clock) -> str:
    names = {"what": _c_what(event)[0], "by": when(event.old)}
    return _full_stop(with_reason(_("We can no longer promise %(what)s by %(by)s") % names, event))


def _c_linked(event: Any, _when: Clock) -> str | None:
    names = {"number": event.data.get("number") or event.new}
    if event.data.get("follows"):
        return _("This goes on from ticket %(number)s.") % names
    return _("This goes on in ticket %(number)s.") % names if event.data.get("followed_by") else None


def _full_stop(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."


def _c_simple(text: str) -> Callable[[Any, Clock], str]:
    def say(event: Any, _when: Clock) -> str:
        data = event.data or {}
        return text % {"name": data.get("name", ""), "number": data.get("number", "")}

    return say


CUSTOMER: dict[str, Callable[[Any, Clock], str | None]] = {
    "ticket.opened": _c_opened,
    "ticket.assigned": _c_assigned,
    "ticket.resolved": _c_resolved,
    "ticket.closed": _c_closed,
    "ticket.reopened": _c_simple(_("Open again.")),
    "status.changed": _c_status,
    "promise.made": _c_promise_made,
    "promise.moved": _c_promise_moved,
    "promise.kept": _c_promise_kept,
    "promise.missed": _c_promise_missed,
    "promise.withdrawn": _c_promise_withdrawn,
    "collaborator.added": _c_simple(_("%(name)s now follows this ticket.")),
    "collaborator.removed": _c_simple(_("%(name)s no longer follows this ticket.")),
    "link.added": _c_linked,
    "ticket.merged": _c_simple(_("This was joined with ticket %(number)s.")),
    "ticket.unmerged": _c_simple(_("This is a ticket of its own again.")),
    "news.asked": _c_simple(_("You asked for news.")),
}

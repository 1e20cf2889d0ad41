"""What can be picked in the forms of administration, from the cached desk; what is off stays where it is set."""

from __future__ import annotations

from wtforms.fields.choices import SelectChoice

from portal.core.desk_settings import desk_setting
from portal.core.words import _
from portal.people.desk import desk
from portal.tickets.statuses import ticket_lists

Choices = list[SelectChoice]


def choice(value: object, label: str, group: str | None = None) -> SelectChoice:
    """One choice of a select field; `group` puts it under a heading."""
    return SelectChoice(value=str(value), label=label, optgroup=group)


def _label(name: str, is_active: bool) -> str:
    return name if is_active else _("%(name)s (off)") % {"name": name}


def department_choices(current: int | None = None) -> Choices:
    """Active departments by name, and the one that is set now."""
    rows = [d for d in desk().departments.values() if d.is_active or d.id == current]
    return [choice(d.id, _label(d.name, d.is_active)) for d in sorted(rows, key=lambda d: d.name.casefold())]


def role_choices() -> Choices:
    """Every role, as they were made: from most to least rights on a new desk."""
    return [choice(role.id, role.name) for role in sorted(desk().roles.values(), key=lambda role: role.id)]


def least_role() -> str:
    """The role with the fewest permissions among those that have any: what a new agent starts with."""
    held = {role_id: len(permissions) for role_id, permissions in desk().role_permissions.items() if permissions}
    return str(min(held, key=lambda role_id: (held[role_id], role_id))) if held else ""


def usual_department() -> str:
    """The desk's default department, else its first active one."""
    active = [d.id for d in desk().departments.values() if d.is_active]
    default = desk_setting("tickets.default_department_id")
    return str(default if default in active else min(active, default=""))


def team_choices(current: frozenset[int] = frozenset()) -> Choices:
    """Active teams by name, and those that are set now."""
    rows = [t for t in desk().teams.values() if t.is_active or t.id in current]
    return [choice(t.id, _label(t.name, t.is_active)) for t in sorted(rows, key=lambda t: t.name.casefold())]


def agent_choices(current: frozenset[int] = frozenset()) -> Choices:
    """Active agents by name, and those that are set now."""
    rows = [a for a in desk().agents.values() if a.is_active or a.id in current]
    return [choice(a.id, _label(a.name, a.is_active)) for a in sorted(rows, key=lambda a: a.name.casefold())]


def assignee_choices(current: str = "", *, nobody: str = "", besides: int | None = None) -> Choices:
    """Nobody, agents and teams in groups, as `"12"` and `"team:3"`; the one that is set now is among them."""
    kind, _colon, value = current.rpartition(":")
    set_now = frozenset({int(value)}) if value.isdigit() else frozenset()
    agents = agent_choices(frozenset() if kind else set_now)
    teams = team_choices(set_now if kind else frozenset())
    return [
        choice("", nobody or _("Nobody"), _("Nobody")),
        *(choice(c.value, c.label, _("Agents")) for c in agents if c.value != str(besides)),
        *(choice(f"team:{c.value}", c.label, _("Teams")) for c in teams),
    ]


def topic_choices(*, besides: int | None = None, none: str = "", active_only: bool = False) -> Choices:
    """Help topics by their path, after a choice for none; `besides` and what lies below it are left out."""
    topics = ticket_lists().topics
    out: set[int] = {besides} if besides else set()
    grew = True
    while grew:
        below = {t.id for t in topics.values() if t.parent_id in out} - out
        out |= below
        grew = bool(below)
    rows = [t for t in topics.values() if t.id not in out and (t.is_active or not active_only)]
    return [choice("", none), *(choice(t.id, _label(t.path, t.is_active)) for t in rows)]


def priority_choices(current: int | None = None, *, none: str = "") -> Choices:
    """Active priorities by rank, after a choice for none, and the one that is set now."""
    rows = [p for p in ticket_lists().priorities.values() if p.is_active or p.id == current]
    return [choice("", none), *(choice(p.id, _label(p.name, p.is_active)) for p in rows)]


def id_or_none(text: str | None) -> int | None:
    """The id of a choice; None for the empty one and for what is no id (SelectField refused that before)."""
    return int(text) if text and text.isascii() and text.isdigit() else None


def ids(texts: list[str] | None) -> frozenset[int]:
    """The ids of picked choices."""
    return frozenset(int(text) for text in texts or () if text.isascii() and text.isdigit())

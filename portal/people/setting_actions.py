"""The administrators' settings: what each may hold, and changing them with old → new on record."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

from portal.core.desk_settings import set_desk_setting
from portal.core.errors import Refused
from portal.core.words import _
from portal.people.actor import Actor
from portal.people.changes import desk_change, existing, good_name, note_change, setting_value
from portal.people.models import Department, SecurityEvent
from portal.people.stale import merge_stale

Rule = Callable[[Any, str], Any]
SITE_NAME_LENGTH = 60
MOST_NETWORKS = 200


def _number(least: int, most: int) -> Rule:
    def rule(value: Any, name: str) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise Refused(
                _("Write a whole number from %(least)s to %(most)s.") % {"least": f"{least:,}", "most": f"{most:,}"},
                field=name,
            )
        return value

    return rule


def _switch(value: Any, _name: str) -> bool:
    return bool(value)


def _site_name(value: Any, name: str) -> str:
    return good_name(str(value), field=name, most=SITE_NAME_LENGTH)


def _time_zone(value: Any, name: str) -> str:
    if value not in available_timezones():
        raise Refused(_("There is no such time zone. Pick one from the list, such as Europe/Berlin."), field=name)
    return str(value)


def _department(value: Any, name: str) -> int | None:
    row = existing(Department, value, field=name)
    if row is not None and not row.is_active:
        raise Refused(_("Pick a department that is switched on."), field=name)
    return row and row.id


def read_networks(text: str, *, field: str) -> list[str]:
    """The networks of a text, one a line, as they are stored. Raises Refused, naming the line that is none."""
    found: list[str] = []
    for line in text.split():
        try:
            network = ipaddress.ip_network(line.strip(",;"), strict=False)
        except ValueError:
            raise Refused(
                _("“%(line)s” is not a network. Write one a line, such as 10.20.0.0/16 or 2001:db8::/32.")
                % {"line": line[:80]},
                field=field,
            ) from None
        if network.prefixlen < (8 if network.version == 4 else 16):
            raise Refused(
                _("“%(line)s” holds too much of the internet. Name your own networks.") % {"line": line[:80]},
                field=field,
            )
        found.append(str(network))
    if len(found) > MOST_NETWORKS:
        raise Refused(_("Name at most %(most)s networks.") % {"most": MOST_NETWORKS}, field=field)
    return list(dict.fromkeys(found))


def _networks(value: Any, name: str) -> list[str]:
    return read_networks("\n".join(value), field=name)


SETTING_RULES: dict[str, Rule] = {
    "site.name": _site_name,
    "site.time_zone": _time_zone,
    "tickets.claim_on_reply": _switch,
    "tickets.reopen_days": _number(0, 365),
    "tickets.close_after_days": _number(1, 365),
    "tickets.trash_days": _number(1, 365),
    "tickets.customer_may_close": _switch,
    "tickets.default_department_id": _department,
    "tickets.open_per_address_hour": _number(1, 10_000),
    "tickets.open_per_network_hour": _number(1, 100_000),
    "tickets.trusted_networks": _networks,
    "sessions.agent_hours": _number(1, 24),
    "sessions.agent_idle_minutes": _number(5, 1_440),
    "sessions.customer_days": _number(1, 90),
    "sessions.customer_idle_days": _number(1, 90),
}
"""Setting → what gives the value to store or raises Refused. The tickets room adds the default topic."""


def setting_values(names: tuple[str, ...]) -> dict[str, Any]:
    """These settings as they are stored now."""
    return {name: setting_value(name) for name in names}


def change_settings(
    values: Mapping[str, Any], *, by: Actor, now: datetime, seen: str | None = None
) -> SecurityEvent | None:
    """Change some settings together; None when nothing differs.

    Raises Conflict when one of them is not what the form was drawn from, Refused, naming the setting, for a bad
    value, KeyError for a setting that has no rule.
    """
    with desk_change(by):
        old = setting_values(tuple(values))
        values = merge_stale("settings", None, old, dict(values), seen)
        new = {name: SETTING_RULES[name](value, name) for name, value in values.items()}
        _refuse_long_idle(new)
        if new == old:
            return None
        for name, value in new.items():
            if value != old[name]:
                set_desk_setting(name, value)
        return note_change("settings.changed", old=old, new=new, by=by, now=now)


def _refuse_long_idle(values: Mapping[str, Any]) -> None:
    """Raise Refused when people would be signed out before they count as idle: then the idle time means nothing."""
    pairs = (
        ("sessions.agent_idle_minutes", "sessions.agent_hours", 60),
        ("sessions.customer_idle_days", "sessions.customer_days", 1),
    )
    for idle, most, factor in pairs:
        if idle in values and values[idle] > values[most] * factor:
            raise Refused(_("This is longer than the whole session may last."), field=idle)

"""Times inside sentences, as plain words: "14:30 today", "tomorrow 10:00", "in 25 minutes"."""

from __future__ import annotations

from datetime import datetime

from portal.core.clock import zone
from portal.core.words import _, ngettext

_DAYS = (_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"))
_MONTHS = (
    _("January"), _("February"), _("March"), _("April"), _("May"), _("June"), _("July"), _("August"), _("September"),
    _("October"), _("November"), _("December"),
)  # fmt: skip


def moment_words(instant: datetime, now: datetime, zone_name: str) -> str:
    """A moment in the reader's zone: "14:30 today", "10:00 tomorrow", "16:00 on Thursday", "09:00 on 3 March"."""
    local, days = _local_and_days(instant, now, zone_name)
    clock = f"{local:%H:%M}"
    if days == 0:
        return _("%(time)s today") % {"time": clock}
    if days == 1:
        return _("%(time)s tomorrow") % {"time": clock}
    if days == -1:
        return _("%(time)s yesterday") % {"time": clock}
    return _("%(time)s on %(day)s") % {"time": clock, "day": date_words(instant, now, zone_name)}


def dated_words(instant: datetime, now: datetime, zone_name: str) -> str:
    """A moment that reads right whenever it is read, for letters: "14:30 on Thursday, 12 March"."""
    local = instant.astimezone(zone(zone_name))
    return _("%(time)s on %(day)s") % {"time": f"{local:%H:%M}", "day": dated_day(instant, now, zone_name)}


def dated_day(instant: datetime, now: datetime, zone_name: str) -> str:
    """A day that reads right whenever it is read: "Thursday, 12 March", in another year "Monday, 3 March 2027"."""
    where = zone(zone_name)
    local = instant.astimezone(where)
    date = _("%(weekday)s, %(day)s %(month)s") % {
        "weekday": _DAYS[local.weekday()],
        "day": local.day,
        "month": _MONTHS[local.month - 1],
    }
    return date if local.year == now.astimezone(where).year else f"{date} {local.year}"


def clock_words(instant: datetime, now: datetime, zone_name: str) -> str:
    """The time alone while it is today ("14:30"), else as `moment_words`."""
    local, days = _local_and_days(instant, now, zone_name)
    return f"{local:%H:%M}" if days == 0 else moment_words(instant, now, zone_name)


def date_words(instant: datetime, now: datetime, zone_name: str) -> str:
    """A date in the reader's zone: "today", "tomorrow", "Thursday" within a week, "3 March", "3 March 2027"."""
    local, days = _local_and_days(instant, now, zone_name)
    if days == 0:
        return _("today")
    if days == 1:
        return _("tomorrow")
    if 1 < days < 7:
        return _DAYS[local.weekday()]
    date = _("%(day)s %(month)s") % {"day": local.day, "month": _MONTHS[local.month - 1]}
    return date if local.year == now.astimezone(zone(zone_name)).year else f"{date} {local.year}"


def until_words(instant: datetime, now: datetime) -> str:
    """How long until a moment of the next twelve hours: "in 25 minutes", "in 3 hours"; empty for any other."""
    minutes = round((instant - now).total_seconds() / 60)
    if not 0 < minutes <= 12 * 60:
        return ""
    if minutes < 60:
        return ngettext("in %(n)s minute", "in %(n)s minutes", minutes) % {"n": minutes}
    hours = round(minutes / 60)
    return ngettext("in %(n)s hour", "in %(n)s hours", hours) % {"n": hours}


def _local_and_days(instant: datetime, now: datetime, zone_name: str) -> tuple[datetime, int]:
    where = zone(zone_name)
    local = instant.astimezone(where)
    return local, (local.date() - now.astimezone(where).date()).days

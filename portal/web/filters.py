"""Times as people read them: relative when near, exact on hover and for screen readers (product.md section 3)."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from functools import lru_cache

from flask import Flask
from markupsafe import Markup, escape

from portal.core.clock import FAR_FUTURE, zone
from portal.core.words import _, ngettext

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def exact(instant: datetime, zone_name: str) -> str:
    """The whole time in words: "Tue 3 Mar 2026, 14:30"."""
    local = instant.astimezone(zone(zone_name))
    return f"{_(_DAYS[local.weekday()])} {local.day} {_(_MONTHS[local.month - 1])} {local.year}, {local:%H:%M}"


def span_words(seconds: float) -> str:
    """A length of time in words: "9 min", "2 h", "3 days"."""
    minutes = int(seconds // 60)
    if minutes < 60:
        return _("%(n)s min") % {"n": max(minutes, 1)}
    if minutes < 24 * 60:
        return _("%(n)s h") % {"n": minutes // 60}
    days = minutes // (24 * 60)
    return ngettext("%(n)s day", "%(n)s days", days) % {"n": days}


def near_words(instant: datetime, now: datetime, zone_name: str) -> str:
    """A time as words: "14:30", "tomorrow 10:00", "Thu 16:00", "3 Mar", "3 Mar 2025"."""
    where = zone(zone_name)
    local, today = instant.astimezone(where), now.astimezone(where)
    days = (local.date() - today.date()).days
    if days == 0:
        return f"{local:%H:%M}"
    if days == 1:
        return _("tomorrow %(time)s") % {"time": f"{local:%H:%M}"}
    if days == -1:
        return _("yesterday %(time)s") % {"time": f"{local:%H:%M}"}
    if 1 < days < 7:
        return f"{_(_DAYS[local.weekday()])} {local:%H:%M}"
    date = f"{local.day} {_(_MONTHS[local.month - 1])}"
    return date if local.year == today.year else f"{date} {local.year}"


@lru_cache(maxsize=8192)
def _frame(instant: datetime, zone_name: str) -> tuple[str, str]:
    """What stands before and after the words of a time; kept, since lists show the same times again and again."""
    whole = escape(exact(instant, zone_name))
    head = f'<time datetime="{instant.isoformat(timespec="seconds")}" title="{whole}"'
    return head, f'</span><span class="vh"> ({whole})</span></time>'


def _time(instant: datetime, zone_name: str, text: str, tone: str = "", kind: str = "") -> Markup:
    attributes = (f' data-tone="{tone}"' if tone else "") + (f' data-when="{kind}"' if kind else "")
    head, tail = _frame(instant, zone_name)
    return Markup(f"{head}{attributes}><span>{escape(text)}{tail}")  # noqa: S704 - every part is escaped or made here


def ago(instant: datetime | None, now: datetime, zone_name: str) -> Markup:
    """A past time: "2 min", "3 h", "yesterday", "12 Mar"; empty for None."""
    if instant is None:
        return Markup("")
    seconds = (now - instant).total_seconds()
    if seconds < 24 * 3600:
        return _time(instant, zone_name, span_words(max(seconds, 0)), kind="ago")
    where = zone(zone_name)
    days = (now.astimezone(where).date() - instant.astimezone(where).date()).days
    text = _("yesterday") if days == 1 else near_words(instant, now, zone_name) if days >= 7 else span_words(seconds)
    return _time(instant, zone_name, text)


def due_time(instant: datetime | None, now: datetime, zone_name: str) -> Markup:
    """A time to come: "in 9 min" (soon), "in 2 h", "tomorrow 10:00"; or "18 min late". Empty for None."""
    if instant is None or instant >= FAR_FUTURE:
        return Markup("")
    seconds = (instant - now).total_seconds()
    if seconds < 0:
        return _time(instant, zone_name, _("%(span)s late") % {"span": span_words(-seconds)}, "late", "due")
    if seconds <= 12 * 3600:
        text = _("in %(span)s") % {"span": span_words(seconds)}
        return _time(instant, zone_name, text, "soon" if seconds <= 30 * 60 else "", "due")
    return _time(instant, zone_name, near_words(instant, now, zone_name))


def at_time(instant: datetime | None, now: datetime, zone_name: str) -> Markup:
    """A time as a clock shows it: "08:14", "yesterday 08:14", "3 Mar". Empty for None."""
    if instant is None:
        return Markup("")
    return _time(instant, zone_name, near_words(instant, now, zone_name))


def local_input(instant: datetime | None, zone_name: str) -> str:
    """The value of a `datetime-local` input in the viewer's zone; empty for None."""
    return f"{instant.astimezone(zone(zone_name)):%Y-%m-%dT%H:%M}" if instant else ""


def file_size(size: int) -> str:
    """A size in bytes as people read it: "84 KB"."""
    if size < 1024:
        return _("%(n)s bytes") % {"n": size}
    if size < 1024 * 1024:
        return _("%(n)s KB") % {"n": round(size / 1024)}
    return _("%(n)s MB") % {"n": f"{size / 1024 / 1024:.1f}"}


def new_once() -> str:
    """A random value for a form that creates something (product.md section 5)."""
    return secrets.token_urlsafe(16)


def init_filters(app: Flask) -> None:
    """Make the functions known to templates."""
    app.jinja_env.globals.update(
        ago=ago,
        due_time=due_time,
        at_time=at_time,
        local_input=local_input,
        file_size=file_size,
        new_once=new_once,
        exact_time=exact,
        timedelta=timedelta,
    )

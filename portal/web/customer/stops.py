"""The sentence on top and the four stops with their times as people read them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup, escape

from portal.core.clock import zone
from portal.core.time_words import moment_words
from portal.core.words import _
from portal.tickets.queries.customer_track import CustomerStop
from portal.web.filters import at_time


@dataclass(frozen=True, slots=True)
class ShownStop:
    """A stop as templates/ui/track.html takes it."""

    label: str
    state: str
    detail: Markup


def shown_stops(stops: Iterable[CustomerStop], now: datetime, zone_name: str) -> list[ShownStop]:
    """The stops of a ticket: "Today 08:02", "Since 08:11", "Expected 12:30"."""
    return [ShownStop(stop.label, stop.state, _detail(stop, now, zone_name)) for stop in stops]


def _detail(stop: CustomerStop, now: datetime, zone_name: str) -> Markup:
    if stop.at is None:
        return Markup("")
    where = zone(zone_name)
    is_today = stop.at.astimezone(where).date() == now.astimezone(where).date()
    pattern = _("Today %(time)s") if stop.text == "%(time)s" and is_today else stop.text
    return escape(pattern) % {"time": at_time(stop.at, now, zone_name)}


def with_times_strong(text: str, times: Iterable[datetime | None], now: datetime, zone_name: str) -> Markup:
    """A sentence with the promised times in it made strong: what the eye looks for first."""
    shown = str(escape(text))
    for moment in dict.fromkeys(time for time in times if time is not None):
        words = str(escape(moment_words(moment, now, zone_name)))
        shown = shown.replace(words, f"<strong>{words}</strong>", 1)
    return Markup(shown)  # noqa: S704 - both parts were escaped above

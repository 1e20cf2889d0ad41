"""The one place that reads the clock; actions get `now` passed in."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

FAR_FUTURE = datetime(9999, 12, 31, tzinfo=UTC)
"""Stands for "no time" in columns that lists are ordered by, so that it sorts last and pages by keyset."""


def utc_now() -> datetime:
    """The present instant in UTC, with its zone."""
    return datetime.now(UTC)


@lru_cache(maxsize=256)
def zone(name: str | None) -> ZoneInfo:
    """The zone of that IANA name; UTC when the name is empty or unknown."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def parse_instant(text: str, zone_name: str | None) -> datetime:
    """Read `YYYY-MM-DDTHH:MM` in the viewer's zone, or ISO 8601 with an offset (product.md section 5).

    Gives a UTC instant. Raises ValueError when it is neither or lies outside the years 2000 to 9000.
    """
    value = datetime.fromisoformat(text.strip())
    if value.tzinfo is None:
        value = value.replace(tzinfo=zone(zone_name))
    if not 2000 <= value.year <= 9000:
        raise ValueError("year out of range")
    return value.astimezone(UTC)

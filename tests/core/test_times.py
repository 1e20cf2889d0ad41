"""Times as people read them, and as they type them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from portal.core.clock import parse_instant, zone
from portal.web.filters import ago, at_time, due_time, exact, file_size

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def words(markup: str) -> str:
    return str(markup).split("<span>", 1)[1].split("<")[0]


@pytest.mark.parametrize(
    ("delta", "text", "tone"),
    [
        (timedelta(minutes=9), "in 9 min", "soon"),
        (timedelta(hours=2), "in 2 h", ""),
        (timedelta(minutes=-18), "18 min late", "late"),
        (timedelta(days=-3), "3 days late", "late"),
        (timedelta(hours=22), "tomorrow 10:00", ""),
        (timedelta(days=2, hours=4), "Thu 16:00", ""),
        (timedelta(days=40), "19 Apr", ""),
    ],
)
def test_due_times(delta: timedelta, text: str, tone: str) -> None:
    markup = due_time(NOW + delta, NOW, "UTC")
    assert words(markup) == text
    assert (f'data-tone="{tone}"' in markup) == bool(tone)


@pytest.mark.parametrize(
    ("delta", "text"),
    [
        (timedelta(seconds=5), "1 min"),
        (timedelta(minutes=14), "14 min"),
        (timedelta(hours=3), "3 h"),
        (timedelta(days=1, hours=1), "yesterday"),
        (timedelta(days=3), "3 days"),
        (timedelta(days=30), "8 Feb"),
        (timedelta(days=400), "3 Feb 2025"),
    ],
)
def test_past_times(delta: timedelta, text: str) -> None:
    assert words(ago(NOW - delta, NOW, "UTC")) == text


def test_the_exact_time_is_the_viewers() -> None:
    assert exact(NOW, "Asia/Tokyo") == "Tue 10 Mar 2026, 21:00"
    assert 'title="Tue 10 Mar 2026, 13:00"' in at_time(NOW, NOW, "Europe/Berlin")
    assert due_time(None, NOW, "UTC") == ""


def test_a_time_is_read_in_the_viewers_zone_or_with_its_offset() -> None:
    assert parse_instant("2026-03-10T14:30", "Europe/Berlin") == datetime(2026, 3, 10, 13, 30, tzinfo=UTC)
    assert parse_instant("2026-03-10T14:30+05:30", "Europe/Berlin") == datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
    for bad in ("", "tomorrow", "2026-02-30T10:00", "0001-01-01T00:00", "9999-12-31T23:59"):
        with pytest.raises(ValueError):
            parse_instant(bad, "UTC")


def test_an_unknown_zone_is_utc() -> None:
    assert str(zone("../etc/passwd")) == "UTC"
    assert str(zone("")) == "UTC"


def test_file_sizes() -> None:
    assert [file_size(n) for n in (12, 86_016, 2_621_440)] == ["12 bytes", "84 KB", "2.5 MB"]

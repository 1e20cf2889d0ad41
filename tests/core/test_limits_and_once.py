"""Counted tries, first results, cached settings."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import current_app

from portal.core.clock import utc_now
from portal.core.database import transaction
from portal.core.desk_settings import desk_setting, set_desk_setting
from portal.core.limits import bucket_name, take
from portal.core.once import first_result, keep_result, once_key
from portal.core.paging import Cursor, decode_cursor


def test_a_limit_counts_inside_its_window_and_says_how_long_to_wait(app, monkeypatch) -> None:
    monkeypatch.setitem(current_app.config, "PORTAL_RATE_LIMITS", True)
    now, bucket, window = utc_now(), bucket_name("test", "x"), timedelta(hours=1)
    assert [take(bucket, most=2, window=window, now=now) for _n in range(2)] == [0, 0]
    assert take(bucket, most=2, window=window, now=now + timedelta(minutes=15)) == 45 * 60
    assert take(bucket, most=2, window=window, now=now + timedelta(minutes=61)) == 0


def test_limits_can_be_switched_off(app, monkeypatch) -> None:
    monkeypatch.setitem(current_app.config, "PORTAL_RATE_LIMITS", False)
    assert [take(bucket_name("y"), most=1, window=timedelta(hours=1), now=utc_now()) for _n in range(3)] == [0, 0, 0]


def test_the_second_submit_gets_the_first_result(app) -> None:
    key = once_key("new-ticket", 7, "abc")
    with transaction():
        assert first_result(key, now=utc_now()) is None
        keep_result(key, "/tickets/1")
    with transaction():
        assert first_result(key, now=utc_now()) == "/tickets/1"
    assert once_key("new-ticket", 8, "abc") != key


def test_a_refused_first_submit_leaves_the_key_free(app) -> None:
    key = once_key("z")
    with pytest.raises(ZeroDivisionError), transaction():
        assert 1 / (first_result(key, now=utc_now()) or 0)
    with transaction():
        assert first_result(key, now=utc_now()) is None


def test_a_changed_setting_is_seen_at_once(app) -> None:
    assert desk_setting("tickets.reopen_days") == 14
    with transaction():
        assert set_desk_setting("tickets.reopen_days", 3) == 14
    assert desk_setting("tickets.reopen_days") == 3
    with pytest.raises(KeyError):
        desk_setting("tickets.no_such_setting")


@pytest.mark.parametrize("text", [None, "", "x", "W10", "A" * 600, "eyJhIjoxfQ", "bnVsbA", "WzEsInMiLDBd", "\u00e9"])
def test_a_foreign_cursor_starts_the_list_anew(text: str | None) -> None:
    assert decode_cursor(text) is None


def test_a_cursor_comes_back_as_it_was() -> None:
    cursor = Cursor("2026-03-03T10:00:00+00:00", 42, True)
    assert decode_cursor(cursor.encode()) == cursor

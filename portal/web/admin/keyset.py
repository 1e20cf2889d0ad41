"""Pages of lists that grow: by keyset, never by offset."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import request
from sqlalchemy import literal, tuple_
from sqlalchemy.sql import ColumnElement

from portal.core.database import UtcDateTime, db
from portal.core.paging import PAGE_SIZE, Cursor, decode_cursor
from portal.core.text import clean_line


@dataclass(frozen=True)
class KeysetPage:
    """The rows of one page and where the pages beside it are; an empty address means there is none."""

    rows: tuple[Any, ...]
    back_url: str
    on_url: str


def keyset(
    statement: Any,
    order: Any,
    row_id: Any,
    *,
    url: str,
    make: Callable[[Any], Any],
    newest_first: bool = False,
    keep: dict[str, str] | None = None,
    size: int = PAGE_SIZE,
) -> KeysetPage:
    """The page that the address asks for (`after`): one statement of `size` + 1 rows.

    `order` and `row_id` are columns of the statement; `make` turns a row into what the page shows; `keep` are the
    filters to carry along.
    """
    cursor = decode_cursor(request.args.get("after"))
    bound = _bound(order, row_id, cursor, newest_first) if cursor else None
    backwards = bool(cursor and bound is not None and cursor.backwards)
    if bound is not None:
        statement = statement.where(bound)
    columns = [c.desc() if newest_first != backwards else c.asc() for c in _columns(order, row_id)]
    found = list(db.session.execute(statement.order_by(*columns).limit(size + 1)).all())
    has_more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    has_back, has_on = (has_more, True) if backwards else (bound is not None, has_more)
    return KeysetPage(
        tuple(make(row) for row in found),
        _url(url, keep, found[0], order, row_id, True) if found and has_back else (url if has_back else ""),
        _url(url, keep, found[-1], order, row_id, False) if found and has_on else "",
    )


def _columns(order: Any, row_id: Any) -> list[Any]:
    return [row_id] if order is row_id else [order, row_id]


def _bound(order: Any, row_id: Any, cursor: Cursor, newest_first: bool) -> ColumnElement[bool] | None:
    """The condition that starts after the cursor; None when the cursor does not fit this list."""
    value = cursor.value
    if order is row_id:
        pass
    elif isinstance(order.type, UtcDateTime):
        try:
            value = datetime.fromisoformat(value)
        except (TypeError, ValueError):
            return None
        if value.tzinfo is None:
            return None
    elif not isinstance(value, order.type.python_type) or value != clean_line(str(value)):
        return None
    goes_down = newest_first != cursor.backwards
    if order is row_id:
        return row_id < cursor.id if goes_down else row_id > cursor.id
    left, right = tuple_(order, row_id), tuple_(literal(value, order.type), literal(cursor.id))
    return left < right if goes_down else left > right


def _url(url: str, keep: dict[str, str] | None, row: Any, order: Any, row_id: Any, backwards: bool) -> str:
    value = getattr(row, order.key)
    value = value.isoformat() if isinstance(value, datetime) else value
    after = Cursor(value, getattr(row, row_id.key), backwards).encode()
    return f"{url}?{urlencode({**(keep or {}), 'after': after})}"

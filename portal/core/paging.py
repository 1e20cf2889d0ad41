"""Keyset paging: a page starts after (or ends before) a row's sort value and id, never at an offset."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

PAGE_SIZE = 25


@dataclass(frozen=True)
class Cursor:
    """A place in an ordered list: the sort value and id of a row, and which way to read from it."""

    value: Any
    id: int
    backwards: bool = False

    def encode(self) -> str:
        """The cursor as one word for an address."""
        raw = json.dumps([self.value, self.id, int(self.backwards)], separators=(",", ":"))
        return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")


def decode_cursor(text: str | None) -> Cursor | None:
    """The cursor of an address; None when there is none or it was not made by us (the list then starts anew)."""
    if not text or len(text) > 500:
        return None
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        value, row_id, backwards = json.loads(raw)
        if not isinstance(row_id, int) or isinstance(value, (list, dict, bool)) or not -(2**62) < row_id < 2**62:
            return None
        if isinstance(value, int) and not -(2**62) < value < 2**62:
            return None
        return Cursor(value, row_id, bool(backwards))
    except (ValueError, TypeError, binascii.Error, RecursionError):
        return None

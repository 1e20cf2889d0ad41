"""Reading with statements that are made once: for what every page asks.

A statement built anew for each request costs more than running it: SQLAlchemy walks all of it to find its text.
One that is kept, with `bindparam` in place of values, is found at once (0.05 ms instead of 0.2 ms for a small select).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import CursorResult, Executable
from sqlalchemy.sql.elements import BindParameter

from portal.core.database import db


def run(statement: Executable, **values: Any) -> CursorResult[Any]:
    """The rows of a kept statement for these values, in the session's transaction. For columns, not for entities."""
    return db.session.connection().execute(statement, values)


class Later(BindParameter[Any]):
    """A value that is given when the statement runs; true in a condition of Python's, as the value will be."""

    inherit_cache = True

    def __bool__(self) -> bool:
        return True

"""Ids given out by ourselves, so that rows that point to each other go in with one statement a table."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.engine import Connection


def lock_tables(connection: Connection, *models: Any) -> None:
    """Keep others from taking ids of these tables until the transaction ends. SQLite's write lock does it already."""
    if connection.dialect.name == "postgresql":
        names = ", ".join(f'"{model.__tablename__}"' for model in models)
        connection.execute(text(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE"))


class Ids:
    """The next ids of one table, from inside a transaction that holds it."""

    def __init__(self, connection: Connection, model: Any):
        self._connection, self._table = connection, model.__tablename__
        lock_tables(connection, model)
        self._last = connection.execute(select(func.max(model.id))).scalar() or 0
        self._first = self._last

    def take(self) -> int:
        """One id."""
        self._last += 1
        return self._last

    def keep(self) -> None:
        """Tell PostgreSQL's sequence which ids are taken; call before the transaction ends."""
        if self._connection.dialect.name == "postgresql" and self._last > self._first:
            self._connection.execute(
                text("SELECT setval(pg_get_serial_sequence(:table, 'id'), :last)"),
                {"table": self._table, "last": self._last},
            )

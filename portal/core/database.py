"""The store: one `db`, UTC instants, and `transaction()`, the only way to write.

SQLite runs in WAL mode with `synchronous=FULL`; a write takes the lock at its start (BEGIN IMMEDIATE), since a
transaction that reads first and writes later is what makes "database is locked".
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, Engine, MetaData, event
from sqlalchemy.engine import Connection
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The base of every model; constraint names are fixed so that migrations are the same on both stores."""

    metadata = MetaData(naming_convention=NAMING)


db = SQLAlchemy(
    model_class=Base,
    disable_autonaming=True,
    session_options={"expire_on_commit": False, "autoflush": False},
)

SQLITE_BUSY_MS = 15_000
_sqlite_writer = threading.Lock()
"""Writers of one process queue here instead of polling SQLite's lock: fairer, and no wake-up lag."""


class UtcDateTime(TypeDecorator[datetime]):
    """An instant, given and returned as an aware UTC datetime on both stores."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs its zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def prepare_engine(engine: Engine) -> None:
    """Attach what a store needs to its engine; call once per engine before its first connection."""
    if engine.dialect.name != "sqlite":

        @event.listens_for(engine, "connect")
        def on_postgresql(connection: Any, _record: Any) -> None:
            # Compiling a statement costs more than running any of ours.
            connection.autocommit, before = True, connection.autocommit
            connection.execute("SET jit = off")
            connection.autocommit = before

        return

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {SQLITE_BUSY_MS}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA cache_size = -16000")
        cursor.execute("PRAGMA temp_store = MEMORY")
        cursor.close()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("portal_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def transaction() -> Iterator[None]:
    """One unit of change: the outermost block commits, inner blocks join, any error rolls all of it back."""
    session = db.session()
    depth = session.info.get("depth", 0)
    if depth:
        session.info["depth"] = depth + 1
        try:
            yield
        finally:
            session.info["depth"] = depth
        return
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("changed outside transaction()")
    session.commit()  # ends a read transaction: on SQLite it must not be upgraded, and a rollback would expire all rows
    is_sqlite = db.engine.dialect.name == "sqlite"
    if is_sqlite:
        _sqlite_writer.acquire()
    try:
        session.info["depth"] = 1
        session.connection(execution_options={"portal_writes": True})
        yield
        session.flush()
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info["depth"] = 0
        if is_sqlite:
            _sqlite_writer.release()


def lock(row: Any) -> None:
    """Read a row again and keep others from changing it until the transaction ends. Call inside `transaction()`."""
    db.session.flush()
    db.session.refresh(row, with_for_update=True)


def lock_in_order(*rows: Any) -> None:
    """`lock` several rows of one table by ascending id, so that two writers never wait for each other."""
    for row in sorted(rows, key=lambda one: one.id):
        lock(row)

"""Bringing a database to the present structure, on both stores, also when several processes start at once.

Alembic is imported only when there is something to do: a start on a database that is up to date stays quick.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from sqlalchemy import Engine, inspect, select, text
from sqlalchemy.engine import Connection

from portal.core.clock import utc_now
from portal.core.database import db, transaction
from portal.core.words import _
from portal.tickets.defaults import create_defaults
from portal.tickets.models import Status

HEAD = "0001"
"""The newest revision; a test holds it equal to the newest file in versions/."""

_LOCK_ID = 0x7468726F
"""The advisory lock that migrating processes queue at on PostgreSQL."""


class NewerDatabase(Exception):
    """The database was written by a newer version of this program."""


def current_revision(connection: Connection) -> str | None:
    """The revision the database is at; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def migrate(app: Flask) -> bool:
    """Bring the app's database to HEAD and fill an empty one with what a desk starts with.

    Gives True when the structure changed. All in one transaction: it happens whole or not at all, once when several
    processes come at the same time. Raises NewerDatabase, and SQLAlchemy's errors when the database cannot be used.
    """
    with app.app_context():
        with db.engine.connect() as connection:
            is_behind = current_revision(connection) != HEAD
        changed = is_behind and _upgrade(db.engine)
        with transaction():
            if db.session.execute(select(Status.id).limit(1)).first() is None:
                _queue_up(db.session.connection())
                create_defaults(utc_now())
        db.session.remove()
    return changed


def _upgrade(engine: Engine) -> bool:
    with _alone(engine) as connection:
        revision = current_revision(connection)
        if revision == HEAD:  # another process was faster
            return False
        from alembic import command
        from alembic.config import Config
        from alembic.script import ScriptDirectory

        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
        config.attributes["connection"] = connection
        known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
        if revision is not None and revision not in known:
            raise NewerDatabase(
                _("This database is of a newer version of Throughline (%(revision)s). Install that version again.")
                % {"revision": revision}
            )
        command.upgrade(config, "head")
    return True


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    """A connection in a transaction that no other migrating process shares; commits at the end."""
    with engine.connect().execution_options(portal_writes=True) as connection, connection.begin():
        _queue_up(connection)
        yield connection


def _queue_up(connection: Connection) -> None:
    """Wait until no other process migrates. On SQLite the write lock, taken at the begin, does it."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:id)"), {"id": _LOCK_ID})

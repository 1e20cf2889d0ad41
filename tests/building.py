"""Makes the app the tests use and lays a fresh copy of the migrated template under it before each test."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from portal import create_app
from portal.core.database import db
from portal.migrations import migrate
from portal.settings import load_settings
from tests import stores


@dataclass
class Desk:
    """An app and how its database is made fresh; `close` removes what the run leaves behind."""

    app: Flask
    lay_template: Callable[[], None]
    close: Callable[[], None] = lambda: None

    @contextmanager
    def fresh(self) -> Iterator[Flask]:
        """The app with a fresh database and an application context pushed."""
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()
        self.lay_template()
        home = Path(self.app.config["PORTAL_HOME"])
        shutil.rmtree(home / "files", ignore_errors=True)
        self.app.extensions.pop("portal_desk_cache", None)
        with self.app.app_context():
            yield self.app
            db.session.remove()


def make_app(database_url: str, home: Path) -> Flask:
    """The real app, set up as tests need it: no background loop, no rate limits (tests that want them turn them on)."""
    home.mkdir(parents=True, exist_ok=True)
    settings = load_settings(
        {
            "PORTAL_HOME": str(home), "PORTAL_DATABASE_URL": database_url, "PORTAL_SECRET_KEY": "k" * 40,
            "PORTAL_RATE_LIMITS": "off", "PORTAL_URL": "http://localhost",
        }
    )  # fmt: skip
    return create_app(settings, TESTING=True)


def fill_empty_database(app: Flask) -> None:
    """Bring an empty database to what a new desk starts with."""
    migrate(app)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def copy_sqlite(source: Path, target: Path) -> None:
    """Make one database the same as another, also while somebody is connected to it."""
    with closing(sqlite3.connect(source)) as read, closing(sqlite3.connect(target)) as written:
        written.execute("PRAGMA synchronous = OFF")
        read.backup(written)


def sqlite_desk(home: Path) -> Desk:
    """An app on a SQLite file of its own; the template is made once per run."""
    home.mkdir(parents=True, exist_ok=True)
    template, file = stores.shared_folder() / "template.db", home / "throughline.db"
    with stores.run_lock("sqlite-template"):
        if not template.exists():
            part = template.with_suffix(".part")
            fill_empty_database(make_app(f"sqlite:///{part}", home))
            part.rename(template)

    def lay_template() -> None:
        copy_sqlite(template, file)

    lay_template()
    return Desk(make_app(f"sqlite:///{file}", home), lay_template)


def postgres_desk(home: Path) -> Desk:
    """An app on a PostgreSQL database of its own; the template is made once per run."""
    note = stores.shared_folder() / "template-made"
    with stores.run_lock("postgres-template"):
        if not note.exists():
            fill_empty_database(make_app(stores.create_database(stores.TEMPLATE), home))
            note.touch()
    name = f"throughline_{stores.worker_name()}"

    def lay_template() -> None:
        stores.create_database(name, stores.TEMPLATE)

    lay_template()
    return Desk(make_app(stores.database_url(name), home), lay_template, lambda: stores.drop_database(name))

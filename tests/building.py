"""Makes the app the tests use and lays a fresh copy of the migrated template under it before each test."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from portal.core.clock import utc_now
from portal.core.database import db
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
    try:
        from portal import create_app
        from portal.settings import load_settings
    except ImportError:
        return _bare_app(database_url, home)
    settings = load_settings(
        {
            "PORTAL_HOME": str(home),
            "PORTAL_DATABASE_URL": database_url,
            "PORTAL_SECRET_KEY": "k" * 40,
            "PORTAL_RATE_LIMITS": "off",
            "PORTAL_URL": "http://localhost",
        }
    )
    try:
        return create_app(settings, TESTING=True)
    except (ImportError, AttributeError) as error:
        warnings.warn(f"the app is not whole yet: {error}", stacklevel=1)
        return _bare_app(database_url, home)


def _bare_app(database_url: str, home: Path) -> Flask:
    app = Flask("portal", root_path=str(Path(__file__).parent.parent / "portal"))
    app.config.update(
        SQLALCHEMY_DATABASE_URI=database_url.replace("postgresql://", "postgresql+psycopg://"),
        PORTAL_HOME=str(home),
        PORTAL_RATE_LIMITS=False,
        SECRET_KEY="k" * 40,
        TESTING=True,
    )
    db.init_app(app)
    from portal.core.database import prepare_engine

    with app.app_context():
        prepare_engine(db.engine)
    return app


def fill_empty_database(app: Flask) -> None:
    """Bring an empty database to what a new desk starts with."""
    from portal.tickets.defaults import create_defaults

    try:
        from portal.migrations import migrate
    except ImportError:
        with app.app_context():
            _create_all()
    else:
        migrate(app)
    with app.app_context():
        create_defaults(utc_now())
        db.session.remove()
        db.engine.dispose()


def _create_all() -> None:
    import portal.people.models
    import portal.tickets.models  # noqa: F401

    db.create_all()
    try:
        from portal.tickets.search_schema import create_search
    except ImportError:
        return
    with db.engine.begin() as connection:
        create_search(connection)


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
        for ending in ("-wal", "-shm"):
            Path(f"{file}{ending}").unlink(missing_ok=True)
        shutil.copyfile(template, file)

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

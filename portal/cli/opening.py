"""The application of a command, with its database closed properly at the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask

    from portal.settings import Settings


@contextmanager
def opened(settings: Settings | None = None, *, migrated: bool = True, **overrides: Any) -> Iterator[Flask]:
    """The application, its database brought up to date first unless `migrated` is False.

    Closing it lets SQLite move its log into the one file that people copy.
    """
    from portal import create_app
    from portal.core.database import db
    from portal.migrations import migrate

    app = create_app(settings, **overrides)
    try:
        if migrated:
            migrate(app)
        yield app
    finally:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()

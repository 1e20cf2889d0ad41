"""Alembic's entry: it works on the connection it is handed, never on an address in text.

SQLAlchemy 2.1 writes the `:` of a Windows drive as `%3A`, which a config file would take for interpolation.
"""

from __future__ import annotations

from alembic import context

import portal.core.models
import portal.people.models
import portal.tickets.models  # noqa: F401
from portal.core.database import Base


def run() -> None:
    """Run the revisions inside the caller's transaction, so that they happen whole or not at all."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=Base.metadata,
        transactional_ddl=True,
        render_as_batch=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()

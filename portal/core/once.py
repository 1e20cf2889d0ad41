"""Double submits change nothing twice: the first result of a form's `once` value is kept for 24 h."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from portal.core.database import db
from portal.core.models import FirstResult


def once_key(*parts: object) -> str:
    """The key of a form's `once` value; `parts` name the form and the person too, so nobody can use another's."""
    return hashlib.sha256("\0".join(str(part) for part in parts).encode("utf-8", "replace")).hexdigest()


def first_result(key: str, *, now: datetime) -> str | None:
    """Take the key, or give what the first submit gave. Call first inside the creating `transaction()`.

    None means: this is the first; call `keep_result` before the transaction ends. A second submit at the same time
    waits here until the first has committed.
    """
    dialect = db.session.get_bind().dialect.name
    make = sqlite.insert if dialect == "sqlite" else postgresql.insert
    statement = make(FirstResult).values(key=key, result="", created_at=now).on_conflict_do_nothing()
    if db.session.execute(statement.returning(FirstResult.key)).first() is not None:
        return None
    return db.session.execute(select(FirstResult.result).where(FirstResult.key == key)).scalar()


def keep_result(key: str, result: str) -> None:
    """Remember what the first submit gave (an address inside the site or a number)."""
    db.session.execute(update(FirstResult).where(FirstResult.key == key).values(result=result))

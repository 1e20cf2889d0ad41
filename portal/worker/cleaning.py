"""Taking away what has had its time: sessions, links, counted tries, first results, files that nothing names."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.sql import ColumnElement

from portal.core.database import Base, db, transaction
from portal.core.files import files_folder
from portal.core.models import FirstResult, StoredFile, Try
from portal.people.models import AccessLink, WebSession

TRIES_KEPT = timedelta(hours=25)
"""Longer than the longest window anything is counted in (core/limits.py)."""

RESULTS_KEPT = timedelta(hours=25)
"""A double submit gives the first result for 24 h (product.md section 5)."""

LINKS_KEPT = timedelta(days=7)
FILES_KEPT = timedelta(hours=24)
"""A file is on disk before its entry is written; after this long nobody is writing it any more."""

_BATCH = 1_000


def drop_expired(now: datetime) -> int:
    """Delete what expired, in small transactions, so that nobody waits; gives how many rows."""
    over = AccessLink.expires_at < now - LINKS_KEPT
    dead_links = select(AccessLink.id).where(over)
    return (
        _delete(WebSession, WebSession.id, or_(WebSession.expires_at < now, WebSession.link_id.in_(dead_links)))
        + _delete(AccessLink, AccessLink.id, over)
        + _delete(Try, Try.id, Try.happened_at < now - TRIES_KEPT)
        + _delete(FirstResult, FirstResult.key, FirstResult.created_at < now - RESULTS_KEPT)
    )


def _delete(model: type[Base], key: Any, condition: ColumnElement[bool]) -> int:
    total = 0
    while True:
        ids = list(db.session.execute(select(key).where(condition).limit(_BATCH)).scalars())
        if not ids:
            return total
        with transaction():
            db.session.execute(delete(model).where(key.in_(ids)).execution_options(synchronize_session=False))
        total += len(ids)


def drop_orphan_files(now: datetime) -> int:
    """Delete files older than a day that no row names (their entry was refused or rolled back); gives how many."""
    folder, dropped = files_folder(), 0
    limit = (now - FILES_KEPT).timestamp()
    if not folder.is_dir():
        return 0
    for place in [folder, *(path for path in folder.iterdir() if path.is_dir())]:
        with os.scandir(place) as found:
            old = {item.name: item.path for item in found if item.is_file() and item.stat().st_mtime < limit}
        names = sorted(old)
        for start in range(0, len(names), 500):
            part = names[start : start + 500]
            known = set(db.session.execute(select(StoredFile.sha256).where(StoredFile.sha256.in_(part))).scalars())
            db.session.rollback()
            for name in part:
                if name not in known and os.stat(old[name]).st_mtime < limit:  # not stored again meanwhile
                    os.unlink(old[name])
                    dropped += 1
    return dropped

"""The jobs there are, and how often each runs."""

from __future__ import annotations

from datetime import timedelta

from portal.tickets.actions import close_resolved, miss_promises, purge_trash
from portal.worker.cleaning import drop_expired, drop_orphan_files
from portal.worker.delivery import free_after_clock_jump
from portal.worker.jobs import Timed

JOBS: tuple[Timed, ...] = (
    Timed("promises", timedelta(seconds=30), miss_promises),
    Timed("clock", timedelta(minutes=1), free_after_clock_jump),
    Timed("auto-close", timedelta(minutes=1), close_resolved),
    Timed("trash", timedelta(minutes=10), purge_trash),
    Timed("expired", timedelta(minutes=10), drop_expired),
    Timed("files", timedelta(hours=6), drop_orphan_files),
)

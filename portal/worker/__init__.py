"""The background loop: delivers the outbox and runs the jobs, inside `portal serve` or alone, several copies safe."""

from __future__ import annotations

import logging
import secrets
import socket
import threading
from datetime import timedelta

from flask import Flask

from portal.core.clock import utc_now
from portal.core.database import db
from portal.notices.deliver import deliver
from portal.worker.delivery import LEASE, Transport, deliver_due
from portal.worker.jobs import beat, run_due_jobs

log = logging.getLogger("portal.worker")

POLL_SECONDS = 1.0
"""How often the outbox is looked at while there is nothing to do: one indexed select."""

_PAUSE_AFTER_ERROR = 5.0


def worker_name() -> str:
    """A name for the leases of this loop that no other loop has."""
    return f"{socket.gethostname()[:30]}-{secrets.token_hex(6)}"


def run(
    app: Flask,
    stop: threading.Event,
    *,
    transport: Transport = deliver,
    lease: timedelta = LEASE,
    poll_seconds: float = POLL_SECONDS,
) -> None:
    """Work until `stop` is set; then the item in hand is finished and the loop ends.

    `transport` delivers one row (portal/notices/deliver.py); `lease` is how long a row or job belongs to this loop
    before another one takes it over.
    """
    name = worker_name()
    while not stop.is_set():
        try:
            with app.app_context():
                beat(utc_now())
                is_busy = deliver_due(name, transport=transport, lease=lease, stop=stop)
                run_due_jobs(name, lease=lease, stop=stop)
                db.session.remove()
        except Exception:  # the store is away or full: say so once a turn and go on trying
            log.exception("background work failed; it is tried again")
            stop.wait(_PAUSE_AFTER_ERROR)
            continue
        if not is_busy:
            stop.wait(poll_seconds)


__all__ = ["POLL_SECONDS", "run", "worker_name"]

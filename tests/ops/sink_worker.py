"""A worker process whose transport appends to a file: `python -m tests.ops.sink_worker HOME SINK LEASE`."""

from __future__ import annotations

import os
import signal
import sys
import threading
from datetime import datetime, timedelta
from pathlib import Path

from portal import create_app
from portal.core.models import Outbox
from portal.settings import load_settings
from portal.worker import run


def main(home: str, sink: str, lease_seconds: str) -> None:
    """Work until SIGTERM."""
    handle = os.open(sink, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_args: stop.set())

    def transport(row: Outbox, _now: datetime) -> str:
        os.write(handle, f"{row.delivery_id} {os.getpid()}\n".encode())
        return "done"

    app = create_app(load_settings(home=Path(home)))
    run(app, stop, transport=transport, lease=timedelta(seconds=float(lease_seconds)), poll_seconds=0.1)


if __name__ == "__main__":
    main(*sys.argv[1:])

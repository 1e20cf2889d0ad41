"""`portal worker`."""

from __future__ import annotations

import threading

import click

from portal.cli.logs import start_log
from portal.cli.stopping import on_stop_signal
from portal.core.words import _


@click.command()
def worker() -> None:
    """Do the background work alone, beside or instead of the one inside `portal serve`."""
    from portal import create_app
    from portal.migrations import migrate
    from portal.worker import run

    start_log()
    app = create_app()
    migrate(app)
    stop = threading.Event()
    on_stop_signal(stop.set)
    click.echo(_("Working in the background. Ctrl+C stops it."))
    run(app, stop)

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
    from portal.cli.opening import opened
    from portal.worker import run

    start_log()
    with opened() as app:
        stop = threading.Event()
        on_stop_signal(stop.set)
        click.echo(_("Working in the background. Ctrl+C stops it."))
        run(app, stop)

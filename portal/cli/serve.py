"""`portal serve`."""

from __future__ import annotations

import gc
import sys
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from portal.cli.logs import start_log
from portal.cli.stopping import on_stop_signal
from portal.core.words import _

if TYPE_CHECKING:
    from flask import Flask

    from portal.worker.delivery import Transport

STOP_SECONDS = 9.0
"""Running requests and the background work's item in hand have this long to finish."""


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on; 0.0.0.0 is every one.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True)
@click.option("--threads", type=click.IntRange(1, 256), default=8, show_default=True, help="Requests served at once.")
@click.option("--demo", is_flag=True, help="Load the running example into an empty database and print the sign-ins.")
def serve(host: str, port: int, threads: int, demo: bool) -> None:
    """Serve the desk and do its background work."""
    from portal.cli.opening import opened
    from portal.cli.sockets import address_of, open_sockets
    from portal.settings import load_settings

    start_log()
    settings = load_settings()
    sockets = open_sockets(host, port)
    address = address_of(host, sockets)
    if "url" not in settings.given:
        settings = replace(settings, url=address)
    with opened(settings, PORTAL_DEMO=demo) as app:
        transport = _play_demo(app, settings.demo_password) if demo else None
        _serve(app, sockets, threads=threads, address=address, transport=transport)


def _play_demo(app: Flask, password: str) -> Transport:
    """Play the running example, print the sign-ins, and give the transport that shows links in the log."""
    from portal.demo import play, show_links

    for line in play(app, password=password):
        click.echo(line)
    return show_links


def _serve(app: Flask, sockets: list, *, threads: int, address: str, transport: Transport | None) -> None:
    from portal.cli.server import Server
    from portal.worker import run

    server = Server(app, sockets, threads=threads)
    stop = threading.Event()

    def end() -> None:
        stop.set()
        server.stop()

    on_stop_signal(end)
    more = {"transport": transport} if transport else {}
    background = threading.Thread(target=run, args=(app, stop), kwargs=more, name="worker", daemon=True)
    background.start()
    _greet(app, address)
    gc.collect()
    gc.freeze()  # what is loaded now stays; collecting it again and again would only cost
    server.run(STOP_SECONDS)
    stop.set()
    background.join(STOP_SECONDS)


def _greet(app: Flask, address: str) -> None:
    from portal.cli.people import has_administrator
    from portal.core.database import db

    with app.app_context():
        is_ready = has_administrator()
        db.session.remove()
    if not is_ready:
        click.echo(_("Nobody administers this desk yet. Type in another window:"))
        click.echo('  portal user add you@example.org --name "Your name" --role administrator')
    click.echo(_("Throughline is at %(address)s (Ctrl+C stops it)") % {"address": address})
    sys.stdout.flush()

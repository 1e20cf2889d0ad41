"""`portal seed`."""

from __future__ import annotations

import sys

import click

from portal.core.words import _


@click.command()
@click.option("--tickets", type=click.IntRange(1, 10_000_000), required=True, help="How many tickets to make.")
@click.option("--random-seed", type=int, default=1, show_default=True, help="The same number makes the same tickets.")
def seed(tickets: int, random_seed: int) -> None:
    """Fill the database with made-up tickets, to try the desk under load."""
    from portal.cli.opening import opened
    from portal.seed import make_tickets

    with opened() as app:
        seconds = make_tickets(app, tickets, random_seed=random_seed, progress=_show)
    click.echo(
        _("Made %(tickets)s tickets in %(seconds)s s.") % {"tickets": f"{tickets:,}", "seconds": f"{seconds:.1f}"}
    )


def _show(done: int, of: int) -> None:
    """One line that is written over on a terminal; nothing in a log but the last word."""
    if sys.stderr.isatty():
        click.echo(f"\r{done:,} / {of:,}", nl=done >= of, err=True)

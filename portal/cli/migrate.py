"""`portal migrate`."""

from __future__ import annotations

import click

from portal.core.words import _


@click.command()
def migrate() -> None:
    """Make the database, or bring it to this version's structure."""
    from portal import create_app
    from portal.migrations import HEAD
    from portal.migrations import migrate as bring_up_to_date

    changed = bring_up_to_date(create_app())
    sentence = _("The database is now at %(head)s.") if changed else _("The database was up to date already: %(head)s.")
    click.echo(sentence % {"head": HEAD})

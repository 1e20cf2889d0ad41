"""`portal migrate`."""

from __future__ import annotations

import click

from portal.core.words import _


@click.command()
def migrate() -> None:
    """Make the database, or bring it to this version's structure."""
    from portal.cli.opening import opened
    from portal.migrations import HEAD
    from portal.migrations import migrate as bring_up_to_date

    with opened(migrated=False) as app:
        changed = bring_up_to_date(app)
    sentence = _("The database is now at %(head)s.") if changed else _("The database was up to date already: %(head)s.")
    click.echo(sentence % {"head": HEAD})

"""`portal doctor`."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import click


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def doctor(as_json: bool) -> None:
    """Look whether the desk is well. Exit code 1 when there is a problem."""
    import logging

    from portal.cli.opening import opened
    from portal.doctor import PROBLEM, examine
    from portal.settings import load_settings

    settings = load_settings(create=False)
    logging.disable(logging.CRITICAL)  # what goes wrong is a finding, not a line in a log
    try:
        usable = replace(settings, secret_key=settings.secret_key or "not made yet")
        with opened(usable, migrated=False) as app:
            findings = examine(app, settings)
    finally:
        logging.disable(logging.NOTSET)
    has_problem = any(finding.level == PROBLEM for finding in findings)
    if as_json:
        click.echo(json.dumps({"ok": not has_problem, "checks": [asdict(f) for f in findings]}, ensure_ascii=False))
    else:
        for finding in findings:
            advice = f" {finding.advice}" if finding.advice else ""
            click.echo(f"{finding.level:<8} {finding.check}: {finding.sentence}{advice}")
    raise click.exceptions.Exit(1 if has_problem else 0)

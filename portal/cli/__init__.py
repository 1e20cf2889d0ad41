"""The command `portal`. Each command is a small file here; heavy imports happen inside, so `--help` is quick."""

from __future__ import annotations

import sys
from typing import Any

import click

from portal import __version__
from portal.cli.doctor import doctor
from portal.cli.migrate import migrate
from portal.cli.seed import seed
from portal.cli.serve import serve
from portal.cli.troubles import as_sentence
from portal.cli.user import user
from portal.cli.work import worker


class Desk(click.Group):
    """A group whose commands end with one sentence and exit code 1 when something is wrong, never with a traceback."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Speak UTF-8 whatever the console's code page is, then run the command."""
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(encoding="utf-8", errors="replace")
        return super().main(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; every error becomes a sentence."""
        try:
            return super().invoke(ctx)
        except (click.exceptions.Exit, click.ClickException, click.Abort, SystemExit):
            raise
        except KeyboardInterrupt:
            raise click.Abort from None
        except Exception as error:
            raise as_sentence(error) from None


@click.group(cls=Desk, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="Throughline", message="%(prog)s %(version)s")
def main() -> None:
    """Throughline, a self-hosted help desk.

    Settings come from PORTAL_… in the environment and from portal.toml in the home folder.
    """


for _command in (serve, worker, migrate, user, seed, doctor):
    main.add_command(_command)

__all__ = ["main"]

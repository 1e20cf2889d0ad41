"""What went wrong, as one sentence."""

from __future__ import annotations

import sys
from typing import IO, Any

import click

from portal.core.errors import DeskError
from portal.core.words import _


class Trouble(click.ClickException):
    """One sentence on standard error, exit code 1."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the sentence."""
        click.echo(self.message, file=file or sys.stderr)


def as_sentence(error: Exception) -> Trouble:
    """The error as a sentence that says what to do where we know it."""
    from sqlalchemy.exc import DBAPIError, SQLAlchemyError

    from portal.migrations import NewerDatabase
    from portal.settings import SettingsError

    if isinstance(error, SettingsError | NewerDatabase):
        return Trouble(str(error))
    if isinstance(error, DeskError):
        return Trouble(error.message)
    if isinstance(error, DBAPIError):
        return Trouble(
            _("The database cannot be used: %(reason)s. Type portal doctor to see more.") % {"reason": _reason(error)}
        )
    if isinstance(error, SQLAlchemyError):
        return Trouble(_("The database cannot be used: %(reason)s.") % {"reason": _first_line(error)})
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return Trouble(f"{where}{error.strerror}.")
    return Trouble(
        _("Something broke, and it is a fault of Throughline: %(kind)s: %(reason)s")
        % {"kind": type(error).__name__, "reason": _first_line(error)}
    )


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0].rstrip(".") if lines else type(error).__name__


def _reason(error: Any) -> str:
    """What the driver said, without statement and values."""
    return _first_line(error.orig) if error.orig is not None else type(error).__name__

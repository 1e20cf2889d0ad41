"""One log on standard error: errors with their request's reference, never a token, password or text of a ticket."""

from __future__ import annotations

import logging
import re
import sys

_LINK = re.compile(r"(/(?:t|sign-in)/)[\w-]{12,}")
_QUERY = re.compile(r"(\?|&)([\w.-]+)=[^\s&\"']+")


class SafeFormatter(logging.Formatter):
    """Masks the tokens of links and the values of query strings in whatever is written.

    Only a record that says `shows_link` keeps them: the demo's letters, which have no other way to their reader.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The record as text."""
        text = super().format(record)
        if getattr(record, "shows_link", False):
            return text
        return _QUERY.sub(r"\1\2=…", _LINK.sub(r"\1…", text))


def start_log() -> None:
    """Write the log to standard error: warnings of everybody, and what our own parts tell."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(SafeFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s", "%Y-%m-%d %H:%M:%S"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("portal").setLevel(logging.INFO)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)

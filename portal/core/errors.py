"""The errors an action may raise. Doors turn each into an answer; nothing else may escape an action."""

from __future__ import annotations


class DeskError(Exception):
    """A change that was not made, with one plain sentence saying why and what to do.

    `field` names the form field the sentence belongs to; `links` are (label, address) pairs shown below it.
    """

    http_status = 422

    def __init__(self, message: str, *, field: str | None = None, links: tuple[tuple[str, str], ...] = ()):
        super().__init__(message)
        self.message = message
        self.field = field
        self.links = links


class NotFound(DeskError):
    """There is no such thing, or this person may not know of it (product.md section 4): 404."""

    http_status = 404


class Forbidden(DeskError):
    """Visible, but not allowed: 403 with a sentence."""

    http_status = 403


class Conflict(DeskError):
    """Somebody else changed the same field since the page was drawn: 409.

    `current_version` is the ticket's version now, so that "apply mine anyway" can send it.
    """

    http_status = 409

    def __init__(self, message: str, *, field: str | None = None, current_version: int | None = None):
        super().__init__(message, field=field)
        self.current_version = current_version


class Refused(DeskError):
    """A rule says no, or what was typed is wrong: 422."""


class TooMany(DeskError):
    """Too many tries: 429. `retry_after` is in seconds."""

    http_status = 429

    def __init__(self, message: str, *, retry_after: int):
        super().__init__(message)
        self.retry_after = retry_after


class TooLarge(DeskError):
    """More than a limit allows: 413."""

    http_status = 413

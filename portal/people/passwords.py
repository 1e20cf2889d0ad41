"""Passwords: argon2id at 19 MiB and 2 passes, and the rules they must meet (reliability.md S1)."""

from __future__ import annotations

import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from portal.core.errors import Refused
from portal.core.words import _

PASSWORD_LENGTH = 15
"""Fewest characters without a second factor, agents and customers alike."""
_MOST_CHARACTERS = 1_000

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_room = threading.BoundedSemaphore(2)
"""At most two hashes at once: a flood of sign-ins must not eat the memory or the cores of everybody else."""

_DUMMY = _hasher.hash("no such person has this password")

_COMMON = (
    "password",
    "passwort",
    "qwerty",
    "qwertz",
    "azerty",
    "letmein",
    "iloveyou",
    "welcome",
    "administrator",
    "football",
    "baseball",
    "sunshine",
    "princess",
    "dragon",
    "monkey",
    "master",
    "shadow",
    "superman",
    "batman",
    "trustno",
    "1234567890",
    "0123456789",
    "9876543210",
    "abcdefghij",
    "asdfghjkl",
    "zxcvbnm",
    "correcthorsebatterystaple",
    "changeme",
    "secret",
    "default",
    "guest",
    "login",
    "admin",
    "helpdesk",
)

_ROWS = ("12345678901234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl",
         "zxcvbnm", "yxcvbnm")  # fmt: skip
_RUNS = (*_ROWS, *(row[::-1] for row in _ROWS))
"""Signs that follow each other on a keyboard or in the alphabet; four of them in a row count for nothing."""


def _plain(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


def _is_common(password: str) -> bool:
    """True for well-known passwords, also repeated, padded with digits and signs, or made of few different signs."""
    if len(set(password)) < 5:
        return True
    rest = _plain(password)
    if not rest:
        return False  # signs and pictures only: nothing a list of words knows
    for word in sorted(_COMMON, key=len, reverse=True):
        rest = rest.replace(word, "")
    for run in _RUNS:
        for length in range(min(len(rest), len(run)), 3, -1):
            for at in range(len(run) - length + 1):
                rest = rest.replace(run[at : at + length], "")
    return len(rest) < 6


def check_password_rules(password: str, *, forbidden: tuple[str, ...] = ()) -> None:
    """Raise Refused, naming the rule, when a password may not be used. `forbidden`: site name and own names.

    Any sign may be in it; there are no composition rules.
    """
    if len(password) < PASSWORD_LENGTH:
        raise Refused(
            _("Use at least %(least)s characters. A short sentence is easy to remember.") % {"least": PASSWORD_LENGTH},
            field="password",
        )
    if len(password) > _MOST_CHARACTERS:
        raise Refused(_("Use at most %(most)s characters.") % {"most": f"{_MOST_CHARACTERS:,}"}, field="password")
    if _is_common(password):
        raise Refused(_("This password is too easy to guess. Pick another one."), field="password")
    plain = _plain(password)
    for name in forbidden:
        for word in [name, *name.partition("@")[0].replace(".", " ").split()]:  # of an address its first part
            if len(_plain(word)) >= 4 and _plain(word) in plain:
                raise Refused(_("Leave your name and the name of this site out of the password."), field="password")


def hash_password(password: str) -> str:
    """The argon2id hash to store."""
    with _room:
        return _hasher.hash(unicodedata.normalize("NFKC", password))


def is_password(password_hash: str, password: str) -> bool:
    """True when the password fits the stored hash; an empty hash takes the same time and is always False."""
    if len(password) > _MOST_CHARACTERS:
        password = ""
    with _room:
        try:
            fits = _hasher.verify(password_hash or _DUMMY, unicodedata.normalize("NFKC", password))
        except (VerificationError, InvalidHashError):
            return False
    return fits and bool(password_hash)

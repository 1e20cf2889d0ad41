"""Slugs of statuses and priorities: made from the name once, then kept."""

from __future__ import annotations

import re
import unicodedata

SLUG_LENGTH = 60


def free_slug(name: str, taken: set[str], fallback: str) -> str:
    """A slug for a new name that nobody has yet: "Waiting on parts" gives `waiting-on-parts`.

    A name without Latin letters gives the fallback with a number.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[: SLUG_LENGTH - 6].strip("-") or fallback
    number, candidate = 1, slug
    while candidate in taken:
        number += 1
        candidate = f"{slug}-{number}"
    return candidate

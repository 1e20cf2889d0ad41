"""Redirect targets stay inside the site (cases C43)."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

_BAD = re.compile(r"[\x00-\x20\x7f\\]")


def inside(target: str | None, default: str = "/") -> str:
    """The target when it is a path of this site, else the default.

    Refuses everything with a scheme, host, backslash, control sign or a second slash, also when percent-encoded.
    """
    if not target or len(target) > 2_000:
        return default
    plain = target
    for _round in range(3):
        if _BAD.search(plain) or not plain.startswith("/") or plain.startswith("//"):
            return default
        decoded = unquote(plain)
        if decoded == plain:
            break
        plain = decoded.replace(" ", "+") if " " in decoded else decoded
    parts = urlsplit(target)
    path = unquote(parts.path)
    if parts.scheme or parts.netloc or "//" in path or "/../" in path + "/" or path in ("/sign-in", "/sign-out"):
        return default
    return target

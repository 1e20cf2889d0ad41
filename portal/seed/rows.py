"""What goes into the tables, and quick ways to the two things that every text needs: its HTML and its words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import escape
from typing import Any

from portal.core.text import search_tokens
from portal.seed.ids import Ids

_WORD = re.compile(r"[a-z0-9]+")


@dataclass
class Rows:
    """What goes into the tables, and the ids for it."""

    ids: dict[str, Ids]
    tickets: list[dict[str, Any]] = field(default_factory=list)
    texts: list[dict[str, Any]] = field(default_factory=list)
    entries: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    promises: list[dict[str, Any]] = field(default_factory=list)
    mentions: list[dict[str, Any]] = field(default_factory=list)
    collaborators: list[dict[str, Any]] = field(default_factory=list)


def words_of(text: str) -> str:
    """The search words of a text; quick for plain letters, which most made-up texts are."""
    if text.isascii() and "_" not in text:
        return " ".join(_WORD.findall(text.lower()))
    return " ".join(search_tokens(text))


def html_of(text: str, *, is_agent: bool) -> str:
    """Plain sentences as core/html.py shows them, an agent's as Markdown; a test compares the two."""
    end = "\n" if is_agent else ""
    parts = (escape(part, quote=False).replace("\n", "<br>\n") for part in text.split("\n\n"))
    return "".join(f'<p dir="auto">{part}</p>{end}' for part in parts)

"""The composer's two forms as they are drawn."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from markupsafe import Markup

from portal.web.filters import new_once


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """What somebody else wrote while a reply was being typed."""

    id: int
    kind: str
    author_name: str
    created_at: datetime
    body_html: Markup


@dataclass(frozen=True, slots=True)
class Composer:
    """The two forms as they are drawn: empty, or with what was typed and why it was not sent."""

    kind: str = "reply"
    body: str = ""
    status: str = ""
    next_update_in: str = ""
    next_update_at: str = ""
    solution_at: str = ""
    confidence: str = "likely"
    error: str = ""
    had_files: bool = False
    meanwhile: Meanwhile | None = None
    once: str = field(default_factory=new_once)
    last_entry: int = 0

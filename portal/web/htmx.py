"""Answers to htmx: is it asking, fragments together, toasts."""

from __future__ import annotations

import json
from typing import Any

from flask import Response, make_response, redirect, request


def is_htmx() -> bool:
    """True when htmx asks for a fragment; going back in history asks for the whole page."""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-History-Restore-Request") != "true"


def fragments(*parts: str, status: int = 200) -> Response:
    """Rendered fragments as one answer; all but the first should carry `hx-swap-oob`."""
    return make_response("\n".join(parts), status)


def toast(response: Response, text: str, *, tone: str = "good", undo_url: str = "", undo_event: int = 0) -> Response:
    """Let the page show a toast, with an Undo button when `undo_url` (POST …/undo) and `undo_event` are given."""
    message: dict[str, Any] = {"text": text, "tone": tone}
    if undo_url:
        message["undo"] = {"url": undo_url, "event": undo_event}
    response.headers["HX-Trigger"] = json.dumps({"toast": message})
    return response


def see_other(url: str) -> Response:
    """303 to a page; for htmx a full navigation there."""
    if is_htmx():
        return Response("", 200, {"HX-Redirect": url})
    return redirect(url, 303)  # type: ignore[return-value]

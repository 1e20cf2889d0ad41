"""What was typed is kept when a form arrives too late: shown again with one button to send (cases C53)."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from flask import Flask, Response, g, render_template, request, url_for
from flask_wtf.csrf import CSRFError, CSRFProtect
from sqlalchemy import insert, select
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from portal.core.clock import utc_now
from portal.core.database import db, transaction
from portal.core.limits import bucket_name, take
from portal.core.models import KeptForm
from portal.core.tokens import new_token, token_hash
from portal.core.words import _

csrf = CSRFProtect()

_HIDDEN = {"csrf_token", "password", "new_password", "old_password"}
_MOST_CHARACTERS = 500_000
KEPT_FORMS_PER_HOUR = 60


def kept_fields() -> list[tuple[str, str]]:
    """The fields of the request's form that may be shown again: no password, no token, no files."""
    try:
        fields: MultiDict[str, str] = request.form
    except HTTPException:  # too large or unreadable: there is nothing to show
        return []
    pairs = [(name, value) for name, value in fields.items(multi=True) if name not in _HIDDEN]
    return pairs if sum(len(value) for _name, value in pairs) <= _MOST_CHARACTERS and len(pairs) <= 200 else []


def show_again(action: str, fields: list[tuple[str, str]], status: int, *, had_files: bool) -> Response:
    """The page with what was typed and one button to send it."""
    shown = [(name, value) for name, value in fields if "\n" in value or len(value) > 40 or name in _TEXTS]
    page = render_template(
        "errors/send_again.html",
        action=action,
        fields=fields,
        shown=shown,
        had_files=had_files,
        reference=g.get("request_id", ""),
    )
    return Response(page, status)


_TEXTS = {"message", "body", "subject", "comment", "resolution", "cause", "reason", "words", "reply", "note"}


def _on_csrf_error(error: CSRFError) -> Response:
    fields = kept_fields()
    had_files = bool(request.files)
    if request.headers.get("HX-Request") == "true":
        target = keep_form(request.path, fields, now=utc_now()) if fields else request.path
        return Response("", 400, {"HX-Redirect": target})
    return show_again(request.full_path.rstrip("?"), fields, 400, had_files=had_files)


def keep_form(action: str, fields: list[tuple[str, str]], *, now: datetime) -> str:
    """Keep typed fields for a day and give the address of the page that shows them again."""
    from portal.web.auth import network

    if take(bucket_name("kept-form", network()), most=KEPT_FORMS_PER_HOUR, window=timedelta(hours=1), now=now):
        return action
    token = new_token()
    with transaction():
        db.session.execute(
            insert(KeptForm).values(key=token_hash(token), action=action, fields=json.dumps(fields), created_at=now)
        )
    return url_for("auth.send_again", token=token)


def find_kept_form(token: str, *, now: datetime) -> tuple[str, list[tuple[str, str]]] | None:
    """The action and fields kept under a token; None when it is unknown or older than a day."""
    row = db.session.execute(
        select(KeptForm.action, KeptForm.fields).where(
            KeptForm.key == token_hash(token), KeptForm.created_at > now - timedelta(days=1)
        )
    ).first()
    return (row.action, [tuple(pair) for pair in json.loads(row.fields)]) if row else None


def refuse_cross_site() -> None:
    """A form sent from another site is refused before anything else, whatever token it carries (H3)."""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        raise CSRFError(_("This form came from another site. Nothing was changed."))


def init_csrf(app: Flask) -> None:
    """Attach Flask-WTF's guard, which is the only one, and the page that gives typed text back."""
    app.config.setdefault("WTF_CSRF_TIME_LIMIT", 4 * 3600)
    app.config["WTF_CSRF_SSL_STRICT"] = False
    app.before_request(refuse_cross_site)
    csrf.init_app(app)
    app.register_error_handler(CSRFError, _on_csrf_error)

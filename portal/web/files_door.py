"""`/files/<key>/<name>`: attached files, after the access check, in an answer that cannot run (reliability.md U1)."""

from __future__ import annotations

from flask import Blueprint, Response, request, send_file

from portal.core.errors import NotFound
from portal.core.files import INLINE_TYPES, file_path
from portal.core.words import _
from portal.tickets.queries.customer_files import Download, download
from portal.web.auth import SignInNeeded, current_actor
from portal.web.customer.door import customers_here
from portal.web.errors import error_page

files = Blueprint("files", __name__)

SANDBOX = "default-src 'none'; sandbox; frame-ancestors 'none'"


@files.get("/files/<key>/<name>")
def file(key: str, name: str) -> Response:
    """One file. Pictures are shown in the page, everything else (or `?download=1`) is saved. `name` is for people."""
    found = _find(key)
    path = file_path(found.sha256)
    try:
        with path.open("rb"):
            is_whole = path.stat().st_size == found.size
    except OSError:
        is_whole = False
    if not is_whole:
        return error_page(
            410,
            _("The file %(name)s is damaged or gone from the store. Ask for it to be sent again.")
            % {"name": found.name},
        )
    is_shown = found.media_type in INLINE_TYPES and "download" not in request.args
    response = send_file(
        path,
        mimetype=found.media_type,
        as_attachment=not is_shown,
        download_name=found.name,
        conditional=False,
        etag=False,
        last_modified=None,
        max_age=None,
    )
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _find(key: str) -> Download:
    actor = current_actor()
    candidates = [actor] if actor.is_agent else []
    for one in (*candidates, *customers_here()):
        try:
            return download(one, key)
        except NotFound:
            continue
    if not actor.is_signed_in:
        raise SignInNeeded
    raise NotFound(_("There is no such file, or you may not have it."))

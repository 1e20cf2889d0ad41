"""Every error is a page (or toast) in plain words with a way on; never a traceback."""

from __future__ import annotations

import json
import logging

from flask import Flask, Response, g, make_response, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import escape
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from portal.core.clock import utc_now
from portal.core.database import db
from portal.core.errors import DeskError, TooMany
from portal.core.words import _
from portal.web.auth import SignInNeeded, current_actor, lead_to_sign_in
from portal.web.htmx import is_htmx
from portal.web.kept_forms import keep_form, kept_fields

log = logging.getLogger("portal")

_TITLES = {
    400: _("This request could not be read"),
    403: _("You may not do this"),
    404: _("Nothing here"),
    405: _("This address does not work that way"),
    409: _("Somebody was quicker"),
    410: _("No longer here"),
    413: _("Too large"),
    415: _("This kind of content is not taken here"),
    422: _("Not changed"),
    429: _("Too many tries"),
    500: _("Something broke"),
    503: _("Busy"),
}
_SENTENCES = {
    400: _("Go back and try again."),
    403: _("You may not do this. Ask an administrator if you should."),
    404: _("There is no such page, or you may not see it."),
    405: _("Go back and use the buttons of the page."),
    413: _("What you sent is too large. Files may have 25 MB each and 50 MB together."),
    415: _("Send the form again from its page."),
    500: _("This is our fault, and it was written down. Nothing was half changed. Try again in a moment."),
    503: _("The desk is very busy. Nothing was changed. Try again in a moment."),
}


def error_page(
    status: int, sentence: str = "", *, links: tuple[tuple[str, str], ...] = (), title: str = ""
) -> Response:
    """One error as a page, or as a toast for htmx (which then swaps nothing)."""
    sentence = sentence or _SENTENCES.get(status, _("Go back and try again."))
    reference = g.get("request_id", "") if status >= 500 else ""
    if is_htmx():
        response = make_response("", status)
        response.headers["HX-Reswap"] = "none"
        text = f"{sentence} ({reference})" if reference else sentence
        response.headers["HX-Trigger"] = json.dumps({"toast": {"text": text, "tone": "error"}})
        return response
    try:
        page = _drawn(status, sentence, links=links, title=title, reference=reference)
    except Exception as error:  # the page itself cannot be drawn, for example without a database or a template
        log.error("error page %s %s", g.get("request_id"), request.path, exc_info=error)
        page = _bare(sentence, g.get("request_id", ""))
    return make_response(page, status)


def _drawn(status: int, sentence: str, *, links: tuple[tuple[str, str], ...], title: str, reference: str) -> str:
    return render_template(
        "errors/error.html",
        status=status,
        title=title or _TITLES.get(status, _("Not possible")),
        sentence=sentence,
        links=links,
        reference=reference,
        kept=kept_fields() if request.method == "POST" else [],
    )


def _bare(sentence: str, reference: str) -> str:
    return (
        '<!doctype html><html lang="en"><title>Something broke</title><h1>Something broke</h1>'
        f"<p>{escape(sentence)}</p><p>{escape(reference)}</p>"
    )


def _on_desk_error(error: DeskError) -> ResponseReturnValue:
    response = error_page(error.http_status, error.message, links=error.links)
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _on_http_error(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error.get_response()  # type: ignore[return-value]
    if error.code == 404 and request.path.startswith("/static/"):
        return make_response("", 404)
    response = error_page(error.code)
    if error.code == 405 and error.get_response().headers.get("Allow"):
        response.headers["Allow"] = error.get_response().headers["Allow"]
    return response


def _on_sign_in_needed(_error: SignInNeeded) -> ResponseReturnValue:
    return lead_to_sign_in()


def _on_stale(_error: StaleDataError) -> ResponseReturnValue:
    db.session.rollback()
    return error_page(409, _("Somebody else changed this at the same moment. Look at it again and repeat your change."))


def _on_busy(error: Exception) -> ResponseReturnValue:
    db.session.rollback()
    text = str(getattr(error, "orig", error))
    is_busy = isinstance(error, PoolTimeout) or "locked" in text or "busy" in text
    if isinstance(error, DBAPIError) and not is_busy and not error.connection_invalidated:
        return _on_crash(error)
    log.warning("busy %s %s: %s", g.get("request_id"), request.path, text.splitlines()[0][:200] if text else "")
    response = error_page(503)
    response.headers["Retry-After"] = "2"
    return response


def _on_crash(error: Exception) -> ResponseReturnValue:
    db.session.rollback()
    log.error("error %s %s %s", g.get("request_id"), request.method, request.path, exc_info=error)
    return error_page(500)


def keep_typed_text_for_sign_in() -> ResponseReturnValue | None:
    """A form sent after sign-out: keep what was typed, and lead to the page that shows it again after sign-in."""
    from flask import url_for

    if request.method != "POST" or current_actor().kind != "nobody":
        return None
    if not request.path.startswith(("/agent", "/admin")):
        return None
    fields = kept_fields()
    if not any(len(value) > 20 for _name, value in fields):
        return None
    target = url_for("auth.sign_in_page", next=keep_form(request.path, fields, now=utc_now()))
    if request.headers.get("HX-Request") == "true":
        return Response("", 401, {"HX-Redirect": target})
    return Response("", 303, {"Location": target})


def init_errors(app: Flask) -> None:
    """Attach the handlers to the application."""
    app.before_request(keep_typed_text_for_sign_in)
    app.register_error_handler(DeskError, _on_desk_error)
    app.register_error_handler(HTTPException, _on_http_error)
    app.register_error_handler(SignInNeeded, _on_sign_in_needed)
    app.register_error_handler(StaleDataError, _on_stale)
    app.register_error_handler(DBAPIError, _on_busy)
    app.register_error_handler(PoolTimeout, _on_busy)
    app.register_error_handler(Exception, _on_crash)

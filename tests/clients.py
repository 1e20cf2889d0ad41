"""A test client that works like a browser: own request context, cookies, and every answer checked."""

from __future__ import annotations

import contextvars
import re
from typing import Any

from flask import Flask, has_app_context
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.core.database import db
from tests.checks import check_answer


def fresh_reads() -> None:
    """Let what the test reads next, also of rows it holds, be what others committed meanwhile."""
    db.session.rollback()
    db.session.expire_all()


class CheckedClient(FlaskClient):
    """Checks each answer (tests/checks.py) unless `checked` is off, and keeps the CSRF token of the last page seen."""

    checked = True
    token: str | None = None

    @classmethod
    def of(cls, app: Flask) -> CheckedClient:
        """A new client without cookies."""
        return cls(app, app.response_class, use_cookies=True)

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """As Flask's, in a context of its own, so that a test's own application context is not shared."""
        response = contextvars.Context().run(super().open, *args, **kwargs)
        if has_app_context():
            fresh_reads()
        if self.checked:
            check_answer(response)
        return response

    def csrf(self, page: str = "/tickets/new") -> str:
        """A valid CSRF token of this client's session, read from a page that has a form."""
        if self.token is None:
            match = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.get(page).get_data(as_text=True))
            assert match, f"no form with a CSRF field on {page}"
            self.token = match.group(1)
        return self.token

    def send(
        self, address: str, data: dict[str, Any] | None = None, *, htmx: bool = False, **kwargs: Any
    ) -> TestResponse:
        """POST a form with its CSRF token, as a page (default) or as htmx does."""
        headers = dict(kwargs.pop("headers", {}))
        if htmx:
            headers["HX-Request"] = "true"
        return self.post(address, data={"csrf_token": self.csrf(), **(data or {})}, headers=headers, **kwargs)

    def fragment(self, address: str, **kwargs: Any) -> TestResponse:
        """GET as htmx does."""
        return self.get(address, headers={"HX-Request": "true"}, **kwargs)

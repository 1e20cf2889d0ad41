"""Headers of every answer, allowed hosts, trusted proxies (quality.md Security, reliability.md H1, cases C48, C52)."""

from __future__ import annotations

import gzip
import io
import ipaddress
import secrets
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, g, request
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.middleware.proxy_fix import ProxyFix

CSP = (
    "default-src 'self'; img-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_LOOPBACK = {"localhost", "127.0.0.1", "[::1]", "::1"}


class TrustedProxies:
    """WSGI: forwarded headers count only from the configured proxies; from others they are taken out."""

    def __init__(self, app: Callable[..., Any], networks: Iterable[str]):
        self.networks = [ipaddress.ip_network(network, strict=False) for network in networks]
        self.plain = app
        self.fixed = ProxyFix(app, x_for=1, x_proto=1, x_host=1)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        if self._is_trusted(environ.get("REMOTE_ADDR", "")):
            if environ.get("HTTP_X_FORWARDED_PROTO", "").split(",")[-1].strip().lower() not in ("http", "https"):
                environ.pop("HTTP_X_FORWARDED_PROTO", None)
            return self.fixed(environ, start_response)
        for name in ("FOR", "PROTO", "HOST", "PORT", "PREFIX"):
            environ.pop(f"HTTP_X_FORWARDED_{name}", None)
        return self.plain(environ, start_response)

    def _is_trusted(self, address: str) -> bool:
        try:
            ip = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(ip in network for network in self.networks)


def _host_name(host: str) -> str:
    return host.rsplit(":", 1)[0].lower() if not host.endswith("]") else host.lower()


def check_host() -> None:
    """400 for a Host that is neither the desk's own, nor an allowed one, nor loopback; 404 for a NUL in the address."""
    host = request.headers.get("Host", "")
    if host and ("@" in host or "," in host or _host_name(host) not in _allowed_hosts()):
        raise BadRequest("This host name is not served here.")
    if "\0" in request.path:  # no address of ours has one, and PostgreSQL refuses to look for it
        raise NotFound


def _allowed_hosts() -> set[str]:
    from flask import current_app

    return current_app.extensions["portal_hosts"]


def name_request() -> None:
    """Give the request a reference number that error pages and log lines share."""
    g.request_id = secrets.token_hex(6)


def add_headers(response: Response) -> Response:
    """Security headers on everything; personal pages are never stored by anybody."""
    headers = response.headers
    for name, value in SECURITY_HEADERS.items():
        headers.setdefault(name, value)
    if "Cache-Control" not in headers:
        headers["Cache-Control"] = "no-store"
    if "immutable" not in headers["Cache-Control"]:
        headers["Vary"] = "Cookie, HX-Request"
    if request.is_secure:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    headers["X-Request-ID"] = g.get("request_id", "")
    return _packed(response)


def _packed(response: Response) -> Response:
    """Compress a page for browsers that take it: 55 KB of queue become 6.

    The random file name in the gzip header makes the length say nothing about the content (the BREACH attack).
    """
    is_page = response.mimetype == "text/html" and not response.is_streamed and not response.direct_passthrough
    if not is_page or "Content-Encoding" in response.headers or request.accept_encodings["gzip"] <= 0:
        return response
    body = response.get_data()
    if len(body) < 1_000:
        return response
    buffer = io.BytesIO()
    padding = "".join(secrets.choice("abcdefghijklmnop") for _n in range(secrets.randbelow(100)))
    with gzip.GzipFile(padding, "wb", compresslevel=1, fileobj=buffer, mtime=0) as file:
        file.write(body)
    response.set_data(buffer.getvalue())
    response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Cookie, HX-Request, Accept-Encoding"
    return response


def init_headers(app: Flask) -> None:
    """Attach host check, reference number and headers to the application."""
    hosts = set(_LOOPBACK) | {_host_name(host) for host in app.config["PORTAL_ALLOWED_HOSTS"]}
    own = urlsplit(app.config["PORTAL_URL"] or "").netloc
    if own:
        hosts.add(_host_name(own))
    app.extensions["portal_hosts"] = hosts
    app.before_request(name_request)
    app.before_request(check_host)
    app.after_request(add_headers)
    app.wsgi_app = TrustedProxies(app.wsgi_app, app.config["PORTAL_TRUSTED_PROXIES"])  # type: ignore[method-assign]

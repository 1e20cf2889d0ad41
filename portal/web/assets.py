"""Style sheets, scripts and icons: joined once at start, compressed, served under a hash of their content."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from flask import Flask, Response, abort, redirect, request

from portal.core.words import gettext

LAYERS = ("reset", "tokens", "base", "layout", "ui", "screens", "utilities")
_SENTENCE = re.compile(r'\b_\("([^"\\\n]+)"\)')
YEAR = "public, max-age=31536000, immutable"
HTMX_PACKAGES = (("django_htmx", "static/django_htmx/htmx.min.js"), ("js_lib_htmx", "static/htmx/htmx.min.js"))


@dataclass(frozen=True)
class Asset:
    """One file as it is sent: its address, content type, bytes and the same bytes compressed."""

    url: str
    content_type: str
    body: bytes
    packed: bytes


def init_assets(app: Flask, static_folder: Path) -> None:
    """Serve the files of `static_folder` below `/static/` and give templates `asset("app.css")`.

    Takes the application and the folder with css/, js/ and icons/. Raises FileNotFoundError when it is not there.
    """
    assets = _build(static_folder)
    by_url = {asset.url: asset for asset in assets.values()}

    def asset_url(name: str) -> str:
        """The hashed address of a joined file; "" for htmx when no package has it."""
        return assets[name].url if name in assets else ""

    def static_file(name: str) -> Response:
        found = by_url.get(f"/static/{name}")
        if found is None:
            abort(404)
        return _answer(found)

    def favicon() -> Response:
        return redirect(assets["favicon.svg"].url)  # type: ignore[return-value]  # only hashed addresses are public

    app.jinja_env.globals["asset"] = asset_url
    app.add_url_rule("/static/<path:name>", "static_file", static_file)
    app.add_url_rule("/favicon.ico", "favicon", favicon)


def join_css(folder: Path) -> str:
    """All style sheets in layer order. A file's layer is its name (tokens.css) or its folder (ui/badge.css)."""
    parts = [f"@layer {', '.join(LAYERS)};"]
    for layer in LAYERS:
        single = folder / f"{layer}.css"
        files = [single] if single.is_file() else sorted((folder / layer).glob("*.css"))
        parts += [f"@layer {layer} {{\n{file.read_text('utf-8')}}}" for file in files]
    parts.append((folder / "print.css").read_text("utf-8"))
    return "\n".join(parts)


def join_js(folder: Path) -> str:
    """All scripts in the order of their names, each in a function of its own, so that none sees another's names.

    Their sentences stand in `_("…")`, as everywhere; what the catalogue has for them goes before the scripts.
    """
    scripts = [file.read_text("utf-8") for file in sorted(folder.glob("*.js"))]
    sentences = sorted({match for script in scripts for match in _SENTENCE.findall(script)})
    words = {text: gettext(text) for text in sentences if gettext(text) != text}
    head = f"const words = {json.dumps(words)};\nconst _ = (text) => words[text] || text;\n"
    return "(() => {\n" + head + "\n".join(f"(() => {{\n{script}}})();" for script in scripts) + "\n})();"


def find_htmx() -> bytes | None:
    """The htmx script out of an installed package; None without one (pages are then plain forms)."""
    for package, path in HTMX_PACKAGES:
        try:
            file = resources.files(package).joinpath(path)
        except ModuleNotFoundError:
            continue
        if file.is_file():
            return file.read_bytes()
    return None


def _build(folder: Path) -> dict[str, Asset]:
    if not folder.is_dir():
        raise FileNotFoundError(f"The folder of static files is missing: {folder}")
    assets = {
        "app.css": _asset("app.css", "text/css; charset=utf-8", join_css(folder / "css").encode()),
        "app.js": _asset("app.js", "text/javascript; charset=utf-8", join_js(folder / "js").encode()),
    }
    for icon in sorted((folder / "icons").glob("*.svg")):
        assets[icon.name] = _asset(icon.name, "image/svg+xml", icon.read_bytes())
    htmx = find_htmx()
    if htmx is not None:
        assets["htmx.js"] = _asset("htmx.js", "text/javascript; charset=utf-8", htmx)
    return assets


def _asset(name: str, content_type: str, body: bytes) -> Asset:
    stem, _, suffix = name.rpartition(".")
    content_hash = hashlib.sha256(body).hexdigest()[:12]
    # mtime=0: the same content gives the same bytes on every machine and start.
    return Asset(f"/static/{stem}.{content_hash}.{suffix}", content_type, body, gzip.compress(body, 9, mtime=0))


def _answer(asset: Asset) -> Response:
    takes_gzip = request.accept_encodings["gzip"] > 0
    response = Response(asset.packed if takes_gzip else asset.body, content_type=asset.content_type)
    if takes_gzip:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Cache-Control"] = YEAR
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response

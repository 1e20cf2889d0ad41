"""A real browser against a real server: Chromium, driven by Playwright, and waitress on the test's own database."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from flask import Flask

from portal.core.clock import utc_now
from portal.people.models import Person
from tests import building, world

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
)
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-default-apps", "--disable-extensions",
]  # fmt: skip
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "journeys" in item.path.parts and "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[object]:
    """One running Chromium per worker; skips, with the reason, where there is none."""
    sync = pytest.importorskip("playwright.sync_api", reason="the package playwright is not installed")
    if not CHROMIUM:
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    with sync.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def served(sqlite_desk: building.Desk) -> Iterator[str]:
    """The address of the desk's own server for this worker's SQLite app; its database is the test's."""
    from portal.cli.server import Server
    from portal.cli.sockets import open_sockets

    sockets = open_sockets("127.0.0.1", 0)
    server = Server(sqlite_desk.app, sockets, threads=6)
    thread = threading.Thread(target=server.run, args=(2.0,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
    server.stop()
    thread.join(5)


@dataclass
class Visit:
    """What a page did besides what it shows: faults in the console, requests, foreign hosts."""

    faults: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


@dataclass
class Browser:
    """Opens windows on the desk and watches them: no fault in the console, no request to another host."""

    chromium: object
    address: str
    app: Flask
    visits: list[Visit] = field(default_factory=list)
    open: list[object] = field(default_factory=list)

    def window(
        self, person: object = None, *, javascript: bool = True, size: dict | None = None, dark: bool = False, **more
    ):
        """A page in a window of its own, signed in as this person (Person or Agent) when one is given."""
        context = self.chromium.new_context(
            base_url=self.address, java_script_enabled=javascript, viewport=size or DESK, reduced_motion="reduce",
            color_scheme="dark" if dark else "light", locale="en-GB", timezone_id="Europe/Berlin", **more,
        )  # fmt: skip
        context.set_default_timeout(5_000)
        self.open.append(context)
        visit = Visit()
        self.visits.append(visit)
        context.on("request", lambda request: visit.requests.append(request.url))
        context.on("weberror", lambda error: visit.faults.append(f"error: {error.error}"))
        page = context.new_page()
        page.visit = visit
        self._watch(page, visit)
        if person is not None:
            context.add_cookies([self.session_of(person)])
        return page

    def _watch(self, page, visit: Visit) -> None:
        def on_console(message) -> None:
            if message.type in ("error", "warning") and "the server responded with a status of 4" not in message.text:
                visit.faults.append(f"console: {message.text}")

        page.on("console", on_console)

    def session_of(self, person: object) -> dict:
        """The cookie a browser has once this person signed in; quicker than the form, which its own journey tries."""
        client = world.signed_in(self.app, person)
        cookie = client.get_cookie(self.app.config["SESSION_COOKIE_NAME"])
        assert cookie is not None
        return {"name": cookie.key, "value": cookie.value, "url": self.address}

    def close(self) -> None:
        """Close every window."""
        for context in self.open:
            context.close()

    def check(self) -> None:
        """Fail when a page complained or asked another host for anything."""
        faults = [fault for visit in self.visits for fault in visit.faults]
        allowed = (self.address, "data:", "blob:")
        faults += [f"another host: {url}" for v in self.visits for url in v.requests if not url.startswith(allowed)]
        assert not faults, "\n".join(faults)


@pytest.fixture
def browser(chromium, served: str, sqlite_app: Flask) -> Iterator[Browser]:
    """A browser for the test's own desk; what its pages complained about fails the test."""
    opened = Browser(chromium, served, sqlite_app)
    yield opened
    opened.close()
    opened.check()


@pytest.fixture
def look() -> Callable[..., list[str]]:
    """Runs axe on a page, all rules or these, and gives what it finds, sideways scrolling included."""
    pytest.importorskip("axe_playwright_python", reason="the package axe-playwright-python is not installed")
    from axe_playwright_python.sync_playwright import Axe

    axe = Axe()

    def check(page, rules: list[str] | None = None) -> list[str]:
        options = {"runOnly": {"type": "rule", "values": rules}} if rules else None
        found = axe.run(page, options=options).response["violations"]
        return [
            f"{page.url} {v['id']}: {v['help']}\n  " + "\n  ".join(node["html"][:200] for node in v["nodes"][:4])
            for v in found
        ] + sideways_scroll(page)

    return check


def sideways_scroll(page) -> list[str]:
    """Says so, naming what sticks out, when a page is wider than its window."""
    wide = page.evaluate(
        """async () => {
            await new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))
            const root = document.documentElement
            if (root.scrollWidth <= root.clientWidth) return []
            return ['', ...[...document.body.querySelectorAll('*')]
                .filter(e => e.getBoundingClientRect().right > root.clientWidth + 1 && !e.closest('.vh'))
                .slice(0, 5).map(e => e.tagName + '.' + e.className + '#' + e.id)]
        }"""
    )
    return [f"{page.url} scrolls sideways at {page.viewport_size['width']} px: {wide[1:]}"] if wide else []


def secure_link(person: Person, ticket) -> str:
    """The path of a new secure link to a ticket."""
    from portal.people.links import make_ticket_link

    return f"/t/{make_ticket_link(ticket.id, person.id, now=utc_now(), is_mailed=True)}"

"""Makes the pictures in docs/screens: queue, ticket and customer's ticket in light, dark and on a phone.

    python docs/make_screens.py

Starts `portal serve --demo` with a home of its own in a temporary folder, and drives Chromium.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parent.parent
FOLDER = Path(__file__).parent / "screens"
PASSWORD = "orchid lantern on the moon"
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
WAYS = {"light": ("light", DESK), "dark": ("dark", DESK), "phone": ("light", PHONE)}


def main() -> None:
    """Serve the running example and take the pictures."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as home, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        environment = {**os.environ, "PORTAL_HOME": home, "PORTAL_DEMO_PASSWORD": PASSWORD}
        command = [sys.executable, "-m", "portal.cli", "serve", "--demo", "--port", str(port)]
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(f"{address}/healthz")
            with sync_playwright() as playwright:
                program = shutil.which("chromium") or shutil.which("google-chrome")
                browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
                take_all(browser, address)
                browser.close()
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(15)


def _wait_for(address: str) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(address, timeout=1)
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(address)


def take_all(browser: Browser, address: str) -> None:
    """Every picture, as the agent Ana and as the customer Priya."""
    for way, (colours, size) in WAYS.items():
        for name, pages_of in (("ana", agent_pages), ("priya", customer_pages)):
            context = browser.new_context(
                base_url=address, viewport=size, color_scheme=colours, locale="en-GB", timezone_id="UTC",
                device_scale_factor=2 if way == "phone" else 1,
            )  # fmt: skip
            page = context.new_page()
            sign_in(page, name)
            for picture, path in pages_of(page).items():
                page.goto(path)
                page.wait_for_load_state("networkidle")
                page.screenshot(path=FOLDER / f"{picture}-{way}.png")
            context.close()


def sign_in(page: Page, name: str) -> None:
    """Sign in through the form."""
    page.goto("/sign-in")
    page.locator("[name=email]").fill(f"{name}@demo.example")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main button[data-look=primary]").click()
    page.wait_for_url(re.compile(r"/(agent|tickets)"))


def agent_pages(page: Page) -> dict[str, str]:
    """The queue, and the ticket of the outage with most in it."""
    page.goto("/agent/queues/open")
    ticket = page.locator("a.subject").first.get_attribute("href") or ""
    return {"agent-queue": "/agent/queues/open", "agent-ticket": ticket}


def customer_pages(page: Page) -> dict[str, str]:
    """The customer's ticket."""
    page.goto("/tickets")
    ticket = page.locator("main a[href^='/tickets/']").first.get_attribute("href") or ""
    return {"customer-ticket": ticket}


if __name__ == "__main__":
    main()

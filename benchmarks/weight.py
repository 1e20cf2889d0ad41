"""How heavy the desk is: bytes and requests of a first page, seconds to start, memory, an idle poll, size on disk.

    python benchmarks/weight.py [--tickets 20000] [--folder DIR] [--install]

Goals: 60 KB and 6 requests, 3 s, 150 MB, 1 ms, 110 MB. `--install` makes a fresh virtual environment for the last one.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from html.parser import HTMLParser
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from running import AGENT, CUSTOMER, ROOT, Browser, free_port, make_desk, portal_environment, portal_serving, serving


class Links(HTMLParser):
    """Collects what a browser fetches besides the page itself."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """One element."""
        told = dict(attrs)
        if tag in ("script", "img") and told.get("src"):
            self.addresses.append(told["src"] or "")
        if tag == "link" and any(
            word in (told.get("rel") or "") for word in ("stylesheet", "icon", "preload", "manifest")
        ):
            self.addresses.append(told.get("href") or "")
        if tag == "use" and (told.get("href") or "").startswith("/"):
            self.addresses.append((told.get("href") or "").partition("#")[0])
        if "load" in (told.get("hx-trigger") or "") and told.get("hx-get"):
            self.addresses.append(told["hx-get"] or "")


def first_load(browser: Browser, path: str) -> tuple[int, int, int]:
    """Bytes over the wire (heads and bodies) and requests of a first load, and the bytes of the page alone."""
    encoding = {"Accept-Encoding": "gzip, br"}
    page = browser.request("GET", path, headers=encoding)
    links = Links()
    plain = browser.get(path)
    links.feed(plain.text)
    answers = [page]
    for address in dict.fromkeys(links.addresses):
        answers.append(browser.request("GET", address, headers={**encoding, "HX-Request": "true"}))
    wire = sum(len(a.body) + sum(len(n) + len(v) + 4 for n, v in a.headers.items()) + 17 for a in answers)
    return wire, len(answers), len(page.body)


def resident(pid: int) -> float:
    """Resident memory in MB (Linux)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def start_seconds(home: Path) -> float:
    """From the command to the first answer, on an existing database."""
    port = free_port()
    begin = time.perf_counter()
    command = [sys.executable, "-m", "portal.cli", "serve", "--port", str(port)]
    with serving(command, port, portal_environment(home)):
        return time.perf_counter() - begin


def install_size() -> tuple[float, float]:
    """MB and seconds of `pip install -e .` in a fresh environment, pip itself not counted."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        before = _megabytes(folder)
        begin = time.perf_counter()
        subprocess.run([f"{folder}/bin/python", "-m", "pip", "install", "-q", "-e", str(ROOT)], check=True)
        return _megabytes(folder) - before, time.perf_counter() - begin


def _megabytes(folder: str) -> float:
    return sum(p.stat().st_size for p in Path(folder).rglob("*") if p.is_file() and not p.is_symlink()) / 1e6


def main() -> None:
    """Read the options, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tickets", type=int, default=20_000)
    parser.add_argument("--folder", type=Path, default=Path("/tmp/throughline-bench"))
    parser.add_argument("--install", action="store_true")
    options = parser.parse_args()
    home = options.folder / f"sqlite-{options.tickets}"
    make_desk(home, options.tickets)
    starts = [start_seconds(home) for _ in range(5)]
    print(f"ready after {statistics.median(starts):.2f} s (goal 3), five starts {min(starts):.2f} to {max(starts):.2f}")
    with portal_serving(home) as (port, process):
        print(f"resident memory after start {resident(process.pid):.0f} MB")
        agent, customer = Browser(port).sign_in(AGENT), Browser(port).sign_in(CUSTOMER)
        for name, browser, path in (
            ("home", Browser(port), "/"), ("new ticket", Browser(port), "/tickets/new"),
            ("my tickets", customer, "/tickets"), ("agent queue", agent, "/agent/queues/open"),
            ("search", agent, "/agent/search?q=banking"),
        ):  # fmt: skip
            wire, requests, size = first_load(browser, path)
            print(
                f"{name:12} {wire / 1000:6.1f} KB in {requests} requests (goal 60, 6), page {size / 1000:.1f} KB packed"
            )
        for _ in range(100):
            agent.get("/agent/queues/open")
        polls = [agent.get("/agent/queues/counts", HX_Request="true").milliseconds for _ in range(200)]
        health = [agent.get("/healthz").milliseconds for _ in range(200)]
        print(f"poll of the counts {statistics.median(polls):.2f} ms, {statistics.median(health):.2f} ms of it HTTP")
        print(f"resident memory after {300} pages {resident(process.pid):.0f} MB (goal 150)")
    if options.install:
        size, seconds = install_size()
        print(f"pip install -e . takes {size:.0f} MB (goal 110) and {seconds:.0f} s")


if __name__ == "__main__":
    main()

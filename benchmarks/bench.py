"""How many times a bare page the desk's pages cost. Prints p50, p95 and requests per second, ours beside the bare ones.

    python benchmarks/bench.py [--store sqlite|postgresql] [--tickets 20000] [--requests 300] [--folder DIR]

Server and client are separate processes; requests go over a kept connection and alternate, bare, ours, bare, ours …, so
that noise of the machine falls on both. The bare page has as many bytes as the page it stands beside.
"""

from __future__ import annotations

import argparse
import re
import secrets
import statistics
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from running import (
    AGENT,
    CUSTOMER,
    Answer,
    Browser,
    free_port,
    make_database,
    make_desk,
    percentile,
    portal_environment,
    portal_serving,
    postgres,
    serving,
)  # fmt: skip

WARM_UP = 40


@dataclass
class Row:
    """One line of the table: milliseconds of the bare and of our requests."""

    name: str
    goal: float | None
    bare: list[float]
    ours: list[float]
    size: int

    @property
    def factor(self) -> float:
        """Our median over the bare one."""
        return statistics.median(self.ours) / statistics.median(self.bare)


def must(answer: Answer, *good: int) -> Answer:
    """The answer, if its status is one of the good ones."""
    if answer.status not in good:
        raise RuntimeError(f"{answer.status}: {answer.text[:300]}")
    return answer


def in_turn(
    name: str, goal: float | None, bare: Callable[[int], Answer], ours: Callable[[int], Answer], times: int
) -> Row:
    """Time both in turn; what comes before the warm-up's end does not count."""
    bare_ms, our_ms, size = [], [], 0
    for number in range(WARM_UP + times):
        first, second = (bare, ours) if number % 2 else (ours, bare)
        took = {first: first(number), second: second(number)}
        size = len(took[ours].body)
        if number >= WARM_UP:
            bare_ms.append(took[bare].milliseconds)
            our_ms.append(took[ours].milliseconds)
    return Row(name, goal, bare_ms, our_ms, size)


def rate(port: int, path: str, cookies: dict[str, str], seconds: float, connections: int = 8) -> float:
    """Requests per second over that many connections at once."""
    done = [0] * connections
    stop = time.perf_counter() + seconds

    def work(index: int) -> None:
        browser = Browser(port, dict(cookies))
        while time.perf_counter() < stop:
            must(browser.get(path), 200)
            done[index] += 1

    threads = [threading.Thread(target=work, args=(i,)) for i in range(connections)]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / (time.perf_counter() - begin)


class Bench:
    """The two servers, the people signed in, and the measurements."""

    def __init__(self, port: int, bare_port: int, times: int):
        self.port, self.bare_port, self.times = port, bare_port, times
        self.bare = Browser(bare_port)
        self.agent = Browser(port).sign_in(AGENT)
        self.customer = Browser(port).sign_in(CUSTOMER)
        self.rows: list[Row] = []
        self.number = self.open_ticket(0)
        for _ in range(12):
            self.open_ticket(0)
        must(self.reply(0), 200, 303)

    def open_ticket(self, _number: int) -> str | Answer:
        """A ticket of the customer; gives its number on the first call, the answer later."""
        if not self.customer.token or _number == 0:
            self.customer.get("/tickets/new")
        answer = must(
            self.customer.post("/tickets/new", {
                "subject": "Online banking is down", "message": "Error 503 since the update.", "name": "Bench Customer",
                "email": CUSTOMER, "phone": "", "topic": self.topic(), "once": secrets.token_hex(12),
            }), 200, 303,
        )  # fmt: skip
        if _number:
            return answer
        page = must(self.customer.get("/tickets"), 200).text
        return re.findall(r'href="/tickets/(\d{6,})', page)[0]

    def topic(self) -> str:
        """The first topic the form offers."""
        if not hasattr(self, "_topic"):
            page = self.customer.get("/tickets/new").text
            match = re.search(r'name="topic"[^>]*value="(\d+)"|<option value="(\d+)"', page)
            self._topic = (match.group(1) or match.group(2)) if match else ""
        return self._topic

    def reply(self, _number: int) -> Answer:
        """A public reply of the agent."""
        return self.agent.post(
            f"/agent/tickets/{self.number}/replies", {"body": "We are on it.", "once": secrets.token_hex(12)}, htmx=True
        )

    def change(self, number: int) -> Answer:
        """An inline change of status, as htmx sends it."""
        status = "in-progress" if number % 2 else "open"
        return must(self.agent.post(f"/agent/tickets/{self.number}/status", {"status": status}, htmx=True), 200)

    def plain_change(self, number: int) -> Answer:
        """The same change as a plain form: 303 to the page."""
        status = "in-progress" if number % 2 else "open"
        return must(self.agent.post(f"/agent/tickets/{self.number}/status", {"status": status}), 303)

    def queue_change(self, number: int) -> Answer:
        """The same change in a queue's row, as htmx sends it."""
        status = "in-progress" if number % 2 else "open"
        return must(
            self.agent.post(f"/agent/tickets/{self.number}/status", {"status": status, "from": "queue"}, htmx=True), 200
        )

    def bare_change(self, number: int) -> Answer:
        """The bare update with event, outbox row and commit."""
        status = "in-progress" if number % 2 else "open"
        return must(self.bare.post("/change", {"id": str(number % 1000 + 1), "status": status}), 200)

    def page(self, name: str, goal: float, browser: Browser, path: str) -> None:
        """One page against the bare page of the same size, one at a time and at 8 connections."""
        size = len(must(browser.get(path), 200).body)
        bare_path = f"/page?size={size}"
        row = in_turn(
            name,
            goal,
            lambda _: must(self.bare.get(bare_path), 200),
            lambda _: must(browser.get(path), 200),
            self.times,
        )
        rounds = [(rate(self.bare_port, bare_path, {}, 2), rate(self.port, path, browser.cookies, 2)) for _ in range(3)]
        bare_rate = statistics.median(bare for bare, _ in rounds)
        our_rate = statistics.median(ours for _, ours in rounds)
        self.show(row, f"{bare_rate:6.0f} {our_rate:6.0f}  {our_rate / bare_rate:4.2f} (goal 0.55)")

    def write(self, name: str, goal: float | None, ours: Callable[[int], Answer]) -> None:
        """One change against the bare change."""
        self.show(in_turn(name, goal, self.bare_change, ours, self.times))

    def show(self, row: Row, rates: str = "") -> None:
        """Print one line of the table."""
        goal = f"goal {row.goal}" if row.goal else ""
        print(
            f"{row.name:22} {row.size:7,} B  p50 {statistics.median(row.bare):6.2f} {statistics.median(row.ours):6.2f}"
            f"  p95 {percentile(row.bare, 0.95):6.2f} {percentile(row.ours, 0.95):6.2f}"
            f"  x{row.factor:4.2f} {goal:9} {rates}", flush=True,
        )  # fmt: skip
        self.rows.append(row)

    def run(self) -> None:
        """All figures."""
        print(
            f"{'':22} {'size':>9}  {'ms bare / ours':>17}  {'bare / ours':>17}  factor          requests/s bare, ours"
        )
        self.page("agent queue", 1.8, self.agent, "/agent/queues/open")
        self.page("agent ticket", 1.8, self.agent, f"/agent/tickets/{self.number}")
        self.page("search, 1 word", 2.0, self.agent, "/agent/search?q=banking")
        self.page("search, 2 words", 2.0, self.agent, "/agent/search?q=banking+update")
        self.page("customer list", 1.6, self.customer, "/tickets")
        self.page("customer ticket", 1.6, self.customer, f"/tickets/{self.number}")
        self.write("change, plain form", 2.0, self.plain_change)
        self.write("change in a queue", 2.0, self.queue_change)
        self.write("change on the ticket", 2.0, self.change)
        self.write("reply", None, lambda n: must(self.reply(n), 200, 303))
        self.write("open ticket", None, lambda n: must(self.open_ticket(n + 1), 200, 303))


def main() -> None:
    """Read the options, start both servers, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--tickets", type=int, default=20_000)
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--folder", type=Path, default=Path("/tmp/throughline-bench"))
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    options.folder.chmod(0o755)
    home = options.folder / f"{options.store}-{options.tickets}"
    with ExitStack() as stack:
        more: dict[str, str] = {}
        bare_url = f"sqlite:///{options.folder / 'bare.db'}"
        if options.store == "postgresql":
            pattern = stack.enter_context(postgres(options.folder / "postgres"))
            more["PORTAL_DATABASE_URL"] = make_database(pattern, f"desk_{options.tickets}")
            bare_url = make_database(pattern, "bare")
        make_desk(home, options.tickets, **more)
        port, _ = stack.enter_context(portal_serving(home, **more))
        bare_port = free_port()
        command = [sys.executable, str(Path(__file__).parent / "bare.py"), str(bare_port), bare_url]
        stack.enter_context(serving(command, bare_port, portal_environment(home)))
        print(f"{options.store}, {options.tickets:,} tickets, {options.requests} requests a figure")
        Bench(port, bare_port, options.requests).run()


if __name__ == "__main__":
    main()

"""One writer, many: 16 writers and 16 readers at once for a minute, and a check that each acknowledged change is there.

    python benchmarks/load.py [--store sqlite|postgresql] [--seconds 60] [--writers 16] [--readers 16] [--tickets 2000]

Writers open tickets, reply and change statuses; readers load queues and tickets. Goals (reliability L3): no error, no
"locked", p99 of writes below 1 s. Exit code 1 when one is missed.
"""

from __future__ import annotations

import argparse
import re
import secrets
import sys
import threading
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from running import AGENT, Browser, make_database, make_desk, percentile, portal_serving, postgres


class Load:
    """What the threads share: when to stop, what was acknowledged, how long it took."""

    def __init__(self, port: int, seconds: float):
        self.port = port
        self.cookies = Browser(port).sign_in(AGENT)
        self.until = time.monotonic() + seconds
        self.lock = threading.Lock()
        self.took: dict[str, list[float]] = {"open": [], "reply": [], "status": [], "read": []}
        self.statuses: Counter[tuple[str, int]] = Counter()
        self.marks: dict[str, str] = {}
        self.numbers = re.findall(r'href="/agent/tickets/(\d+)"', self.cookies.get("/agent/queues/all").text)

    def browser(self) -> Browser:
        """A connection of its own in the agent's session."""
        return Browser(self.port, dict(self.cookies.cookies), self.cookies.token)

    def note(self, kind: str, answer) -> bool:
        """Remember an answer; True when it was acknowledged."""
        with self.lock:
            self.took[kind].append(answer.milliseconds)
            self.statuses[kind, answer.status] += 1
        return answer.status in (200, 303)

    def write(self, index: int) -> None:
        """One writer's work: open, reply, change, again and again."""
        browser, turn = self.browser(), 0
        while time.monotonic() < self.until:
            mark = f"load{index}x{turn}x{secrets.token_hex(4)}"
            if turn % 3 == 0:
                fields = {"email": f"{mark}@customers.example", "name": "Load", "channel": "phone", "subject": mark,
                          "message": "Opened under load.", "once": mark}  # fmt: skip
                if self.note("open", browser.post("/agent/tickets/new", fields)):
                    self.marks[mark] = "open"
            number = self.numbers[(index * 7 + turn) % len(self.numbers)]
            if turn % 3 == 1:
                fields = {"body": f"{mark} we are on it.", "once": mark}
                if self.note("reply", browser.post(f"/agent/tickets/{number}/replies", fields)):
                    self.marks[mark] = "reply"
            if turn % 3 == 2:
                status = ("in-progress", "open", "waiting-on-customer")[turn % 9 // 3]
                self.note("status", browser.post(f"/agent/tickets/{number}/status", {"status": status}))
            turn += 1

    def read(self, index: int) -> None:
        """One reader's work: queue, ticket, search."""
        browser, turn = self.browser(), 0
        while time.monotonic() < self.until:
            number = self.numbers[(index * 5 + turn) % len(self.numbers)]
            path = ("/agent/queues/open", f"/agent/tickets/{number}", "/agent/search?q=banking")[turn % 3]
            self.note("read", browser.get(path))
            turn += 1


def count_marks(home: Path, more: dict[str, str], marks: dict[str, str]) -> tuple[int, int]:
    """How many acknowledged changes are missing, and how many are there more than once."""
    sys.path.insert(0, str(Path(__file__).parent.parent))
    from running import portal_environment
    from sqlalchemy import select

    from portal import create_app
    from portal.core.database import db
    from portal.settings import load_settings
    from portal.tickets.models import Entry, Ticket

    environment = {k: v for k, v in portal_environment(home, **more).items() if k.startswith("PORTAL_")}
    app = create_app(load_settings(environment))
    with app.app_context():
        seen = Counter(db.session.execute(select(Ticket.subject).where(Ticket.subject.like("load%x%"))).scalars())
        bodies = db.session.execute(select(Entry.body).where(Entry.body.like("load%x% we are on it."))).scalars()
        seen.update(body.split()[0] for body in bodies)
    return sum(1 for mark in marks if not seen[mark]), sum(1 for mark in marks if seen[mark] > 1)


def main() -> None:
    """Read the options, run the load, print and judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--writers", type=int, default=16)
    parser.add_argument("--readers", type=int, default=16)
    parser.add_argument("--tickets", type=int, default=2_000)
    parser.add_argument("--folder", type=Path, default=Path("/tmp/throughline-bench"))
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    options.folder.chmod(0o755)
    home = options.folder / f"load-{options.store}-{options.tickets}"
    with ExitStack() as stack:
        more: dict[str, str] = {}
        if options.store == "postgresql":
            pattern = stack.enter_context(postgres(options.folder / "postgres"))
            more["PORTAL_DATABASE_URL"] = make_database(pattern, f"load_{options.tickets}")
        make_desk(home, options.tickets, **more)
        with portal_serving(home, **more) as (port, _process):
            load = Load(port, options.seconds)
            threads = [threading.Thread(target=load.write, args=(i,)) for i in range(options.writers)]
            threads += [threading.Thread(target=load.read, args=(i,)) for i in range(options.readers)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        sys.exit(judge(load, *count_marks(home, more, load.marks)))


def judge(load: Load, missing: int, doubled: int) -> int:
    """Print what happened; gives the exit code."""
    for kind, took in load.took.items():
        if took:
            parts = "  ".join(f"p{int(p * 100)} {percentile(took, p):.0f} ms" for p in (0.5, 0.95, 0.99))
            print(f"{kind:7} {len(took):7,}  {parts}  most {max(took):.0f} ms")
    print("answers:", ", ".join(f"{kind} {status}: {n}" for (kind, status), n in sorted(load.statuses.items())))
    print(f"acknowledged {len(load.marks)}, missing {missing}, doubled {doubled}")
    bad = sum(n for (_kind, status), n in load.statuses.items() if status >= 400 and status != 409)
    writes = load.took["open"] + load.took["reply"] + load.took["status"]
    return int(bool(bad or missing or doubled or percentile(writes, 0.99) > 1000))


if __name__ == "__main__":
    main()

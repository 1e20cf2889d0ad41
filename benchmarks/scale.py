"""Does a page stay as quick when the desk grows? Queue, last page, ticket, search and counts at two sizes, in process.

    python benchmarks/scale.py [--store sqlite|postgresql] [--small 1000] [--large 200000] [--times 200] [--folder DIR]

Both desks live in one process and are asked in turn, so that noise falls on both. Prints medians in milliseconds, their
ratio (goal 1.2) and the statements of one request. Seeding the large desk takes some minutes the first time.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import statistics
import sys
import time
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent))
from running import AGENT, CUSTOMER, PASSWORD, make_database, make_desk, portal_environment, postgres

GOAL = 1.2
EMPTY_REQUEST = {
    "REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "SERVER_NAME": "localhost", "SERVER_PORT": "80",
    "HTTP_HOST": "localhost",
    "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1", "wsgi.url_scheme": "http", "wsgi.errors": sys.stderr,
    "wsgi.version": (1, 0), "wsgi.multithread": True, "wsgi.multiprocess": False, "wsgi.run_once": False,
}  # fmt: skip


class Asker:
    """Asks a WSGI application directly, as one signed-in person."""

    def __init__(self, app, address: str):
        self.app = app
        client = app.test_client()
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/sign-in").text)
        answer = client.post("/sign-in", data={"csrf_token": token.group(1), "email": address, "password": PASSWORD})
        if answer.status_code != 303:
            raise RuntimeError(f"sign-in of {address}: {answer.status_code}")
        cookie = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
        self.cookie = f"{cookie.key}={cookie.value}"

    def get(self, path: str, **headers: str) -> tuple[str, float]:
        """A page's text and the milliseconds it took."""
        path, _, query = path.partition("?")
        environ = {
            **EMPTY_REQUEST, "PATH_INFO": path, "QUERY_STRING": query, "HTTP_COOKIE": self.cookie,
            "wsgi.input": io.BytesIO(), **headers,
        }  # fmt: skip
        seen: list[str] = []
        begin = time.perf_counter()
        body = b"".join(self.app(environ, lambda status, _headers, _exc=None: seen.append(status)))
        took = (time.perf_counter() - begin) * 1000
        if not seen[0].startswith(("200", "204", "304")):
            raise RuntimeError(f"{path}?{query}: {seen[0]}")
        return body.decode("utf-8", "replace"), took


def last_page(asker: Asker, queue: str) -> str:
    """The address of a queue's last page; found by walking its order the other way round, else by paging."""
    path = f"/agent/queues/{queue}"
    text, _ = asker.get(path)
    for _ in range(400):
        links = re.findall(r'href="([^"]+)"[^>]*rel="next"|rel="next"[^>]*href="([^"]+)"', text)
        if not links:
            break
        link = (links[0][0] or links[0][1]).replace("&amp;", "&")
        path = link if link.startswith("/") else path.partition("?")[0] + link
        text, _ = asker.get(path)
    return path


def first_number(asker: Asker, queue: str = "open") -> str:
    """The number of the first ticket of a queue."""
    return re.findall(r'href="/agent/tickets/(\d+)"', asker.get(f"/agent/queues/{queue}")[0])[0]


def statements(app, asker: Asker, path: str, headers: dict[str, str]) -> int:
    """How many statements one request runs."""
    from tests.world import count_statements

    with app.app_context(), count_statements() as seen:
        asker.get(path, **headers)
    return seen.count


def main() -> None:
    """Read the options, make both desks, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--small", type=int, default=1_000)
    parser.add_argument("--large", type=int, default=200_000)
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--folder", type=Path, default=Path("/tmp/throughline-bench"))
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    options.folder.chmod(0o755)
    with ExitStack() as stack:
        pattern = stack.enter_context(postgres(options.folder / "postgres")) if options.store == "postgresql" else ""
        apps = [open_desk(options, pattern, size) for size in (options.small, options.large)]
        compare(options, apps)


def open_desk(options: argparse.Namespace, pattern: str, size: int):
    """The application of a desk with that many tickets."""
    from portal import create_app
    from portal.settings import load_settings

    home = options.folder / f"{options.store}-{size}"
    more = {"PORTAL_DATABASE_URL": make_database(pattern, f"desk_{size}")} if pattern else {}
    make_desk(home, size, **more)
    environment = {k: v for k, v in portal_environment(home, **more).items() if k.startswith("PORTAL_")}
    app = create_app(load_settings(environment))
    give_tickets(app)
    return app


def give_tickets(app, number: int = 30) -> None:
    """Let the customer have the same number of tickets on every desk, whatever else was run there."""
    from sqlalchemy import func, select

    from portal.core.clock import utc_now
    from portal.core.database import db
    from portal.people.models import PersonAddress
    from portal.tickets import actions
    from portal.tickets.models import Ticket
    from tests.world import SYSTEM_LIKE

    with app.app_context():
        person_id = db.session.execute(
            select(PersonAddress.person_id).where(PersonAddress.address == CUSTOMER)
        ).scalar_one()
        held = db.session.execute(select(func.count()).where(Ticket.customer_id == person_id)).scalar_one()
        for turn in range(held, number):
            new = actions.NewTicket(subject=f"Statement {turn} is empty", message="Since May.", customer_id=person_id)
            actions.open_ticket(new, by=SYSTEM_LIKE, now=utc_now())
        db.session.remove()


def compare(options: argparse.Namespace, apps: list) -> None:
    """Ask both desks the same in turn and print the medians."""
    agents = [Asker(app, AGENT) for app in apps]
    customers = [Asker(app, CUSTOMER) for app in apps]
    numbers = [first_number(asker) for asker in agents]
    htmx = {"HTTP_HX_REQUEST": "true"}
    pages = [
        ("queue All, first page", agents, ["/agent/queues/all"] * 2, {}),
        ("queue Open, first page", agents, ["/agent/queues/open"] * 2, {}),
        ("queue Resolved, first page", agents, ["/agent/queues/resolved"] * 2, {}),
        ("queue Open, last page", agents, [last_page(asker, "open") for asker in agents], {}),
        ("agent ticket", agents, [f"/agent/tickets/{number}" for number in numbers], {}),
        ("search, common word", agents, ["/agent/search?q=banking"] * 2, {}),
        ("search, two words", agents, ["/agent/search?q=banking+update"] * 2, {}),
        ("search, word nobody wrote", agents, ["/agent/search?q=zyzzyva"] * 2, {}),
        ("search, number", agents, [f"/agent/search?q={number[:5]}" for number in numbers], {}),
        ("counts of all queues", agents, ["/agent/queues/counts"] * 2, htmx),
        ("customer list", customers, ["/tickets"] * 2, {}),
    ]
    print(f"{options.store}, {options.small:,} and {options.large:,} tickets, medians of {options.times} in ms")
    for name, askers, paths, headers in pages:
        took: list[list[float]] = [[], []]
        for turn in range(options.times + 20):
            for which in (0, 1) if turn % 2 else (1, 0):
                milliseconds = askers[which].get(paths[which], **headers)[1]
                if turn >= 20:
                    took[which].append(milliseconds)
        small, large = statistics.median(took[0]), statistics.median(took[1])
        count = statements(apps[1], askers[1], paths[1], headers)
        note = "" if large <= GOAL * small else f"  over {GOAL}"
        print(f"{name:28} {small:7.2f} {large:7.2f}  x{large / small:4.2f}  {count:2} statements{note}", flush=True)


if __name__ == "__main__":
    os.environ.setdefault("PORTAL_RATE_LIMITS", "off")
    main()

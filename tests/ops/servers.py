"""The real command in a process of its own, and a small browser for it."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

COMMAND = [sys.executable, "-m", "portal.cli"]
PASSWORD = "violet tractor on monday"


def environment(home: Path, **more: str) -> dict[str, str]:
    """The environment of a command: nothing of ours from outside but the home and what is given."""
    base = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    return {**base, "PORTAL_HOME": str(home), "PYTHONUNBUFFERED": "1", **more}


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


def portal(*arguments: str, home: Path, text: str = "", code: int | None = 0, **env: str) -> Done:
    """Run a command to its end in this process; checks the exit code unless `code` is None.

    Nothing but an exit may leave it, as it would leave the process.
    """
    from click.testing import CliRunner

    from portal.cli import main

    hidden = {name: None for name in os.environ if name.startswith("PORTAL_") and not name.startswith("PORTAL_TEST_")}
    result = CliRunner().invoke(main, arguments, input=text, env={**hidden, "PORTAL_HOME": str(home), **env})
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return _checked(Done(result.exit_code, result.stdout, result.stderr), code)


def portal_process(*arguments: str, home: Path, text: str = "", code: int | None = 0, **env: str) -> Done:
    """The same in a process of its own."""
    done = subprocess.run(
        [*COMMAND, *arguments], env=environment(home, **env), input=text, capture_output=True, timeout=120,
        encoding="utf-8", check=False,
    )  # fmt: skip
    return _checked(Done(done.returncode, done.stdout, done.stderr), code)


def _checked(done: Done, code: int | None) -> Done:
    assert "Traceback" not in done.stderr + done.stdout, done.stderr
    if code is not None:
        assert done.returncode == code, done
    return done


def add_administrator(home: Path, **env: str) -> None:
    """An administrator, omar@desk.example, with PASSWORD."""
    portal(
        "user", "add", "omar@desk.example", "--name", "Omar Haddad", "--role", "administrator", "--password-stdin",
        home=home, text=PASSWORD + "\n", **env,
    )  # fmt: skip


def free_port() -> int:
    """A port nobody listens on at the moment."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@dataclass
class Server:
    """`portal serve` in its own process, with its output in files."""

    home: Path
    port: int
    env: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen | None = None

    def start(self, *arguments: str, wait: float = 20) -> float:
        """Start it and wait until it answers; gives the seconds that took."""
        self.home.mkdir(parents=True, exist_ok=True)
        started = time.monotonic()
        with open(self.home / "out.log", "ab") as out, open(self.home / "err.log", "ab") as err:
            self.process = subprocess.Popen(
                [*COMMAND, "serve", "--port", str(self.port), *arguments], env=environment(self.home, **self.env),
                stdout=out, stderr=err,
            )  # fmt: skip
        while time.monotonic() - started < wait:
            if self.process.poll() is not None:
                raise AssertionError(self.log())
            try:
                if Browser(self.port).get("/healthz").status == 200:
                    return time.monotonic() - started
            except OSError:
                time.sleep(0.02)
        self.kill()
        raise AssertionError("did not answer in time:\n" + self.log())

    def kill(self) -> None:
        """SIGKILL it."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self, wait: float = 15) -> int:
        """Ask it to end; gives its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(wait)

    def output(self) -> str:
        """What it printed."""
        return (self.home / "out.log").read_text("utf-8")

    def log(self) -> str:
        """What it wrote into its log."""
        return (self.home / "err.log").read_text("utf-8")


@contextmanager
def serving(home: Path, *arguments: str, **env: str) -> Iterator[Server]:
    """A running server that is ended at the end, whatever happens."""
    server = Server(home, free_port(), env)
    try:
        server.start(*arguments)
        yield server
    finally:
        if server.process is not None and server.process.poll() is None:
            server.kill()


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")


class Browser:
    """Keeps cookies and one connection."""

    def __init__(self, port: int, timeout: float = 20):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
        self.cookies: dict[str, str] = {}

    def request(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """One request; raises OSError or HTTPException when the server goes away."""
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self.connection.request(method, path, body, {**({"Cookie": cookie} if cookie else {}), **headers})
        response = self.connection.getresponse()
        answer = Answer(response.status, response.headers, response.read())
        for line in response.headers.get_all("Set-Cookie") or []:
            name, _equals, rest = line.partition("=")
            self.cookies[name] = rest.split(";")[0]
        return answer

    def get(self, path: str) -> Answer:
        """GET."""
        return self.request("GET", path)

    def send(self, path: str, page: str, **values: str) -> Answer:
        """POST a form whose hidden fields are read from `page`."""
        text = self.get(page).text
        hidden = {name: self._hidden(text, name) for name in ("csrf_token", "once")}
        body = urllib.parse.urlencode({**{k: v for k, v in hidden.items() if v}, **values}).encode()
        return self.request("POST", path, body, **{"Content-Type": "application/x-www-form-urlencoded"})

    @staticmethod
    def _hidden(text: str, name: str) -> str:
        match = re.search(rf'<input[^>]*name="{name}"[^>]*value="([^"]*)"', text)
        return match.group(1) if match else ""

    def sign_in(self, address: str, password: str = PASSWORD) -> None:
        """Sign in by the page."""
        answer = self.send("/sign-in", "/sign-in", email=address, password=password)
        assert answer.status == 303, (answer.status, answer.text[:500])

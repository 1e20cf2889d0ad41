"""Bad HTTP from raw sockets: a clear answer or a closed connection, and nobody else waits (reliability H4)."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from portal.cli.server import Server as Desk
from portal.cli.sockets import open_sockets
from tests.ops.servers import Browser, Server, serving

HOST = b"Host: localhost\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One running server for all of them."""
    with serving(tmp_path_factory.mktemp("http")) as running:
        yield running


def raw(server: Server, *parts: bytes, timeout: float = 10) -> bytes:
    """Send bytes and give all that comes back until the other side closes."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=timeout) as one:
        try:
            for part in parts:
                one.sendall(part)
        except OSError:
            pass  # it stopped listening; what it said is still to be read
        answer = b""
        try:
            while block := one.recv(65_536):
                answer += block
        except ConnectionResetError:
            pass
        return answer


POST, GET = b"POST / HTTP/1.1\r\n" + HOST, b"GET / HTTP/1.1\r\n"
BAD = {
    "length twice": (POST + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 400),
    "two lengths": (POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 400),
    "chunked with length": (POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "length with chunked": (POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400),
    "old chunked": (b"POST / HTTP/1.0\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "gzip": (POST + b"Transfer-Encoding: gzip\r\n\r\n", 501),
    "bad chunk": (POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
    "negative length": (POST + b"Content-Length: -1\r\n\r\n", 400),
    "thousands of digits": (POST + b"Content-Length: " + b"9" * 5_000 + b"\r\n\r\n", 400),
    "long header": (GET + HOST + b"X-Long: " + b"a" * 100_000 + b"\r\n\r\n", 431),
    "long address": (b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 431),
    "no host": (GET + b"\r\n", 400),
    "two hosts": (GET + b"Host: a\r\nHost: localhost\r\nConnection: close\r\n\r\n", 400),
    "bad address": (b"GET http://[ HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "blank in a name": (GET + HOST + b"X y: 1\r\n\r\n", 400),
    "bare newlines": (b"GET / HTTP/1.1\nHost: localhost\n\n\r\n\r\n", 400),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
    "zeros": (b"\x00" * 100 + b"\r\n\r\n", 400),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_requests_get_a_plain_answer_with_all_headers(server: Server, name: str) -> None:
    request_, status = BAD[name]
    answer = raw(server, request_)
    head = answer.split(b"\r\n\r\n")[0].lower()
    assert answer.split(b" ")[1] == str(status).encode()
    for header in (b"content-security-policy:", b"x-content-type-options: nosniff", b"connection: close"):
        assert header in head
    assert b"server:" not in head
    assert b"waitress" not in answer.lower()
    assert b"Traceback" not in answer


@pytest.mark.parametrize("expect", [b"", b"Expect: 100-continue\r\n"])
def test_a_body_of_a_gigabyte_is_refused_before_it_is_sent(server: Server, expect: bytes) -> None:
    started = time.monotonic()
    answer = raw(server, b"POST /tickets/new HTTP/1.1\r\n" + HOST + expect + b"Content-Length: 1073741824\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"too large" in answer
    assert b"100 Continue" not in answer
    assert time.monotonic() - started < 8


def test_who_sends_on_anyway_still_reads_the_answer(server: Server) -> None:
    block = b"x" * 1_000_000
    answer = raw(server, b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 100000000\r\n\r\n", *[block] * 100)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"25 MB" in answer


def test_a_chunked_body_without_end_is_refused(server: Server) -> None:
    chunk = b"100000\r\n" + b"y" * 0x100000 + b"\r\n"
    answer = raw(server, b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n", *[chunk] * 60)
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_a_body_just_over_the_forms_limit_gets_the_forms_own_page(server: Server) -> None:
    size = 50 * 1024 * 1024 + 1_000
    answer = Browser(server.port).request(
        "POST", "/tickets/new", b"x" * size, **{"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert answer.status == 413
    assert "large" in answer.text


def test_a_thousand_slow_connections_hold_nobody_up(server: Server) -> None:
    resource = pytest.importorskip("resource", reason="Windows takes 512 sockets at most")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4_096 if hard == resource.RLIM_INFINITY else min(hard, 4_096)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    slow: list[socket.socket] = []
    try:
        for number in range(1_000):
            one = socket.create_connection(("127.0.0.1", server.port))
            one.sendall(GET + b"Host: local" if number % 2 else POST + b"Content-Length: 1000\r\n\r\nx")
            slow.append(one)
        times = []
        for _turn in range(10):
            started = time.monotonic()
            assert Browser(server.port).get("/healthz").status == 200
            times.append(time.monotonic() - started)
        assert sorted(times)[5] < 1
    finally:
        for one in slow:
            one.close()


@contextmanager
def local(application: Callable[..., Any]) -> Iterator[int]:
    """A server in this process; gives its port."""
    sockets = open_sockets("127.0.0.1", 0)
    server = Desk(application, sockets, threads=1)  # type: ignore[arg-type]
    thread = threading.Thread(target=server.run, args=(5,))
    thread.start()
    try:
        yield sockets[0].getsockname()[1]
    finally:
        server.stop()
        thread.join()


def test_a_head_that_never_ends_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sending a sign now and then does not keep a connection: the head as a whole has its time."""
    monkeypatch.setattr("portal.cli.server.HEADER_SECONDS", 1)
    started = time.monotonic()
    with local(lambda _environ, _start: []) as port, socket.create_connection(("127.0.0.1", port), timeout=20) as one:
        one.settimeout(0.2)
        one.sendall(GET)
        while time.monotonic() - started < 15:
            try:
                one.sendall(b"X")
                assert one.recv(100) == b""
                break
            except TimeoutError:
                continue
            except OSError:
                break
    assert 1 < time.monotonic() - started < 10


def test_an_error_of_the_application_is_an_answer_too() -> None:
    """Also one that looks like a broken connection (a template or file that is not there is an OSError)."""

    def application(_environ, _start) -> list[bytes]:
        raise FileNotFoundError("marker-of-a-path")

    with local(application) as port:
        answer = Browser(port).get("/")
    assert (answer.status, "marker" in answer.text) == (500, False)
    assert answer.headers["Content-Security-Policy"]


def test_tokens_do_not_reach_the_log(server: Server) -> None:
    token = "marker-token-that-nobody-may-read"
    for path in (f"/t/{token}", f"/sign-in/{token}", f"/tickets/find?email={token}", f"/nowhere?x={token}"):
        Browser(server.port).get(path)
    assert token not in server.log() + server.output()


def test_it_is_still_well_afterwards(server: Server) -> None:
    assert Browser(server.port).get("/healthz").status == 200
    assert "Traceback" not in server.log()

"""Waitress, set up for a desk that faces the internet: limits, plain answers to bad HTTP, an orderly end.

Waitress reads whole requests before a thread works on them, so slow senders cost a connection, never a thread.
"""

from __future__ import annotations

import html
import select
import socket
import threading
import time
from typing import Any

from flask import Flask
from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask, ThreadedTaskDispatcher, WSGITask

from portal.core.words import _
from portal.web.headers import SECURITY_HEADERS

BODY_BYTES = 51 * 1024 * 1024
"""A little over the 50 MB a form may have, so that the form's own page answers what is only just too large."""

HEADER_BYTES = 64 * 1024
HEADER_SECONDS, IDLE_SECONDS, BODY_SECONDS = 20, 30, 900
"""How long the head of a request may take, a connection may say nothing, and a body may take in all."""

LINGER_SECONDS, LINGER_BYTES = 30, 256 * 1024 * 1024
"""After a refusal what still comes is read and thrown away for a while: else the sender never sees the answer."""

_SENTENCES = {
    400: _("This request could not be read. Go back and try again."),
    413: _("What you sent is too large. Files may have 25 MB each and 50 MB together."),
    431: _("The head of this request is too large. Delete this site's cookies and try again."),
    501: _("This way of sending is not taken here."),
}


class Parser(HTTPRequestParser):
    """Refuses what two readers could take differently (request smuggling), and never raises anything else."""

    def parse_header(self, header_plus: bytes) -> None:
        """Parse the head. Raises ParsingError, which becomes a 400."""
        try:
            super().parse_header(header_plus)
        except ValueError as error:  # a length of thousands of digits, a broken address
            raise ParsingError("Header cannot be read") from error
        if header_plus == b"GET / HTTP/1.0\r\n":  # waitress' stand-in for a head that is too large
            return
        if self.chunked and "CONTENT_LENGTH" in self.headers:
            raise ParsingError("Content-Length together with Transfer-Encoding")
        if self.version != "1.1" and "TRANSFER_ENCODING" in self.headers:
            raise ParsingError("Transfer-Encoding needs HTTP/1.1")
        if self.version == "1.1" and "HOST" not in self.headers:
            raise ParsingError("Host is missing")
        if self.content_length >= self.adj.max_request_body_size:
            self.expect_continue = False  # do not ask for what is refused anyway


class RefusalTask(ErrorTask):
    """Answers bad HTTP with a plain page of our own."""

    def execute(self) -> None:
        """Write the page and close."""
        error = self.request.error
        sentence = _SENTENCES.get(error.code, _("Something broke. Try again in a moment."))
        body = (
            f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(error.reason)}</title>'
            f"<h1>{error.code}</h1><p>{html.escape(sentence)}</p></html>"
        ).encode()
        self.status = f"{error.code} {error.reason}"
        self.response_headers = [
            ("Content-Type", "text/html; charset=utf-8"),
            ("Cache-Control", "no-store"),
            *SECURITY_HEADERS.items(),
        ]
        self.set_close_on_finish()
        self.channel.lingers = True
        self.content_length = len(body)
        self.write(body)


class RequestTask(WSGITask):
    """A request; while the server stops, its answer says that the connection ends."""

    def execute(self) -> None:
        """Let the application answer. An OSError of its own is no broken connection, for which waitress takes it."""
        try:
            super().execute()
        except OSError as error:
            raise RuntimeError(f"the application failed: {type(error).__name__}") from error

    def build_response_header(self) -> bytes:
        """The head of the answer."""
        if self.channel.server.is_stopping:
            self.set_close_on_finish()
        return super().build_response_header()


class Channel(HTTPChannel):
    """A connection that knows since when it waits for its request, and that lingers after a refusal."""

    parser_class = Parser
    task_class = RequestTask
    error_task_class = RefusalTask
    lingers = False
    lingers_since = 0.0
    thrown_away = 0

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.started = self.creation_time

    def readable(self) -> bool:
        """True when more may be read."""
        return bool(self.lingers_since) or super().readable()

    def received(self, data: bytes) -> bool:
        """Take what came in."""
        if self.lingers_since:
            self.thrown_away += len(data)
            if self.thrown_away > LINGER_BYTES:
                self.handle_close()
            return False
        if self.request is None:
            self.started = time.time()
        return super().received(data)

    def handle_close(self) -> None:
        """Close; after a refusal only our side first, so that the answer is not lost in a reset."""
        if self.lingers and not self.lingers_since and self.connected:
            self.lingers_since = time.time()
            self.will_close = False
            try:
                self.socket.shutdown(socket.SHUT_WR)
            except OSError:
                pass
            else:
                return
        super().handle_close()

    def is_over(self, now: float) -> bool:
        """True when this connection had its time: slow, silent, or lingering too long."""
        if self.lingers_since:
            return now - self.lingers_since > LINGER_SECONDS or now - self.last_activity > IDLE_SECONDS / 5
        if self.requests:
            return False
        if self.request is not None and not self.request.headers_finished:
            return now - self.started > HEADER_SECONDS
        if self.request is not None and now - self.started > BODY_SECONDS:
            return True
        return now - self.last_activity > IDLE_SECONDS

    def is_idle(self) -> bool:
        """True when nothing is asked, worked on or left to be sent."""
        return not self.requests and self.request is None and not self.total_outbufs_len


class Listener(TcpWSGIServer):
    """One listening socket."""

    channel_class = Channel
    is_stopping = False

    def readable(self) -> bool:
        """True when another connection may come; at the limit the ones that wait longest make room."""
        if self.accepting and len(self._map) >= self.adj.connection_limit:
            waiting = [c for c in self.active_channels.values() if not c.requests and not c.total_outbufs_len]
            for channel in sorted(waiting, key=lambda c: c.started)[: max(1, self.adj.connection_limit // 20)]:
                channel.handle_close()
        return super().readable()

    def maintenance(self, now: float) -> None:
        """Close the connections that had their time."""
        for channel in list(self.active_channels.values()):
            if channel.is_over(now):
                channel.will_close = True


class Server:
    """The listeners of the desk, their threads and their loop."""

    def __init__(self, app: Flask, sockets: list[socket.socket], *, threads: int):
        self._adj = Adjustments(
            sockets=sockets,
            threads=threads,
            ident=None,
            clear_untrusted_proxy_headers=False,
            connection_limit=_connection_limit(),
            cleanup_interval=2,
            max_request_header_size=HEADER_BYTES,
            max_request_body_size=BODY_BYTES,
            recv_bytes=65_536,
            log_socket_errors=False,
            server_name="localhost",
            asyncore_use_poll=hasattr(select, "poll"),
        )
        self._map: dict[int, Any] = {}
        self._dispatcher = ThreadedTaskDispatcher()
        self._dispatcher.set_thread_count(threads)
        self._poll = wasyncore.poll2 if self._adj.asyncore_use_poll else wasyncore.poll
        self._stopping = threading.Event()
        self.listeners = [
            Listener(
                app,
                self._map,
                _sock=one,
                dispatcher=self._dispatcher,
                adj=self._adj,
                bind_socket=False,
                sockinfo=(one.family, one.type, one.proto, one.getsockname()),
            )
            for one in sockets
        ]

    def run(self, stop_seconds: float) -> None:
        """Serve until `stop` is called, then finish what runs, for at most `stop_seconds`."""
        while not self._stopping.is_set():
            self._poll(1.0, self._map)
        self._finish(time.monotonic() + stop_seconds)

    def stop(self) -> None:
        """Ask the loop to end; may be called from a signal handler or another thread."""
        self._stopping.set()
        self.listeners[0].pull_trigger()

    def _finish(self, deadline: float) -> None:
        for listener in self.listeners:
            listener.is_stopping = True
            listener.accepting = False
            listener.del_channel(self._map)
            listener.socket.close()
        while time.monotonic() < deadline:
            channels = [channel for one in self.listeners for channel in list(one.active_channels.values())]
            for channel in channels:
                if channel.is_idle() or channel.lingers_since:
                    channel.will_close = True
            if not channels:
                break
            self._poll(0.05, self._map)
        self._dispatcher.shutdown(timeout=max(0.1, deadline - time.monotonic()))


def _connection_limit() -> int:
    """Connections held at once: as many as the system lets us, at most 4,000; Windows' select takes 512 sockets."""
    try:
        import resource
    except ImportError:
        return 450
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 8_192 if hard == resource.RLIM_INFINITY else min(hard, 8_192)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
        except (OSError, ValueError):  # some systems name a hard limit that they do not give
            pass
    most = 8_192 if soft == resource.RLIM_INFINITY else soft
    return max(100, min(4_000, most - 200))

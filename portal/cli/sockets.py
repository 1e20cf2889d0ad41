"""The sockets the desk listens on; opened before anything else, so that a port that is taken is said at once."""

from __future__ import annotations

import errno
import os
import socket

from portal.cli.troubles import Trouble
from portal.core.words import _


def open_sockets(host: str, port: int) -> list[socket.socket]:
    """Bind every address of a host name, not listening yet. Port 0 takes a free one. Raises Trouble."""
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise Trouble(_("There is no address %(host)s to listen on.") % {"host": host}) from error
    sockets: list[socket.socket] = []
    problem: OSError | None = None
    for family, kind, protocol, _name, target in dict.fromkeys(found):
        if family not in (socket.AF_INET, socket.AF_INET6):
            continue
        try:
            sockets.append(_bind(family, kind, protocol, (target[0], port, *target[2:])))
        except OSError as error:
            problem = error
            if error.errno == errno.EADDRINUSE:
                break
            continue
        port = sockets[0].getsockname()[1]
    if not sockets or (problem and problem.errno == errno.EADDRINUSE):
        for one in sockets:
            one.close()
        raise Trouble(_sentence(host, port, problem))
    return sockets


def _bind(family: int, kind: int, protocol: int, target: tuple) -> socket.socket:
    one = socket.socket(family, kind, protocol)
    try:
        if os.name == "nt":  # there, SO_REUSEADDR would let two desks have the same port
            one.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)  # type: ignore[attr-defined]
        else:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        one.bind(target)
    except BaseException:
        one.close()
        raise
    return one


def _sentence(host: str, port: int, problem: OSError | None) -> str:
    values = {"host": host, "port": port}
    number = problem.errno if problem else 0
    if number == errno.EADDRINUSE:
        return _("Port %(port)s on %(host)s is taken. Pick another one: portal serve --port 8001") % values
    if number in (errno.EACCES, errno.EPERM):
        return _("Port %(port)s on %(host)s may not be used by this account. Pick one above 1023.") % values
    return _("It is not possible to listen on %(host)s: %(reason)s.") % {
        **values,
        "reason": (problem.strerror or "").lower() if problem else _("no such address"),
    }


def address_of(host: str, sockets: list[socket.socket]) -> str:
    """The address to type into a browser on this machine."""
    port = sockets[0].getsockname()[1]
    if host in ("", "0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

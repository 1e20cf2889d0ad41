"""SIGKILL while tickets are opened, and SIGTERM: nothing acknowledged is lost or doubled (reliability F1, F14)."""

from __future__ import annotations

import os
import random
import sqlite3
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from portal.settings import load_settings
from tests.ops.intake import Crowd
from tests.ops.servers import Browser, Server, add_administrator, free_port, portal, serving
from tests.stores import create_database, drop_database, postgres_missing, worker_name

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="Windows has neither SIGKILL nor SIGTERM")]

ACKNOWLEDGED = 200
KILLS = 3


def _tickets(home: Path, env: dict[str, str]) -> dict[str, list[tuple[str, int, int, int, int]]]:
    """By subject: number, entries, opening events, letters to the customer, rows of words."""
    engine = create_engine(load_settings(env, home).database_url)
    statement = text(
        "SELECT t.subject, t.number,"
        " (SELECT count(*) FROM entry e WHERE e.ticket_id = t.id),"
        " (SELECT count(*) FROM event v WHERE v.ticket_id = t.id AND v.kind = 'ticket.opened'),"
        " (SELECT count(*) FROM outbox o WHERE o.ticket_id = t.id AND o.letter = 'ticket-opened'),"
        " (SELECT count(*) FROM ticket_text x WHERE x.ticket_id = t.id)"
        " FROM ticket t"
    )
    found: dict[str, list] = {}
    with engine.connect() as connection:
        for subject, *rest in connection.execute(statement):
            found.setdefault(subject, []).append(tuple(rest))
    engine.dispose()
    return found


@pytest.mark.parametrize("store", ["sqlite", "postgresql"])
def test_killing_the_server_loses_and_doubles_nothing_acknowledged(store: str, tmp_path: Path) -> None:
    env = {"PORTAL_RATE_LIMITS": "off"}
    name = f"throughline_kill_{worker_name()}"
    if store == "postgresql":
        if missing := postgres_missing():
            pytest.skip(f"PostgreSQL: {missing}")
        env["PORTAL_DATABASE_URL"] = create_database(name)
    rng = random.Random()
    server = Server(tmp_path, free_port(), env)
    server.start()
    crowd = Crowd(server.port, 4)
    crowd.start()
    restarts = []
    try:
        deadline = time.monotonic() + 150  # a busy machine starts the server slowly
        for _kill in range(KILLS):
            before = len(crowd.opened)
            while len(crowd.opened) < before + 10 and time.monotonic() < deadline:
                time.sleep(0.01)
            time.sleep(rng.uniform(0, 0.8))
            server.kill()
            restarts.append(server.start())
        while len(crowd.opened) < ACKNOWLEDGED and time.monotonic() < deadline:
            time.sleep(0.05)
        crowd.end()
    finally:
        crowd.stop.set()
        server.kill()
    assert len(crowd.opened) >= ACKNOWLEDGED
    assert crowd.odd == []
    assert max(restarts) < 10
    found = _tickets(tmp_path, env)
    for subject, number in crowd.opened.items():
        assert found[subject] == [(number, 1, 1, 1, 1)], subject
    # Also what was asked for and never acknowledged is there whole and once, or not at all.
    assert set(found) <= crowd.asked
    assert {rows[0][1:] for rows in found.values()} == {(1, 1, 1, 1)}
    assert all(len(rows) == 1 for rows in found.values())
    assert max(Counter(crowd.opened.values()).values()) == 1
    portal("doctor", home=tmp_path, **env)
    if store == "postgresql":
        drop_database(name)


def test_a_running_request_finishes_after_sigterm(tmp_path: Path) -> None:
    """The write lock is held from outside, so that the request surely runs when the signal comes."""
    with serving(tmp_path, PORTAL_RATE_LIMITS="off") as server:
        browser = Browser(server.port)
        browser.get("/tickets/new")
        blocker = sqlite3.connect(tmp_path / "portal.sqlite3", isolation_level=None)
        answers = []
        form = {"name": "Priya", "email": "p@x.example", "subject": "Down", "message": "It is down."}
        asking = threading.Thread(target=lambda: answers.append(browser.send("/tickets/new", "/tickets/new", **form)))
        blocker.execute("BEGIN IMMEDIATE")
        asking.start()
        time.sleep(1)
        idle = Browser(server.port)
        assert idle.get("/healthz").status == 200
        ender: list[int] = []
        ending = threading.Thread(target=lambda: ender.append(server.stop()))
        started = time.monotonic()
        ending.start()
        time.sleep(1)
        blocker.execute("ROLLBACK")
        blocker.close()
        ending.join()
        asking.join()
        assert time.monotonic() - started < 10
        assert ender == [0]
        assert [answer.status for answer in answers] == [303]
        assert answers[0].headers["Connection"].lower() == "close"
    assert [len(rows) for rows in _tickets(tmp_path, {}).values()] == [1]


def test_sigterm_under_load_loses_nothing_acknowledged(tmp_path: Path) -> None:
    env = {"PORTAL_RATE_LIMITS": "off"}
    with serving(tmp_path, **env) as server:
        crowd = Crowd(server.port, 8)
        crowd.start()
        while len(crowd.opened) < 20:
            time.sleep(0.01)
        started = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - started < 10
        crowd.end()
        assert "Traceback" not in server.log()
    found = _tickets(tmp_path, env)
    assert {subject: rows[0][0] for subject, rows in found.items() if subject in crowd.opened} == crowd.opened
    assert crowd.odd == []


def test_an_interrupted_worker_ends_in_order(tmp_path: Path) -> None:
    import signal
    import subprocess

    from tests.ops.servers import COMMAND, environment

    portal("migrate", home=tmp_path)
    process = subprocess.Popen(
        [*COMMAND, "worker"], env=environment(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert "Working" in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _out, err = process.communicate(timeout=15)
    assert (process.returncode, err) == (0, "")


def test_a_restart_on_an_existing_database_is_quick_and_small(tmp_path: Path) -> None:
    """Generous here, since the machine may be busy; docs/performance.md has the measured figures."""
    add_administrator(tmp_path)
    with serving(tmp_path) as server:
        assert "portal user add" not in server.output()
        assert f"http://127.0.0.1:{server.port}" in server.output()
        status = Path(f"/proc/{server.process.pid}/status")
        if status.exists():
            size = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
            assert int(size.split()[1]) < 150 * 1024


def test_without_an_administrator_the_line_to_type_is_printed_and_works(tmp_path: Path) -> None:
    import shlex

    with serving(tmp_path) as server:
        line = next(line for line in server.output().splitlines() if "portal user add" in line)
        words = shlex.split(line)
        portal(*words[1:], "--password-stdin", home=tmp_path, text="seven quiet rivers run\n")
        browser = Browser(server.port)
        browser.sign_in(words[3], "seven quiet rivers run")
        assert browser.get("/agent").status in (200, 303)

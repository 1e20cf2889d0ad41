"""Several workers on one outbox, one killed, one frozen past its lease: each row delivered (reliability F8)."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from portal import create_app
from portal.core.clock import utc_now
from portal.core.database import db
from portal.core.models import Outbox
from portal.migrations import migrate
from portal.settings import load_settings
from tests.ops.servers import environment
from tests.stores import create_database, drop_database, postgres_missing, worker_name

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGSTOP")

LEASE = 2.0


def _start(home: Path, sink: Path, env: dict[str, str]) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.ops.sink_worker", str(home), str(sink), str(LEASE)],
        env=environment(home, **env), cwd=Path(__file__).parents[2],
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("store", ["sqlite", "postgresql"])
def test_each_row_is_delivered_though_workers_die_and_freeze(store: str, tmp_path: Path) -> None:
    env: dict[str, str] = {}
    name = f"throughline_workers_{worker_name()}"
    if store == "postgresql":
        if missing := postgres_missing():
            pytest.skip(f"PostgreSQL: {missing}")
        env["PORTAL_DATABASE_URL"] = create_database(name)
    number = 2_000
    app = create_app(load_settings(env, tmp_path))
    migrate(app)
    now = utc_now()
    rows = [
        {"letter": "reply", "address": "a@x.example", "delivery_id": secrets.token_hex(16), "next_try_at": now,
         "created_at": now}
        for _i in range(number)
    ]  # fmt: skip
    with app.app_context():
        with db.engine.connect().execution_options(portal_writes=True) as connection, connection.begin():
            connection.execute(insert(Outbox), rows)
        sink = tmp_path / "sink"
        sink.touch()
        workers = [_start(tmp_path, sink, env) for _i in range(4)]
        try:
            _wait_for(sink, 200)
            workers[0].kill()
            workers[1].send_signal(signal.SIGSTOP)
            _wait_for(sink, number // 2)
            time.sleep(LEASE + 0.5)
            workers[1].send_signal(signal.SIGCONT)
            deadline = time.monotonic() + 60
            done = select(func.count()).select_from(Outbox).where(Outbox.state == "done")
            while db.session.execute(done).scalar_one() < number and time.monotonic() < deadline:
                db.session.rollback()
                time.sleep(0.1)
            db.session.rollback()
            assert db.session.execute(done).scalar_one() == number
        finally:
            for worker in workers:
                if worker.poll() is None:
                    worker.send_signal(signal.SIGCONT)
                    worker.terminate()
            codes = [worker.wait(20) for worker in workers]
        db.session.remove()
        db.engine.dispose()
    delivered = Counter(line.split()[0] for line in sink.read_text().splitlines())
    assert set(delivered) == {row["delivery_id"] for row in rows}
    # One row was in the hand of the killed worker, one in that of the frozen: only those may be there twice.
    assert sum(delivered.values()) - number <= 2
    assert codes[1:] == [0, 0, 0]
    if store == "postgresql":
        drop_database(name)


def _wait_for(sink: Path, lines: int) -> None:
    deadline = time.monotonic() + 40
    while sink.read_bytes().count(b"\n") < lines:
        assert time.monotonic() < deadline, "the workers do not come on"
        time.sleep(0.02)

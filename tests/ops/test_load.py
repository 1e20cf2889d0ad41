"""Many writers and readers on SQLite at once: nobody hears "locked" (reliability L3, in short)."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from tests.ops.intake import Crowd
from tests.ops.servers import Browser, add_administrator, serving

SECONDS = 5


@pytest.mark.slow
def test_sixteen_writers_and_readers_get_along(tmp_path: Path) -> None:
    add_administrator(tmp_path)
    with serving(tmp_path, "--threads", "16", PORTAL_RATE_LIMITS="off") as server:
        signed_in = Browser(server.port)
        signed_in.sign_in("omar@desk.example")
        stop, bad, read = threading.Event(), [], []

        def look() -> None:
            browser = Browser(server.port)
            browser.cookies = dict(signed_in.cookies)
            while not stop.is_set():
                for path in ("/agent/queues/all", "/readyz", "/tickets/new"):
                    answer = browser.get(path)
                    read.append(answer.status)
                    if answer.status != 200:
                        bad.append((path, answer.status, answer.text[:300]))

        crowd = Crowd(server.port, 16)
        readers = [threading.Thread(target=look) for _number in range(16)]
        crowd.start()
        for reader in readers:
            reader.start()
        time.sleep(SECONDS)
        stop.set()
        for reader in readers:
            reader.join(30)
        crowd.end()
        log = server.log()
    assert crowd.odd == []
    assert bad == []
    assert len(crowd.opened) > 16
    assert len(read) > 16
    assert "locked" not in log
    assert "Traceback" not in log

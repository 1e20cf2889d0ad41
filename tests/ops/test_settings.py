"""Where the machine's settings come from, and what is said of bad ones."""

from __future__ import annotations

import os
import stat
import threading
from dataclasses import fields
from pathlib import Path

import pytest

from portal.settings import Settings, SettingsError, load_settings, setting_names

DOCS = Path(__file__).parents[2] / "docs" / "settings.md"


def test_defaults_need_nothing_and_the_key_is_made_once(tmp_path: Path) -> None:
    first, again = load_settings({}, tmp_path), load_settings({}, tmp_path)
    assert first.secret_key == again.secret_key
    assert len(first.secret_key) >= 32
    assert first.database_file == tmp_path / "portal.sqlite3"
    assert (first.rate_limits, first.allowed_hosts, first.trusted_proxies) == (True, (), ())
    if os.name != "nt":
        assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "portal.toml").write_text('url = "https://a.example"\nrate_limits = "off"\n', encoding="utf-8")
    settings = load_settings({"PORTAL_URL": "https://b.example/", "PORTAL_HOME": str(tmp_path)})
    assert settings.url == "https://b.example"
    assert settings.rate_limits is False
    assert settings.given == {"url", "rate_limits"}


def test_a_file_written_by_notepad_is_read(tmp_path: Path) -> None:
    (tmp_path / "portal.toml").write_bytes(b'\xef\xbb\xbfallowed_hosts = ["a.example"]\r\nrate_limits = false\r\n')
    settings = load_settings({}, tmp_path)
    assert (settings.allowed_hosts, settings.rate_limits) == (("a.example",), False)


def test_paths_with_blanks_and_umlauts_work(tmp_path: Path) -> None:
    home = tmp_path / "für alle: 100 % gut"
    settings = load_settings({"PORTAL_DATABASE_URL": f"sqlite:///{tmp_path}/ü b.db"}, home)
    assert settings.database_file == tmp_path / "ü b.db"
    assert load_settings({}, home).database_file == home / "portal.sqlite3"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("postgresql://u:p@h/n", "postgresql+psycopg://u:p@h/n"),
        ("postgres://u@h:5433/n", "postgresql+psycopg://u@h:5433/n"),
        ("postgresql+psycopg://u:p%40@h/n", "postgresql+psycopg://u:p%40@h/n"),
    ],
)
def test_postgresql_addresses_get_our_driver(given: str, kept: str, tmp_path: Path) -> None:
    settings = load_settings({"PORTAL_DATABASE_URL": given}, tmp_path)
    assert settings.database_url.render_as_string(hide_password=False) == kept
    assert "p%40" not in settings.database_label


def test_without_the_driver_the_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.settings.importlib.util.find_spec", lambda _name: None)
    with pytest.raises(SettingsError, match=r'pip install "throughline\[postgres\]"'):
        load_settings({"PORTAL_DATABASE_URL": "postgresql://h/n"}, tmp_path)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORTAL_DATABASE_URL", "mysql://u@h/n"),
        ("PORTAL_DATABASE_URL", "rubbish"),
        ("PORTAL_DATABASE_URL", "sqlite://"),
        ("PORTAL_DATABASE_URL", "sqlite:///:memory:"),
        ("PORTAL_DATABASE_URL", "postgresql+psycopg2://u@h/n"),
        ("PORTAL_URL", "help.example.org"),
        ("PORTAL_URL", "https://help.example.org/desk"),
        ("PORTAL_URL", "https://u:p@help.example.org"),
        ("PORTAL_URL", "https://help.example.org:99999"),
        ("PORTAL_ALLOWED_HOSTS", "https://a.example"),
        ("PORTAL_ALLOWED_HOSTS", "a.example:8000"),
        ("PORTAL_TRUSTED_PROXIES", "proxy.example"),
        ("PORTAL_TRUSTED_PROXIES", "10.0.0.0/99"),
        ("PORTAL_RATE_LIMITS", "maybe"),
    ],
)
def test_a_bad_value_is_a_sentence_that_names_the_setting(name: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({name: value}, tmp_path)
    assert str(caught.value).startswith(name)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize("name", ["PORTAL_DATABASE", "PORTAL_DEBUG", "PORTAL_secret_key"])
def test_an_unknown_name_in_the_environment_stops_the_start(name: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=name):
        load_settings({name: "x"}, tmp_path)


@pytest.mark.parametrize("line", ['databse_url = "x"', 'home = "x"', "url = 3", "[url]", "url =", 'secret_key = ""'])
def test_a_bad_file_is_a_sentence(line: str, tmp_path: Path) -> None:
    (tmp_path / "portal.toml").write_text(line, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load_settings({}, tmp_path)
    assert "portal.toml" in str(caught.value)


def test_names_of_the_tests_are_let_through(tmp_path: Path) -> None:
    load_settings({"PORTAL_TEST_DATABASE_URL": "x", "PORTAL_DEMO_PASSWORD": "some words for it"}, tmp_path)


def test_a_home_that_is_a_file_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(SettingsError, match="PORTAL_HOME"):
        load_settings({}, tmp_path / "home")


def test_an_empty_key_file_is_not_taken_for_a_key(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("\n")
    with pytest.raises(SettingsError, match="empty"):
        load_settings({}, tmp_path)


def test_without_create_nothing_is_written(tmp_path: Path) -> None:
    settings = load_settings({}, tmp_path / "home", create=False)
    assert settings.secret_key == ""
    assert not (tmp_path / "home").exists()


def test_many_starts_at_once_end_with_one_key(tmp_path: Path) -> None:
    keys: list[str] = []
    threads = [threading.Thread(target=lambda: keys.append(load_settings({}, tmp_path).secret_key)) for _i in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 16
    assert len(set(keys)) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_neither_key_nor_password_shows_in_the_representation(tmp_path: Path) -> None:
    env = {"PORTAL_SECRET_KEY": "marker-of-the-key", "PORTAL_DATABASE_URL": "postgresql://u:marker-pw@h/n"}
    assert "marker" not in repr(load_settings(env, tmp_path))


def test_the_docs_list_every_setting_as_the_code_has_it() -> None:
    expected = [
        f"| `PORTAL_{f.name.upper()}` | {f.metadata['meaning']} | {f.metadata['otherwise']} |"
        for f in fields(Settings)
        if f.name in setting_names()
    ]
    rows = [line for line in DOCS.read_text("utf-8").splitlines() if line.startswith("| `PORTAL_")]
    assert rows == expected

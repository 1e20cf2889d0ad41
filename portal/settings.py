"""What belongs to the machine: read from `PORTAL_…` in the environment first, then from `portal.toml` in the home.

What belongs to administrators (site name, time zone …) is in the database: core/desk_settings.py.
"""

from __future__ import annotations

import importlib.util
import ipaddress
import os
import re
import secrets
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from portal.core.words import _

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

PREFIX = "PORTAL_"
FILE_NAME = "portal.toml"
KEY_FILE_NAME = "secret_key"
DATABASE_FILE_NAME = "portal.sqlite3"
DEFAULT_URL = "http://127.0.0.1:8000"
KEY_LENGTH = 32
"""Characters a secret key should have at least; `portal doctor` says so."""

_HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_][a-z0-9_-]{0,62})*|\[[0-9a-f:.]+\])")
_HIDDEN_IN_ENVIRONMENT = ("PORTAL_TEST_", "PORTAL_TESTS_")
"""Names of the tests' own; they are no settings."""


class SettingsError(Exception):
    """A setting is unknown or wrong, or the home cannot be used: one plain sentence saying which and what to do."""


def _about(meaning: str, otherwise: str) -> dict[str, str]:
    """What `docs/settings.md` says of a setting: its meaning and what holds without it."""
    return {"meaning": meaning, "otherwise": otherwise}


@dataclass(frozen=True)
class Settings:
    """Every setting of the machine. `docs/settings.md` shows the same list; a test compares the two."""

    home: Path = field(
        metadata=_about(
            "Folder of the database, the secret key, attached files and `portal.toml`. Environment only.", "`instance`"
        )
    )
    secret_key: str = field(
        repr=False,
        metadata=_about(
            "Signs cookies and forms. Made on the first start and kept in the home as `secret_key`.", "made"
        ),
    )
    database_url: URL = field(
        metadata=_about(
            "Where the data is: `sqlite:///path/to/file` or `postgresql://user:password@host/name`.",
            "SQLite file `portal.sqlite3` in the home",
        )
    )
    url: str = field(
        default=DEFAULT_URL,
        metadata=_about(
            "The address people use, written into links: `https://help.example.org`.",
            "what `portal serve` listens on",
        ),
    )
    allowed_hosts: tuple[str, ...] = field(
        default=(),
        metadata=_about(
            "More host names to answer for, parted by commas. The one in `PORTAL_URL` and loopback always are.", "none"
        ),
    )
    trusted_proxies: tuple[Network, ...] = field(
        default=(),
        metadata=_about(
            "Addresses or networks of reverse proxies whose `X-Forwarded-…` headers are believed, parted by commas.",
            "none",
        ),
    )
    rate_limits: bool = field(
        default=True,
        metadata=_about(
            "`on`, or `off` for tests and load scripts: then nothing slows down guessing of passwords.", "`on`"
        ),
    )
    demo_password: str = field(
        default="",
        repr=False,
        metadata=_about("The password of everybody in `portal serve --demo`.", "random ones"),
    )
    given: frozenset[str] = field(default=frozenset(), repr=False)
    """Names that stand in the environment or the file; the others have their defaults."""

    @property
    def is_sqlite(self) -> bool:
        """True when the data is in a SQLite file."""
        return self.database_url.get_backend_name() == "sqlite"

    @property
    def database_file(self) -> Path | None:
        """The SQLite file; None on PostgreSQL."""
        return Path(self.database_url.database or "") if self.is_sqlite else None

    @property
    def database_label(self) -> str:
        """Where the data is, for people: the file, or the address without its password."""
        return str(self.database_file) if self.is_sqlite else self.database_url.render_as_string(hide_password=True)


def setting_names() -> list[str]:
    """The fields that are settings, in their order."""
    return [f.name for f in fields(Settings) if "meaning" in f.metadata]


def load_settings(
    env: Mapping[str, str] | None = None, home: str | os.PathLike[str] | None = None, *, create: bool = True
) -> Settings:
    """Read all settings: environment first, then `portal.toml` in the home, then the defaults.

    `home` wins over `PORTAL_HOME`. With `create` the home and the secret key are made when they are absent; without,
    nothing is written and a missing key is an empty string. Raises SettingsError.
    """
    env = os.environ if env is None else env
    folder = _home(env, home, create=create)
    texts = {**_from_file(folder), **_from_environment(env)}
    values: dict[str, Any] = {name: _READERS[name](value, _name(name, env)) for name, value in texts.items()}
    if "database_url" not in values:
        values["database_url"] = URL.create("sqlite", database=str(folder / DATABASE_FILE_NAME))
    if "secret_key" not in values:
        values["secret_key"] = _kept_key(folder, create=create)
    return Settings(home=folder, given=frozenset(texts), **values)


def _name(name: str, env: Mapping[str, str]) -> str:
    """How a sentence calls a setting: by where it came from."""
    return PREFIX + name.upper() if env.get(PREFIX + name.upper()) else f"{name} ({FILE_NAME})"


def _home(env: Mapping[str, str], home: str | os.PathLike[str] | None, *, create: bool) -> Path:
    folder = Path(home or env.get("PORTAL_HOME") or "instance").expanduser().absolute()
    if not create:
        return folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise SettingsError(
            _("The folder %(folder)s cannot be made: %(reason)s. Set PORTAL_HOME to a folder you may write to.")
            % {"folder": folder, "reason": _reason(error)}
        ) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise SettingsError(
            _("The folder %(folder)s cannot be written to. Set PORTAL_HOME to a folder you may write to.")
            % {"folder": folder}
        )
    return folder


def _reason(error: BaseException) -> str:
    return (getattr(error, "strerror", None) or str(error)).rstrip(".").lower()


def _from_environment(env: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    names = setting_names()
    for key, value in env.items():
        if not key.startswith(PREFIX) or key == "PORTAL_HOME" or key.startswith(_HIDDEN_IN_ENVIRONMENT):
            continue
        name = key.removeprefix(PREFIX).lower()
        if name not in names or key != key.upper():
            raise SettingsError(
                _("There is no setting %(name)s in the environment. Known are: %(known)s.")
                % {"name": key, "known": ", ".join(PREFIX + n.upper() for n in names)}
            )
        if value.strip():
            found[name] = value
    return found


def _from_file(folder: Path) -> dict[str, Any]:
    path = folder / FILE_NAME
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            _("%(file)s cannot be read: %(reason)s.") % {"file": path, "reason": _reason(error)}
        ) from error
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(_("%(file)s is not right: %(reason)s.") % {"file": path, "reason": error}) from error
    known = [name for name in setting_names() if name != "home"]
    for name in found:
        if name not in known:
            raise SettingsError(
                _("There is no setting %(name)s in %(file)s. Known are: %(known)s.")
                % {"name": name, "file": path, "known": ", ".join(known)}
            )
    return found


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise SettingsError(_("%(name)s has to be a text that is not empty.") % {"name": name})
    return value.strip()


def _read_switch(value: Any, name: str) -> bool:
    if isinstance(value, bool):
        return value
    word = value.strip().lower() if isinstance(value, str) else ""
    if word not in ("on", "off"):
        raise SettingsError(_("%(name)s has to be on or off.") % {"name": name})
    return word == "on"


def _read_list(value: Any, name: str) -> list[str]:
    parts = re.split(r"[,\s]+", value) if isinstance(value, str) else value
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        raise SettingsError(_("%(name)s has to be a list of texts, or one text parted by commas.") % {"name": name})
    return [part.strip() for part in parts if part.strip()]


def _read_hosts(value: Any, name: str) -> tuple[str, ...]:
    hosts = tuple(host.lower() for host in _read_list(value, name))
    for host in hosts:
        if not _HOST.fullmatch(host):
            raise SettingsError(
                _("%(name)s names %(host)s, which is no host name. Write names without http:// and without a port.")
                % {"name": name, "host": host}
            )
    return hosts


def _read_networks(value: Any, name: str) -> tuple[Network, ...]:
    networks: list[Network] = []
    for part in _read_list(value, name):
        try:
            networks.append(ipaddress.ip_network(part, strict=False))
        except ValueError as error:
            raise SettingsError(
                _("%(name)s names %(part)s, which is no address or network. Write for example 10.0.0.5 or 10.0.0.0/8.")
                % {"name": name, "part": part}
            ) from error
    return tuple(networks)


def _read_url(value: Any, name: str) -> str:
    text = _text(value, name).rstrip("/")
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
        good = good and bool(
            _HOST.fullmatch(parts.netloc.rpartition("@")[2].rsplit(":", 1)[0].lower() or "-")
            or _HOST.fullmatch(f"[{parts.hostname}]")
        )
    except ValueError:
        good = False
    if not good or parts.path or parts.query or parts.fragment or "@" in parts.netloc:
        raise SettingsError(
            _("%(name)s has to be an address like https://help.example.org, without anything after the host.")
            % {"name": name}
        )
    return text


def _read_database_url(value: Any, name: str) -> URL:
    text = _text(value, name)
    wrong = _(
        "%(name)s has to begin with sqlite:/// or postgresql://, for example postgresql://user:password@host/desk."
    )
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise SettingsError(wrong % {"name": name}) from error
    if url.drivername in ("sqlite", "sqlite+pysqlite"):
        return _sqlite_url(url, name)
    if url.drivername not in ("postgres", "postgresql", "postgresql+psycopg"):
        raise SettingsError(wrong % {"name": name})
    if importlib.util.find_spec("psycopg") is None:
        raise SettingsError(_('PostgreSQL needs one more package. Type: pip install "throughline[postgres]"'))
    return url.set(drivername="postgresql+psycopg")


def _sqlite_url(url: URL, name: str) -> URL:
    if not url.database or url.database.startswith((":memory:", "file:")) or url.query:
        raise SettingsError(_("%(name)s has to name a file: sqlite:///path/to/file.") % {"name": name})
    return URL.create("sqlite", database=str(Path(url.database).expanduser().absolute()))


def _kept_key(folder: Path, *, create: bool) -> str:
    """The key in the home's file; made, with nobody but the owner able to read it, when there is none."""
    path = folder / KEY_FILE_NAME
    try:
        if create and not path.exists():
            _make_key(path)
        key = path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            _("The secret key %(file)s cannot be read or made: %(reason)s.") % {"file": path, "reason": _reason(error)}
        ) from error
    if create and not key:
        raise SettingsError(
            _("The secret key %(file)s is empty. Delete the file to get a new one; everybody signs in again then.")
            % {"file": path}
        )
    return key


def _make_key(path: Path) -> None:
    """Write a new key beside, then give it its name unless another process was faster: never half a key."""
    beside = path.with_name(f"{path.name}.{secrets.token_hex(6)}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii", newline="\n") as out:
            out.write(secrets.token_urlsafe(48) + "\n")
            out.flush()
            os.fsync(out.fileno())
        try:
            os.link(beside, path)
        except FileExistsError:
            return
        except (OSError, AttributeError):  # a file system without hard links
            if not path.exists():
                os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


_READERS: dict[str, Callable[[Any, str], Any]] = {
    "secret_key": _text,
    "database_url": _read_database_url,
    "url": _read_url,
    "allowed_hosts": _read_hosts,
    "trusted_proxies": _read_networks,
    "rate_limits": _read_switch,
    "demo_password": _text,
}

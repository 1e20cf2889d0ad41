"""The administrators' settings: name, default, and the desk's version that makes every cached list fresh.

What belongs to the machine is in portal/settings.py; what belongs to administrators is a row in `setting`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from flask import current_app, g, has_request_context
from sqlalchemy import insert, select, update

from portal.core.database import db
from portal.core.models import Setting

T = TypeVar("T")

VERSION = "desk.version"

DEFAULTS: dict[str, Any] = {
    "site.name": "Throughline",
    "site.time_zone": "UTC",
    "tickets.claim_on_reply": True,
    "tickets.reopen_days": 14,
    "tickets.close_after_days": 5,
    "tickets.trash_days": 30,
    "tickets.customer_may_close": True,
    "tickets.default_topic_id": None,
    "tickets.default_department_id": None,
    "tickets.open_per_address_hour": 10,
    "tickets.open_per_network_hour": 30,
    "tickets.trusted_networks": [],
    "sessions.agent_hours": 12,
    "sessions.agent_idle_minutes": 60,
    "sessions.customer_days": 30,
    "sessions.customer_idle_days": 7,
}
"""Every setting there is. Reading another name is a programming error."""


def desk_version() -> int:
    """The desk's version: grows whenever something that is cached (settings, statuses, people …) changes.

    One statement, once per request; the session's own statement carries it for people who are signed in.
    """
    if has_request_context() and "desk_version" in g:
        return g.desk_version
    value = db.session.execute(select(Setting.value).where(Setting.name == VERSION)).scalar()
    version = int(value or 0)
    if has_request_context():
        g.desk_version = version
    return version


def touch_desk() -> None:
    """Make every cached list fresh from the next request on. Call inside `transaction()`."""
    current = db.session.execute(select(Setting.value).where(Setting.name == VERSION)).scalar()
    if current is None:
        db.session.execute(insert(Setting).values(name=VERSION, value=1))
    else:
        db.session.execute(update(Setting).where(Setting.name == VERSION).values(value=int(current) + 1))
    if has_request_context():
        g.pop("desk_version", None)


_lock = threading.Lock()


def cached_by_desk(load: Callable[[], T]) -> Callable[[], T]:
    """Decorate a loader of desk-wide data (frozen values only): it runs again only when the desk's version grew."""
    name = f"{load.__module__}.{load.__qualname__}"

    def cached() -> T:
        version = desk_version()
        store: dict[str, tuple[int, Any]] = current_app.extensions.setdefault("portal_desk_cache", {})
        hit = store.get(name)
        if hit is not None and hit[0] == version:
            return hit[1]
        value = load()
        session = db.session()
        if not session.info.get("depth"):  # inside a write the data may still be rolled back
            with _lock:
                store[name] = (version, value)
        return value

    cached.__doc__ = load.__doc__
    cached.__name__ = load.__name__
    return cached


@cached_by_desk
def _all_settings() -> dict[str, Any]:
    rows = db.session.execute(select(Setting.name, Setting.value)).all()
    return {**DEFAULTS, **{name: value for name, value in rows if name in DEFAULTS}}


def desk_setting(name: str) -> Any:
    """The value of one of DEFAULTS' settings. Raises KeyError for a name that does not exist."""
    return _all_settings()[name]


def set_desk_setting(name: str, value: Any) -> Any:
    """Store a setting and give its old value. Call inside `transaction()`. Raises KeyError for an unknown name."""
    old = DEFAULTS[name]
    row = db.session.get(Setting, name)
    if row is None:
        db.session.add(Setting(name=name, value=value))
    else:
        old, row.value = row.value, value
    db.session.flush()
    touch_desk()
    return old

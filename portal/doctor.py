"""What `portal doctor` looks at: each check is one line, ok, warning or problem, with what to do."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask import Flask
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import SQLAlchemyError

from portal import migrations
from portal.core.clock import utc_now
from portal.core.database import db
from portal.core.models import Job, Outbox, Setting
from portal.core.words import _
from portal.people.models import Agent
from portal.settings import KEY_FILE_NAME, KEY_LENGTH, Settings

OK, WARNING, PROBLEM = "ok", "warning", "problem"

LITTLE_SPACE, NO_SPACE = 1024**3, 100 * 1024**2
"""Bytes free below which the doctor warns, and below which it is a problem."""

LONG_OUTBOX = 1_000
_WORKER_SEEN = timedelta(seconds=60)


@dataclass(frozen=True)
class Finding:
    """One line: what was looked at, how it is, and, unless it is ok, what to do."""

    check: str
    level: str
    sentence: str
    advice: str = ""


def examine(app: Flask, settings: Settings) -> list[Finding]:
    """Run every check; never raises. Changes nothing that lasts."""
    findings = [*_home(settings), *_disk(settings), *_clock(), *_secret_key(settings), *_rate_limits(settings)]
    with app.app_context():
        database = list(_guarded("database", lambda: _database(settings)))
        findings += database
        if not any(finding.level == PROBLEM for finding in database):
            for name, check in _DATABASE_CHECKS.items():
                findings += _guarded(name, check)
        db.session.remove()
    return findings


def _guarded(name: str, check: Callable[[], Iterator[Finding]]) -> list[Finding]:
    """A check's findings; an error becomes one of them instead of ending the doctor's round."""
    try:
        return list(check())
    except Exception as error:  # a damaged file makes the driver raise anything
        db.session.rollback()
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()
        return [
            Finding(
                name,
                PROBLEM,
                _("Cannot be looked at: %(reason)s.") % {"reason": reason[0].rstrip(".") if reason else "?"},
                _("See that the database runs, that PORTAL_DATABASE_URL is right and that its file is whole."),
            )
        ]


def _home(settings: Settings) -> Iterator[Finding]:
    try:
        with tempfile.NamedTemporaryFile(dir=settings.home, prefix="doctor-") as probe:
            probe.write(b"x")
            probe.flush()
    except OSError as error:
        yield Finding(
            "home",
            PROBLEM,
            _("%(folder)s cannot be written to: %(reason)s.")
            % {"folder": settings.home, "reason": (error.strerror or str(error)).lower()},
            _("Give the account that runs the desk the right to write there, or set PORTAL_HOME."),
        )
    else:
        yield Finding("home", OK, _("%(folder)s can be written to.") % {"folder": settings.home})


def _disk(settings: Settings) -> Iterator[Finding]:
    place = settings.home if settings.home.is_dir() else Path.cwd()
    free = shutil.disk_usage(place).free
    sentence = _("%(free)s MB are free.") % {"free": f"{free // 1024**2:,}"}
    if free >= LITTLE_SPACE:
        yield Finding("disk", OK, sentence)
    else:
        level = PROBLEM if free < NO_SPACE else WARNING
        yield Finding("disk", level, sentence, _("Make room on this disk, or move the home to a larger one."))


def _clock() -> Iterator[Finding]:
    now = utc_now()
    if not 2025 <= now.year < 2100:
        yield Finding(
            "clock", PROBLEM, _("The clock says %(year)s.") % {"year": now.year}, _("Set the machine's clock.")
        )
    else:
        yield Finding("clock", OK, _("The clock says %(now)s UTC.") % {"now": f"{now:%Y-%m-%d %H:%M}"})
    try:
        ZoneInfo("Europe/Berlin")
    except (ZoneInfoNotFoundError, OSError):
        yield Finding("time zones", PROBLEM, _("There is no time zone data."), _("Type: pip install tzdata"))
    else:
        yield Finding("time zones", OK, _("Time zone data is there."))


def _secret_key(settings: Settings) -> Iterator[Finding]:
    path = settings.home / KEY_FILE_NAME
    again = _("Stop the desk, delete the file and start again: a new key is made, and everybody signs in again.")
    if not settings.secret_key:
        yield Finding("secret key", WARNING, _("There is none yet."), _("Start the desk once with: portal serve"))
    elif len(settings.secret_key) < KEY_LENGTH:
        sentence = _("It has fewer than %(least)s characters.") % {"least": KEY_LENGTH}
        advice = _("Set PORTAL_SECRET_KEY to a long random text.") if "secret_key" in settings.given else again
        yield Finding("secret key", PROBLEM, sentence, advice)
    elif "secret_key" not in settings.given and os.name != "nt" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        yield Finding(
            "secret key",
            PROBLEM,
            _("Other accounts of this machine may read %(file)s.") % {"file": path},
            _("Type: chmod 600 %(file)s") % {"file": path},
        )
    else:
        yield Finding("secret key", OK, _("It is long enough and nobody else may read it."))


def _rate_limits(settings: Settings) -> Iterator[Finding]:
    if settings.rate_limits:
        yield Finding("rate limits", OK, _("They are on."))
    else:
        yield Finding(
            "rate limits",
            WARNING,
            _("They are off, so nothing slows down guessing of passwords."),
            _("Remove PORTAL_RATE_LIMITS, or set it to on."),
        )


def _database(settings: Settings) -> Iterator[Finding]:
    file = settings.database_file
    if file is not None and not file.exists():
        yield Finding(
            "database",
            PROBLEM,
            _("%(file)s does not exist.") % {"file": file},
            _("Start the desk once with: portal serve"),
        )
        return
    with db.engine.connect() as connection:
        revision = migrations.current_revision(connection)
    yield Finding("database", OK, _("%(where)s answers.") % {"where": settings.database_label})
    if revision != migrations.HEAD:
        yield Finding(
            "migrations",
            PROBLEM,
            _("Its structure is %(have)s, this version needs %(need)s.")
            % {"have": revision or _("empty"), "need": migrations.HEAD},
            _("Type: portal migrate"),
        )
    else:
        yield Finding("migrations", OK, _("Its structure is up to date."))


def _writable() -> Iterator[Finding]:
    with db.engine.connect().execution_options(portal_writes=True) as connection, connection.begin() as trial:
        try:
            connection.execute(insert(Setting).values(name="doctor.trial", value=0))
        except SQLAlchemyError as error:
            yield Finding(
                "writing",
                PROBLEM,
                _("Nothing can be written: %(reason)s.") % {"reason": getattr(error, "orig", error)},
                _("Look at the rights of the database's files or user, and at the space on its disk."),
            )
        else:
            yield Finding("writing", OK, _("The database takes changes."))
        finally:
            trial.rollback()


def _integrity() -> Iterator[Finding]:
    if db.engine.dialect.name == "sqlite":
        answers = [row[0] for row in db.session.execute(text("PRAGMA quick_check(5)"))]
        broken = [] if answers == ["ok"] else answers
        if not broken and db.session.execute(text("PRAGMA foreign_key_check")).first() is not None:
            broken = [_("rows point to rows that are not there")]
    else:
        invalid = text("SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid")
        broken = [row[0] for row in db.session.execute(invalid)]
    if broken:
        yield Finding(
            "integrity",
            PROBLEM,
            _("The database is damaged: %(what)s.") % {"what": "; ".join(map(str, broken))[:300]},
            _("Stop the desk and put the last good backup back."),
        )
    else:
        yield Finding("integrity", OK, _("The database is whole."))


def _administrator() -> Iterator[Finding]:
    there = db.session.execute(select(Agent.id).where(Agent.is_administrator, Agent.is_active).limit(1)).first()
    if there:
        yield Finding("administrator", OK, _("There is an administrator."))
    else:
        yield Finding(
            "administrator",
            WARNING,
            _("There is no administrator yet."),
            _('Type: portal user add you@example.org --name "Your name" --role administrator'),
        )


def _worker() -> Iterator[Finding]:
    seen_at = db.session.execute(select(Job.last_run_at).where(Job.name == "worker")).scalar()
    if seen_at is None or abs(utc_now() - seen_at) > _WORKER_SEEN:
        when = f"{seen_at:%Y-%m-%d %H:%M} UTC" if seen_at else _("never")
        yield Finding(
            "worker",
            WARNING,
            _("No background work is running; last seen: %(when)s.") % {"when": when},
            _("Start portal serve, or portal worker beside it."),
        )
    else:
        yield Finding("worker", OK, _("Background work is running."))
    failed = db.session.execute(select(Job.name, Job.last_error).where(Job.last_error != "").order_by(Job.name)).all()
    for name, error in failed:
        yield Finding(
            "worker",
            WARNING,
            _("The job %(name)s failed: %(error)s") % {"name": name, "error": error},
            _("It runs again by itself. Look at the log if it stays."),
        )


def _outbox() -> Iterator[Finding]:
    counts = dict(
        db.session.execute(
            select(Outbox.state, func.count())
            .where(Outbox.state.in_(("queued", "sending", "dead")))
            .group_by(Outbox.state)
        ).all()
    )
    waiting, dead = counts.get("queued", 0) + counts.get("sending", 0), counts.get("dead", 0)
    sentence = _("%(waiting)s letters wait, %(dead)s could not be delivered.") % {"waiting": waiting, "dead": dead}
    if dead:
        yield Finding("outbox", WARNING, sentence, _("Look at the letters under Administration."))
    elif waiting > LONG_OUTBOX:
        yield Finding("outbox", WARNING, sentence, _("See that background work runs and look at its log."))
    else:
        yield Finding("outbox", OK, sentence)


_DATABASE_CHECKS: dict[str, Callable[[], Iterator[Finding]]] = {
    "writing": _writable,
    "integrity": _integrity,
    "administrator": _administrator,
    "worker": _worker,
    "outbox": _outbox,
}

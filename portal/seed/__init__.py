"""`portal seed`: a believable desk of any size, made quickly and, with the same random seed, the same way.

Rows go in by Core inserts in transactions of BATCH tickets, so memory stays flat and the desk can be used meanwhile.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import datetime

from flask import Flask
from sqlalchemy import Engine, insert, select, text
from sqlalchemy.engine import Connection

from portal.core.clock import utc_now
from portal.core.database import db, transaction
from portal.core.desk_settings import touch_desk
from portal.seed.ids import Ids, lock_tables
from portal.seed.people import SeedDesk, count_tickets, make_desk
from portal.seed.rows import Rows
from portal.seed.story import Story
from portal.tickets.models import Collaborator, Entry, Event, Mention, NumberTaken, Promise, Ticket, TicketText

BATCH = 2_000
_COUNTED = {"ticket": Ticket, "entry": Entry, "event": Event, "promise": Promise, "number": NumberTaken}


def make_tickets(
    app: Flask, tickets: int, *, random_seed: int = 1, progress: Callable[[int, int], None] = lambda _done, _of: None
) -> float:
    """Make that many tickets with their people, beside what is there already; gives the seconds it took.

    `progress(done, of)` is called after every batch. Letters are not made: nobody wrote any of this.
    """
    started, now = time.monotonic(), utc_now().replace(microsecond=0)
    rng = random.Random(random_seed)  # noqa: S311 - made-up data, no secret
    with app.app_context():
        engine = db.engine
        with engine.connect().execution_options(portal_writes=True) as connection, connection.begin():
            desk = make_desk(connection, tickets, rng, now)
        with transaction():
            touch_desk()
        for done in range(0, tickets, BATCH):
            size = min(BATCH, tickets - done)
            with engine.connect().execution_options(portal_writes=True) as connection, connection.begin():
                _make_batch(connection, desk, rng, size, now)
            progress(done + size, tickets)
        _tidy(engine)
        db.session.remove()
    return time.monotonic() - started


def _make_batch(connection: Connection, desk: SeedDesk, rng: random.Random, size: int, now: datetime) -> None:
    lock_tables(connection, *_COUNTED.values())
    ids = {name: Ids(connection, model) for name, model in _COUNTED.items()}
    numbers = _numbers(connection, rng, size)
    rows = Rows(ids)
    for number in numbers:
        Story(rows, desk, rng, number=number, now=now).tell()
    taken = [{"id": ids["number"].take(), "number": number} for number in numbers]
    for model, values in (
        (NumberTaken, taken),
        (Ticket, rows.tickets),
        (TicketText, rows.texts),
        (Entry, rows.entries),
        (Event, rows.events),
        (Promise, rows.promises),
        (Mention, rows.mentions),
        (Collaborator, rows.collaborators),
    ):
        if values:
            connection.execute(insert(model), values)
    for one in ids.values():
        one.keep()


def _numbers(connection: Connection, rng: random.Random, size: int) -> list[str]:
    """Numbers nobody has: six random digits, more when a third of them is used, as tickets/numbers.py gives them."""
    used, digits = count_tickets(connection), 6
    while used + size >= 9 * 10 ** (digits - 1) // 3:
        used, digits = max(0, used - 9 * 10 ** (digits - 1) // 3), digits + 1
    found: dict[str, None] = {}
    while len(found) < size:
        wanted = {str(rng.randrange(10 ** (digits - 1), 10**digits)): None for _turn in range(size - len(found))}
        names = list(wanted)
        for start in range(0, len(names), 500):
            part = names[start : start + 500]
            taken = set(connection.execute(select(NumberTaken.number).where(NumberTaken.number.in_(part))).scalars())
            found.update((name, None) for name in part if name not in taken)
    return list(found)


def _tidy(engine: Engine) -> None:
    """Let the store take in what came at once: PostgreSQL counts anew, SQLite moves its log into the file."""
    statement = "ANALYZE" if engine.dialect.name == "postgresql" else "PRAGMA wal_checkpoint(PASSIVE)"
    with engine.connect() as connection:
        connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.execute(text(statement))

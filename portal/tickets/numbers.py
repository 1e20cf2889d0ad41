"""Ticket numbers: six random digits, seven when a third of them is used; never given twice (spec/intake.md)."""

from __future__ import annotations

import secrets

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite

from portal.core.database import db
from portal.tickets.models import NumberTaken

_FIRST_DIGITS, _MOST_DIGITS = 6, 12


def _digits_now() -> int:
    digits = _FIRST_DIGITS
    used = db.session.execute(select(func.max(NumberTaken.id))).scalar() or 0
    while digits < _MOST_DIGITS and used >= 9 * 10 ** (digits - 1) // 3:
        used -= 9 * 10 ** (digits - 1) // 3
        digits += 1
    return digits


def take_number() -> str:
    """A number nobody ever had, taken for good. Call inside the `transaction()` that opens the ticket."""
    make = sqlite.insert if db.session.get_bind().dialect.name == "sqlite" else postgresql.insert
    digits = _digits_now()
    for attempt in range(200):
        low = 10 ** (digits - 1)
        number = str(low + secrets.randbelow(9 * low))
        statement = make(NumberTaken).values(number=number).on_conflict_do_nothing().returning(NumberTaken.id)
        if db.session.execute(statement).first() is not None:
            return number
        if attempt % 20 == 19:
            digits += 1
    raise RuntimeError("no free ticket number")

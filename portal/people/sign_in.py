"""Checking a password at the door, with waits that slow an attacker and never keep the owner out for good (R1).

Ten wrong passwords of one account within 15 minutes make it wait, longer each time; a network from which its owner
came before waits only for what came from there. A hundred in a row are answered by a mailed link alone. Accounts that
do not exist are counted, delayed and answered the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from portal.core.database import db, transaction
from portal.core.errors import Refused, TooMany
from portal.core.limits import add_try, bucket_name, clear_tries, count_tries, limits_are_on, oldest_try
from portal.core.text import address_key
from portal.core.words import _
from portal.people.actor import Actor
from portal.people.models import Agent, Person, PersonAddress
from portal.people.passwords import is_password
from portal.people.security_log import log_security

FREE_FAILURES = 10
NETWORK_FAILURES = 30
MOST_IN_A_ROW = 100
WINDOW = timedelta(minutes=15)
_ROW_WINDOW = timedelta(days=30)
_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=30), timedelta(minutes=15)


@dataclass(frozen=True)
class Identity:
    """Who signed in. `is_agent` is False for an agent who was switched off."""

    person_id: int
    is_agent: bool


def check_sign_in(address: str, password: str, *, network: str, now: datetime) -> Identity:
    """Who has this address and password. Raises TooMany while they have to wait, Refused when they do not fit.

    One sentence for a wrong password, an unknown address and a person without a password or switched off.
    """
    account = address_key(address)[:320]
    waits = _Waits(account, network)
    waits.refuse_if_waiting(now=now)
    row = db.session.execute(
        select(Person.id, Person.name, Person.password_hash, Person.is_active, Agent.is_active.label("agent_is_active"))
        .join(PersonAddress, PersonAddress.person_id == Person.id)
        .outerjoin(Agent, Agent.person_id == Person.id)
        .where(PersonAddress.address_key == account)
    ).first()
    fits = is_password(row.password_hash if row is not None else "", password)
    if row is None or not fits or not row.is_active:
        waits.failed(now=now)
        person_id = row.id if row is not None else None
        log_security("sign-in.failed", by=_of(person_id, ""), now=now, network=network)
        raise Refused(_("E-mail address and password do not fit together. Try again, or ask for a link by e-mail."))
    waits.succeeded(now=now)
    log_security("sign-in", by=_of(row.id, row.name), now=now, network=network)
    return Identity(row.id, is_agent=bool(row.agent_is_active))


def _of(person_id: int | None, name: str) -> Actor:
    return Actor(kind="nobody", person_id=person_id, name=name)


class _Waits:
    """The counted failures of one account from one network."""

    def __init__(self, account: str, network: str):
        self.network = bucket_name("sign-in-network", network)
        self.anywhere = bucket_name("sign-in-account", account)
        self.here = bucket_name("sign-in-account-network", account, network)
        self.known = bucket_name("sign-in-known", account, network)

    def refuse_if_waiting(self, *, now: datetime) -> None:
        """Raise TooMany, which counts nothing, so that nobody lengthens a wait by hammering."""
        if not limits_are_on():
            return
        number, _newest = count_tries(self.network, window=WINDOW, now=now)
        if number >= NETWORK_FAILURES:
            oldest = oldest_try(self.network, window=WINDOW, now=now) or now
            raise self._too_many(oldest + WINDOW - now)
        is_known, _when = count_tries(self.known, window=_ROW_WINDOW, now=now)
        bucket = self.here if is_known else self.anywhere
        in_a_row, newest = count_tries(bucket, window=_ROW_WINDOW, now=now)
        if in_a_row >= MOST_IN_A_ROW:
            raise TooMany(
                _("There were too many wrong passwords. Ask for a link by e-mail to sign in, or ask an administrator."),
                retry_after=int(_LONGEST_WAIT.total_seconds()),
            )
        recent, _newest = count_tries(bucket, window=WINDOW, now=now)
        if newest is not None and recent >= FREE_FAILURES:
            wait = min(_FIRST_WAIT * 2 ** min(in_a_row - FREE_FAILURES, 10), _LONGEST_WAIT)
            if now < newest + wait:
                raise self._too_many(newest + wait - now)

    def failed(self, *, now: datetime) -> None:
        """Count one failure, also while limits are off: the same work either way."""
        with transaction():
            for bucket in (self.network, self.anywhere, self.here):
                add_try(bucket, now=now)

    def succeeded(self, *, now: datetime) -> None:
        """The row of failures ends; this network is known from now on."""
        with transaction():
            for bucket in (self.anywhere, self.here, self.known):
                clear_tries(bucket)
            add_try(self.known, now=now)

    @staticmethod
    def _too_many(wait: timedelta) -> TooMany:
        seconds = max(1, int(wait.total_seconds()) + 1)
        return TooMany(
            _("Too many wrong passwords. Wait %(minutes)s min and try again, or ask for a link by e-mail.")
            % {"minutes": -(-seconds // 60)},
            retry_after=seconds,
        )


def forget_failures(address: str) -> None:
    """End the row of failures of an account: its owner signed in by a mailed link."""
    clear_tries(bucket_name("sign-in-account", address_key(address)[:320]))

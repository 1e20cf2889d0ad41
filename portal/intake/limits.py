"""How many tickets people who are not signed in may open (reliability.md R3)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from datetime import datetime, timedelta

from portal.core.desk_settings import desk_setting
from portal.core.errors import TooMany
from portal.core.limits import bucket_name, count_tries, limits_are_on, take
from portal.core.text import address_key
from portal.core.words import _
from portal.people.actor import NOBODY
from portal.people.security_log import log_security

_HOUR = timedelta(hours=1)
SITE_ALARM = 300
"""So many tickets of strangers within an hour put a line into the security log; nobody is turned away for it."""


def is_trusted_network(network: str, trusted: Iterable[str]) -> bool:
    """True when an address lies in one of the networks an administrator names ("192.0.2.0/24", "2001:db8::1")."""
    try:
        address = ipaddress.ip_address(network)
    except ValueError:
        return False
    for text in trusted:
        try:
            if address in ipaddress.ip_network(text, strict=False):
                return True
        except (ValueError, TypeError):
            continue
    return False


def _limits(address: str, network: str) -> list[tuple[str, int]]:
    limits = [(bucket_name("open-address", address_key(address)), int(desk_setting("tickets.open_per_address_hour")))]
    if network and not is_trusted_network(network, desk_setting("tickets.trusted_networks")):
        limits.append((bucket_name("open-network", network), int(desk_setting("tickets.open_per_network_hour"))))
    return limits


def refuse_if_too_many(address: str, network: str, *, now: datetime) -> None:
    """Raise TooMany when this address or network has opened enough for now; counts nothing.

    Asked before files are taken in, so that somebody over the limit costs no disk.
    """
    if not limits_are_on():
        return
    for bucket, most in _limits(address, network):
        number, _newest = count_tries(bucket, window=_HOUR, now=now)
        if number >= most:
            raise _too_many(int(_HOUR.total_seconds()) // 2)


def count_opening(address: str, network: str, *, now: datetime) -> None:
    """Count one opened ticket. Call inside `transaction()`; raises TooMany when the limit was reached meanwhile."""
    for bucket, most in _limits(address, network):
        wait = take(bucket, most=most, window=_HOUR, now=now)
        if wait:
            raise _too_many(wait)
    _watch_site_total(network, now=now)


def _watch_site_total(network: str, *, now: datetime) -> None:
    bucket = bucket_name("open-site")
    take(bucket, most=SITE_ALARM, window=_HOUR, now=now)
    number, _newest = count_tries(bucket, window=_HOUR, now=now)
    alarm = bucket_name("open-site-alarm")
    if number >= SITE_ALARM and not take(alarm, most=1, window=_HOUR, now=now):
        log_security("tickets.flood", by=NOBODY, now=now, network=network, in_an_hour=number)


def _too_many(wait: int) -> TooMany:
    return TooMany(
        _("Many tickets were opened from here just now. Please try again later; what you typed is kept below."),
        retry_after=wait,
    )

"""Bad requests by chance, the short form with a fixed seed; `benchmarks/fuzz.py` sends 50,000."""

from __future__ import annotations

import time
from itertools import islice

import pytest

from tests import world
from tests.clients import CheckedClient
from tests.hostile.fuzzing import GOOD_STATUSES, Chance, addresses

TIMES = 250


def people_and_numbers(app):
    """Clients of an administrator, a customer and nobody, and the numbers of a few tickets."""
    people = world.cast()
    tickets = [world.make_ticket(customer=people.priya, assignee=people.ana, status=s) for s in ("", "resolved")]
    clients = [world.signed_in(app, people.omar), world.signed_in(app, people.priya), CheckedClient.of(app)]
    for client in clients:
        client.csrf()
        client.checked = False
    return clients, [ticket.number for ticket in tickets]


@pytest.mark.parametrize("seed", [1, 2])
def test_query_strings(app, seed):
    clients, numbers = people_and_numbers(app)
    chance = Chance(seed)
    for address in islice(addresses(app, "GET", chance, numbers), TIMES):
        query = chance.query()
        begin = time.process_time()
        answer = chance.random.choice(clients).get(f"{address}?{query}", headers=htmx(chance))
        assert answer.status_code in GOOD_STATUSES | {503}, f"{address}?{query}: {answer.status_code}"
        assert answer.status_code != 503 or address == "/readyz"
        assert time.process_time() - begin < 1, f"{address}?{query} is slow"


@pytest.mark.parametrize("seed", [3, 4])
def test_form_bodies(app, seed):
    clients, numbers = people_and_numbers(app)
    chance = Chance(seed)
    for address in islice(addresses(app, "POST", chance, numbers), TIMES):
        client = chance.random.choice(clients)
        body = chance.body(client.csrf())
        answer = client.post(address, data=body.data, content_type=body.content_type, headers=htmx(chance))
        assert answer.status_code in GOOD_STATUSES, f"{address}: {answer.status_code} for {body.data[:400]!r}"
        if address.startswith("/sign-out"):
            clients, numbers = sign_in_again(app, clients), numbers


def sign_in_again(app, clients):
    """The same three people with fresh sessions."""
    from sqlalchemy import select

    from portal.core.database import db
    from portal.people.models import Agent, Person

    omar = db.session.execute(select(Agent).where(Agent.is_administrator)).scalars().first()
    priya = db.session.execute(select(Person).where(Person.name.like("Priya%"))).scalars().first()
    fresh = [world.signed_in(app, omar), world.signed_in(app, priya), CheckedClient.of(app)]
    for client in fresh:
        client.csrf()
        client.checked = False
    return fresh


def htmx(chance: Chance) -> dict[str, str]:
    """htmx's header, for every third request."""
    return {"HX-Request": "true"} if chance.random.random() < 0.34 else {}

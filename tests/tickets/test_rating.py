"""Satisfaction after closing."""

from datetime import UTC, datetime

import pytest

from portal.core.errors import Forbidden, Refused
from portal.tickets import actions
from tests import world

NOW = datetime(2026, 3, 12, 8, 0, tzinfo=UTC)


def test_the_customer_rates_and_rates_anew(app):
    customer = world.make_customer()
    ticket = world.make_ticket(customer=customer, status="closed", now=NOW)
    event = actions.rate(ticket, 4, comment=" Quick. ", by=world.actor_of(customer), now=NOW)
    assert (event.kind, event.new, ticket.rating, ticket.rating_comment) == ("ticket.rated", 4, 4, "Quick.")
    assert actions.rate(ticket, 4, comment="Quick.", by=world.guest_actor(ticket), now=NOW) is None
    assert actions.rate(ticket, 5, by=world.guest_actor(ticket), now=NOW).old == 4
    assert (ticket.rating, ticket.rating_comment) == (5, "")


@pytest.mark.parametrize("rating", [0, 6, -1, 10**9])
def test_other_numbers_are_refused(sqlite_app, rating):
    ticket = world.make_ticket(status="closed", now=NOW)
    with pytest.raises(Refused) as refused:
        actions.rate(ticket, rating, by=world.guest_actor(ticket), now=NOW)
    assert (refused.value.field, ticket.rating) == ("rating", None)


def test_too_long_a_comment_is_refused(sqlite_app):
    ticket = world.make_ticket(status="closed", now=NOW)
    with pytest.raises(Refused) as refused:
        actions.rate(ticket, 5, comment="x" * 200_001, by=world.guest_actor(ticket), now=NOW)
    assert refused.value.field == "comment"


@pytest.mark.parametrize("status", ["new", "in-progress", "waiting-on-customer", "resolved"])
def test_only_a_closed_ticket_is_rated(sqlite_app, status):
    ticket = world.make_ticket(status=status, now=NOW)
    with pytest.raises(Refused):
        actions.rate(ticket, 5, by=world.guest_actor(ticket), now=NOW)


def test_nobody_else_rates(app):
    cast = world.cast()
    ticket = world.make_ticket(customer=cast.priya, status="closed", now=NOW)
    for person in (cast.maya, cast.tomas, cast.ana, cast.omar):
        with pytest.raises(Forbidden):
            actions.rate(ticket, 1, by=world.actor_of(person), now=NOW)
    assert ticket.rating is None

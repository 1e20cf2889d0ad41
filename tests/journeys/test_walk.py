"""A walk through the running example without scripts: everything an agent, administrator or customer can do is reached
from rendered pages alone, by links and forms as they stand there."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from portal.core.database import db
from portal.demo import play
from portal.tickets.models import Ticket
from tests.clients import CheckedClient
from tests.journeys.walking import Walker

PASSWORD = "orchid lantern on the moon"


def posts(app, door: str) -> set[str]:
    """The endpoints of a door that take POST."""
    return {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or ()) and rule.endpoint.startswith(f"{door}.")
    }


def domain_of(lines: list[str], name: str) -> str:
    """What stands after the @ in somebody's address, as the demo prints it."""
    return re.search(rf"\b{name}@(\S+)", "\n".join(lines)).group(1)


@pytest.fixture
def walker(sqlite_app):
    """The running example and a walker for whoever is asked for."""
    lines = play(sqlite_app, password=PASSWORD)
    link = re.search(r"(/t/\S+)", lines[-1]).group(1)
    numbers = db.session.execute(
        select(Ticket.number).where(Ticket.is_listed, Ticket.state == "open").order_by(Ticket.id)
    ).scalars()
    words = {"into": next(numbers, ""), "number": next(numbers, "")}
    words |= {f"members.member-{field}": f"tomas@{domain_of(lines, 'tomas')}" for field in ("email", "address")}

    def make(name: str) -> Walker:
        client = CheckedClient.of(sqlite_app)
        if name == "guest":
            client.get(link)
        else:
            answer = client.send("/sign-in", {"email": f"{name}@{domain_of(lines, name)}", "password": PASSWORD})
            assert answer.status_code == 303, answer.get_data(as_text=True)
        return Walker(sqlite_app, client, words)

    return make


def test_every_action_of_an_agent_is_reached(sqlite_app, walker):
    wanted = posts(sqlite_app, "agent")
    walk = walker("omar")
    walk.walk("/agent", wanted=wanted)
    missing = {name: walk.refused.get(name, "no form was found") for name in wanted - set(walk.sent)}
    assert not missing, "\n".join(f"{name}: {why}" for name, why in missing.items())


def test_every_form_of_administration_is_reached(sqlite_app, walker):
    wanted = posts(sqlite_app, "admin")
    walk = walker("omar")
    walk.walk("/agent", wanted=wanted)
    missing = {name: walk.refused.get(name, "no form was found") for name in wanted - set(walk.sent)}
    assert not missing, "\n".join(f"{name}: {why}" for name, why in missing.items())


def test_customers_reach_what_they_may_do(sqlite_app, walker):
    wanted = {"customer.write", "customer.confirmation", "customer.open_one"}
    walk = walker("priya")
    walk.walk("/", wanted=wanted)
    missing = {name: walk.refused.get(name, "no form was found") for name in wanted - set(walk.sent)}
    assert not missing, "\n".join(f"{name}: {why}" for name, why in missing.items())


def test_a_guest_reaches_the_one_ticket(sqlite_app, walker):
    walk = walker("guest")
    walk.walk("/tickets", wanted={"customer.write", "customer.find"})
    assert {"customer.write", "customer.find"} <= set(walk.sent)


@pytest.mark.parametrize("name", ["ana", "jonas", "rita", "tomas"])
def test_no_link_leads_nowhere(sqlite_app, walker, name):
    """Every link and form on every page somebody sees leads to a page they may see."""
    walk = walker(name)
    walk.walk("/" if name == "tomas" else "/agent", wanted={"nothing that exists"}, most=160)
    assert len(walk.seen) > 4

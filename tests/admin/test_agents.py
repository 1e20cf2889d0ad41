"""Agents in administration: adding, rights, passwords, switching off, and the last administrator."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from portal.core.clock import utc_now
from portal.core.database import db
from portal.core.errors import Refused
from portal.people import agent_actions
from portal.people.desk import desk
from portal.people.models import Agent, Person, SecurityEvent, WebSession
from portal.people.passwords import is_password
from portal.tickets.models import HelpTopic, Ticket
from tests import world
from tests.clients import CheckedClient

GOOD_PASSWORD = "kettle garden orbit 9"


def role_id(name: str) -> int:
    return next(role.id for role in desk().roles.values() if role.name == name)


def agent_form(**more: str) -> dict[str, str]:
    """The fields of the form of a new agent."""
    return {
        "name": "Nina Berg",
        "address": "nina@desk.example",
        "department_id": str(world.first_department().id),
        "role_id": str(role_id("Limited")),
        **more,
    }


def form_of(client: CheckedClient, agent: Agent, **more: str) -> dict[str, str]:
    """The fields of an agent's form as the page shows them, with changes."""
    page = client.get(f"/admin/agents/{agent.id}").get_data(as_text=True)
    values = agent_actions.agent_values(agent)
    fields = {
        "name": values.name,
        "address": values.address,
        "department_id": str(values.department_id),
        "role_id": str(values.role_id),
        "seen": re.search(r'name="seen"[^>]*value="(\w+)"', page).group(1),
    }
    if values.is_administrator:
        fields["is_administrator"] = "y"
    return {**fields, **more}


def sessions_of(agent: Agent) -> int:
    return db.session.execute(
        select(func.count()).select_from(WebSession).where(WebSession.person_id == agent.person_id)
    ).scalar_one()


def agent_called(name: str) -> Agent:
    return db.session.execute(
        select(Agent).join(Person, Person.id == Agent.person_id).where(Person.name == name)
    ).scalar_one()


def newest_event() -> SecurityEvent:
    return db.session.execute(select(SecurityEvent).order_by(SecurityEvent.id.desc()).limit(1)).scalar_one()


def test_a_new_agent_signs_in_with_the_password_that_was_typed(app):
    client = world.signed_in(app, world.make_administrator())
    answer = client.send("/admin/agents/new", agent_form(password=GOOD_PASSWORD))
    assert answer.status_code == 303
    assert "Nina Berg" in client.get(answer.headers["Location"]).get_data(as_text=True)
    theirs = CheckedClient.of(app)
    signed_in = theirs.send("/sign-in", {"email": "nina@desk.example", "password": GOOD_PASSWORD})
    assert signed_in.status_code == 303


def test_a_made_up_password_is_shown_once_and_works(sqlite_app):
    client = world.signed_in(sqlite_app, world.make_administrator())
    page = client.send("/admin/agents/new", agent_form())
    password = re.search(r'id="made-password"[^>]*>([^<]+)<', page.get_data(as_text=True)).group(1)
    assert page.status_code == 200
    assert len(password) >= 20
    person = db.session.get(Person, agent_called("Nina Berg").person_id)
    assert is_password(person.password_hash, password)
    everywhere = "".join(
        client.get(address).get_data(as_text=True) for address in ("/admin/agents", "/admin/log", "/admin/outbox")
    )
    assert password not in everywhere
    assert password not in str([row.detail for row in db.session.execute(select(SecurityEvent)).scalars()])


def test_a_double_submit_adds_one_agent(sqlite_app):
    client = world.signed_in(sqlite_app, world.make_administrator())
    first = client.send("/admin/agents/new", agent_form(password=GOOD_PASSWORD, once="abc"))
    second = client.send("/admin/agents/new", agent_form(password=GOOD_PASSWORD, once="abc"))
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["Location"] == second.headers["Location"]


def test_a_customer_with_that_address_becomes_the_agent(app):
    administrator = world.make_administrator()
    priya = world.make_customer("Priya Nair")
    hers = world.signed_in(app, priya)
    client = world.signed_in(app, administrator)
    fields = agent_form(address="PRIYA@customers.example", name="Priya N.", password=GOOD_PASSWORD)
    client.send("/admin/agents/new", fields)
    agent = agent_called("Priya N.")
    assert agent.person_id == priya.id
    assert sessions_of(agent) == 0
    assert hers.get("/tickets").status_code == 303
    assert newest_event().detail["changes"]["was_customer"] == [None, True]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": "  \x00 "}, "Write a name."),
        ({"name": "x" * 201}, "200 characters at most"),
        ({"address": "nobody"}, "This is not an e-mail address"),
        ({"address": "omar@desk.example"}, "already belongs to the agent Omar Diaz"),
        ({"department_id": "999"}, "Not a valid choice"),
        ({"role_id": "no"}, "Not a valid choice"),
        ({"team_ids": "77"}, "not a valid choice"),
        ({"password": "brief"}, "Use at least 15 characters"),
        ({"password": "passwordpassword"}, "too easy to guess"),
        ({"password": "nina berg nina berg"}, "Leave your name"),
    ],
)
def test_a_new_agent_is_refused_with_a_sentence_and_keeps_what_was_typed(sqlite_app, changes, sentence):
    client = world.signed_in(sqlite_app, world.make_administrator())
    fields = {"name": "Nina Berg", **changes}
    answer = client.send("/admin/agents/new", agent_form(**fields))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert sentence in page
    assert 'value="Limited"' in page or "Limited" in page
    if "password" in changes:
        assert changes["password"] not in page
    assert db.session.execute(select(func.count()).select_from(Agent)).scalar() == 1


def test_names_that_look_like_formulas_or_markup_are_text(sqlite_app):
    client = world.signed_in(sqlite_app, world.make_administrator())
    client.send("/admin/agents/new", agent_form(name='=cmd|"<script>"', password=GOOD_PASSWORD))
    page = client.get("/admin/agents").get_data(as_text=True)
    assert "<script>&#34;" not in page
    assert "=cmd|&#34;&lt;script&gt;&#34;" in page


def test_rights_change_and_stand_in_the_log_old_and_new(app):
    people = world.cast()
    client = world.signed_in(app, people.omar)
    expanded = str(role_id("Expanded"))
    further = {f"role_in_{people.operations.id}": str(role_id("View only")), "team_ids": str(people.team.id)}
    answer = client.send(f"/admin/agents/{people.rita.id}", form_of(client, people.rita, role_id=expanded, **further))
    assert answer.status_code == 303
    card = desk().agents[people.rita.id]
    assert card.departments == {people.support.id: int(expanded), people.operations.id: role_id("View only")}
    assert card.team_ids == {people.team.id}
    event = newest_event()
    assert (event.kind, event.person_id, event.actor_name) == ("agent.changed", people.omar.person_id, "Omar Diaz")
    assert event.detail["changes"] == {
        "role": ["Limited", "Expanded"],
        "teams": [[], ["Restore"]],
        "further_departments": [[], ["Operations: View only"]],
    }
    assert event.network == "127.0.0.1"


@pytest.mark.parametrize(
    ("changes", "ends"),
    [
        ({"is_administrator": "y"}, True),
        ({"role_id": "All access"}, True),
        ({"role_id": "View only"}, False),
        ({"name": "Rita L."}, False),
        ({"limited_to_own": "y"}, False),
    ],
)
def test_a_rise_of_rights_ends_the_sessions_of_the_agent(sqlite_app, changes, ends):
    people = world.cast()
    client = world.signed_in(sqlite_app, people.omar)
    theirs = world.signed_in(sqlite_app, people.rita)
    if "role_id" in changes:
        changes = {"role_id": str(role_id(changes["role_id"]))}
    client.send(f"/admin/agents/{people.rita.id}", form_of(client, people.rita, **changes))
    assert sessions_of(people.rita) == (0 if ends else 1)
    assert (theirs.get("/admin/agents").status_code == 303) == ends


def test_a_new_password_ends_all_sessions(sqlite_app):
    people = world.cast()
    client = world.signed_in(sqlite_app, people.omar)
    world.signed_in(sqlite_app, people.ana)
    answer = client.send(f"/admin/agents/{people.ana.id}/password", {"password": GOOD_PASSWORD})
    assert answer.status_code == 303
    assert sessions_of(people.ana) == 0
    assert newest_event().kind == "agent.password_set"
    assert newest_event().detail == {"id": people.ana.id, "name": "Ana Moreno"}
    refused = client.send(f"/admin/agents/{people.ana.id}/password", {"password": "ana moreno ana mo"})
    assert refused.status_code == 422
    shown = client.send(f"/admin/agents/{people.ana.id}/password", {"password": ""})
    assert shown.status_code == 200
    assert "made-password" in shown.get_data(as_text=True)


def test_two_administrators_editing_one_agent(sqlite_app):
    people = world.cast()
    eva = world.make_agent("Eva Stone", administrator=True)
    first, second = world.signed_in(sqlite_app, people.omar), world.signed_in(sqlite_app, eva)
    mine, theirs = form_of(first, people.rita, name="Rita One"), form_of(second, people.rita, name="Rita Two")
    address = f"/admin/agents/{people.rita.id}"
    assert first.send(address, mine).status_code == 303
    stale = second.send(address, theirs)
    page = stale.get_data(as_text=True)
    assert stale.status_code == 409
    assert "Omar Diaz changed this meanwhile." in page
    assert 'value="Rita Two"' in page
    assert "<bdi>Rita One</bdi>" in page
    assert desk().agents[people.rita.id].name == "Rita One"
    seen = re.search(r'name="seen"[^>]*value="(\w+)"', page).group(1)
    assert second.send(address, {**theirs, "seen": seen}).status_code == 303
    assert desk().agents[people.rita.id].name == "Rita Two"


def test_an_address_of_somebody_else_is_refused(sqlite_app):
    people = world.cast()
    client = world.signed_in(sqlite_app, people.omar)
    answer = client.send(
        f"/admin/agents/{people.ana.id}", form_of(client, people.ana, address="priya@customers.example")
    )
    assert answer.status_code == 422
    assert "already belongs to Priya Nair" in answer.get_data(as_text=True)
    moved = client.send(f"/admin/agents/{people.ana.id}", form_of(client, people.ana, address="Ana@new.example"))
    assert moved.status_code == 303
    assert world.address_of(people.ana) == "Ana@new.example"


def test_the_last_administrator_cannot_be_demoted_or_switched_off(app):
    people = world.cast()
    client = world.signed_in(app, people.omar)
    fields = form_of(client, people.omar)
    fields.pop("is_administrator")
    demoted = client.send(f"/admin/agents/{people.omar.id}", fields)
    off = client.send(f"/admin/agents/{people.omar.id}/deactivation", {"to": ""})
    for answer in (demoted, off):
        assert answer.status_code == 422
        assert "This is the last active administrator." in answer.get_data(as_text=True)
    card = desk().agents[people.omar.id]
    assert (card.is_administrator, card.is_active) == (True, True)


def test_an_administrator_who_is_off_does_not_count(app):
    omar = world.make_administrator()
    world.make_agent("Eva Stone", administrator=True, active=False)
    by = world.actor_of(omar)
    with pytest.raises(Refused, match="last active administrator"):
        agent_actions.deactivate_agent(omar, by=by, now=utc_now())
    with pytest.raises(Refused, match="last active administrator"):
        agent_actions.change_agent(
            omar, replace(agent_actions.agent_values(omar), is_administrator=False), by=by, now=utc_now()
        )


def test_switching_off_asks_where_the_tickets_go(app):
    people = world.cast()
    topic = world.make_topic("Cards", assignee=people.ana)
    mine = [world.make_ticket(f"Ticket {i}", assignee=people.ana) for i in range(3)]
    closed = world.make_ticket("Done", assignee=people.ana, status="closed")
    client = world.signed_in(app, people.omar)
    address = f"/admin/agents/{people.ana.id}/deactivation"
    assert "They hold 3 tickets" in client.get(address).get_data(as_text=True)
    assert "Say where their tickets go." in client.send(address, {"to": "ask"}).get_data(as_text=True)
    assert "Say where their tickets go." in client.send(address).get_data(as_text=True)
    assert client.send(address, {"to": str(people.ana.id)}).status_code == 422
    assert client.send(address, {"to": "team:99"}).status_code == 422
    assert desk().agents[people.ana.id].is_active
    world.signed_in(app, people.ana)
    assert client.send(address, {"to": str(people.jonas.id)}).status_code == 303
    db.session.expire_all()
    assert {db.session.get(Ticket, t.id).assignee_id for t in mine} == {people.jonas.id}
    assert db.session.get(Ticket, closed.id).assignee_id == people.ana.id
    assert db.session.get(HelpTopic, topic.id).assignee_id == people.jonas.id
    assert not desk().agents[people.ana.id].is_active
    assert sessions_of(people.ana) == 0
    assert "Ana Moreno" in client.get("/admin/agents?show=off").get_data(as_text=True)


def test_tickets_of_a_team_go_back_to_it_when_nobody_takes_them(sqlite_app):
    people = world.cast()
    ticket = world.make_ticket(assignee=people.ana)
    from portal.tickets.actions import assign

    assign(ticket, f"team:{people.team.id}", by=world.SYSTEM_LIKE, now=utc_now())
    assign(ticket, str(people.ana.id), by=world.SYSTEM_LIKE, now=utc_now())
    client = world.signed_in(sqlite_app, people.omar)
    client.send(f"/admin/agents/{people.ana.id}/deactivation", {"to": ""})
    db.session.expire_all()
    kept = db.session.get(Ticket, ticket.id)
    assert (kept.assignee_id, kept.team_id) == (None, people.team.id)


def test_an_agent_who_is_off_can_be_switched_on_again(sqlite_app):
    people = world.cast()
    client = world.signed_in(sqlite_app, people.omar)
    client.send(f"/admin/agents/{people.ana.id}/deactivation", {"to": ""})
    theirs = CheckedClient.of(sqlite_app)
    theirs.send("/sign-in", {"email": world.address_of(people.ana), "password": world.PASSWORD})
    assert theirs.get("/agent/queues/open").status_code == 404
    client.send(f"/admin/agents/{people.ana.id}/activation")
    assert desk().agents[people.ana.id].is_active
    world.signed_in(sqlite_app, people.ana)

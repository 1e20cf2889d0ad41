"""The running example, played through the real actions."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from portal.core.clock import utc_now
from portal.core.database import db, transaction
from portal.core.desk_settings import desk_setting
from portal.core.errors import Refused
from portal.core.outbox import post_letter
from portal.demo import play, show_links
from portal.people.models import Agent, Person, PersonAddress, Role
from portal.people.passwords import is_password
from portal.tickets.models import Attachment, Entry, Event, Promise, Ticket, TicketLink
from tests.clients import CheckedClient
from tests.ops.servers import Browser, portal, serving
from tests.world import make_customer

PASSWORD = "orchid lantern on the moon"


def sign_ins(lines: list[str]) -> dict[str, tuple[str, str]]:
    found = {}
    for line in lines:
        role, address, secret = re.split(r" {2,}", line)
        found[address.split("@")[0]] = (role, secret)
    return found


def of_subject(start: str) -> Ticket:
    return db.session.execute(select(Ticket).where(Ticket.subject.startswith(start))).scalar_one()


def test_the_cast_is_complete_and_its_passwords_work(app: Flask) -> None:
    cast = sign_ins(play(app))
    assert {name: role for name, (role, _secret) in cast.items()} == {
        "omar": "administrator", "ana": "agent", "jonas": "agent", "rita": "agent", "priya": "customer",
        "tomas": "customer", "lena": "guest",
    }  # fmt: skip
    hashes = {
        row.address.split("@")[0]: row.password_hash
        for row in db.session.execute(
            select(PersonAddress.address, Person.password_hash).join(Person, Person.id == PersonAddress.person_id)
        )
    }
    for name in ("omar", "ana", "jonas", "rita", "priya", "tomas"):
        assert is_password(hashes[name], cast[name][1])
    assert len({secret for _role, secret in cast.values()}) == len(cast)
    roles = dict(
        db.session.execute(
            select(Person.name, Role.name)
            .join(Agent, Agent.person_id == Person.id)
            .join(Role, Role.id == Agent.role_id)
        ).all()
    )
    assert roles["Rita Silva"] == "Limited"
    assert desk_setting("site.name") == "Harbour Bank help"


def test_the_story_has_all_its_turns(app: Flask) -> None:
    play(app, password=PASSWORD)
    outage = of_subject("Online banking is down")
    kinds = [e.kind for e in db.session.execute(select(Event).where(Event.ticket_id == outage.id)).scalars()]
    for kind in (
        "ticket.opened", "ticket.assigned", "priority.changed", "reply.sent", "note.added", "promise.made",
        "promise.kept", "promise.moved", "merge.received", "ticket.resolved", "ticket.closed", "ticket.rated",
    ):  # fmt: skip
        assert kind in kinds
    assert outage.resolution
    assert outage.cause
    assert (outage.state, outage.rating) == ("closed", 5)
    notes = " ".join(db.session.execute(select(Entry.body).where(Entry.kind == "note")).scalars())
    for word in ("Assessment", "Isolation", "rollback failed", "verified", "Validation", "Root cause"):
        assert word in notes
    phone = of_subject("Cannot sign in")
    assert (phone.channel, phone.is_reopened, phone.state) == ("phone", True, "open")
    assert phone.promise_due_at > utc_now()
    assert db.session.execute(select(TicketLink)).first() is not None
    assert db.session.execute(select(Ticket.id).where(Ticket.merged_into_id == outage.id)).first() is not None
    assert of_subject("App says").is_address_proven is False
    assert db.session.execute(select(Attachment)).first() is not None
    states = set(db.session.execute(select(Promise.state)).scalars())
    assert {"open", "kept", "moved", "missed"} <= states
    newest = db.session.execute(select(Event.happened_at).order_by(Event.happened_at.desc()).limit(1)).scalar_one()
    assert newest <= utc_now()


def test_events_of_a_ticket_are_in_the_order_of_time(app: Flask) -> None:
    play(app)
    for ticket_id in db.session.execute(select(Ticket.id)).scalars().all():
        times = list(
            db.session.execute(
                select(Event.happened_at).where(Event.ticket_id == ticket_id).order_by(Event.id)
            ).scalars()
        )
        assert times == sorted(times)


def test_every_queue_has_something(app: Flask) -> None:
    cast = sign_ins(play(app, password=PASSWORD))
    client = CheckedClient.of(app)
    client.send("/sign-in", {"email": "jonas@demo.example", "password": cast["jonas"][1]})
    from portal.queues.shipped import SHIPPED

    for queue in SHIPPED:
        page = client.get(f"/agent/queues/{queue.slug}")
        assert page.status_code == 200
        assert re.search(r'href="/agent/tickets/\d+', page.text), queue.slug


def test_the_guests_link_leads_to_the_ticket(app: Flask) -> None:
    link = sign_ins(play(app))["lena"][1]
    client = CheckedClient.of(app)
    answer = client.get(link.removeprefix(app.config["PORTAL_URL"]))
    assert answer.status_code == 303
    assert "App says" in client.get(answer.location).text


def test_a_database_with_anybody_in_it_is_refused(app: Flask) -> None:
    make_customer()
    with pytest.raises(Refused, match="portal serve"):
        play(app)


def test_the_command_prints_the_sign_ins_and_refuses_a_second_time(tmp_path: Path) -> None:
    with serving(tmp_path, "--demo", PORTAL_DEMO_PASSWORD=PASSWORD) as server:
        lines = [line for line in server.output().splitlines() if "@demo.example" in line]
        cast = sign_ins(lines)
        assert len(cast) == 7
        assert {cast[name][1] for name in ("omar", "ana", "priya")} == {PASSWORD}
        browser = Browser(server.port)
        browser.sign_in("rita@demo.example", PASSWORD)
        assert browser.get("/agent/queues/open").status == 200
        guest = Browser(server.port)
        assert guest.get(cast["lena"][1].partition(str(server.port))[2]).status == 303
        assert server.stop() == 0
    done = portal("serve", "--demo", "--port", "0", home=tmp_path, code=1)
    assert "portal serve" in done.stderr
    assert "demo.example" not in done.stdout


def test_the_command_refuses_a_bad_demo_password_with_a_sentence(tmp_path: Path) -> None:
    done = portal("serve", "--demo", "--port", "0", home=tmp_path, code=1, PORTAL_DEMO_PASSWORD="short")
    assert "15" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("password", ["short", "harbour is my second home", "priya likes the blue sea"])
def test_a_demo_password_has_to_keep_the_rules(app: Flask, password: str) -> None:
    with pytest.raises(Refused):
        play(app, password=password)
    assert db.session.execute(select(Person.id)).first() is None


def test_links_of_the_demo_show_in_the_log_and_lead_in(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    play(app)
    now = utc_now()
    priya = db.session.execute(
        select(PersonAddress.person_id).where(PersonAddress.address == "priya@demo.example")
    ).scalar_one()
    outage = of_subject("Online banking is down")
    with transaction():
        rows = [
            post_letter("sign-in-link", address="priya@demo.example", person_id=priya, now=now),
            post_letter(
                "ticket-link", address="priya@demo.example", person_id=priya, ticket_id=outage.id, now=now,
            ),
            post_letter(
                "sign-in-link", address="priya@demo.example", person_id=priya, now=now - timedelta(hours=2),
            ),
        ]  # fmt: skip
    db.session.expunge_all()
    with caplog.at_level("INFO"):
        for row in rows:
            assert show_links(row, now) == "kept"
            assert "/t/" not in row.body
    links = re.findall(r"(?:Sign-in|Ticket) link for priya@demo.example: (\S+)", caplog.text)
    assert len(links) == 2
    client = CheckedClient.of(app)
    paths = [link.removeprefix(app.config["PORTAL_URL"]) for link in links]
    assert client.get(paths[0]).status_code == 200
    assert client.get(paths[1]).status_code == 303

"""People and tickets beside a ticket."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.core.clock import utc_now
from portal.core.database import db
from portal.people.models import Person
from portal.tickets import actions
from portal.tickets.models import Collaborator, Referral, TicketLink
from tests import world
from tests.agent_ticket.scene import scene, text_of, toast_of

NOUNS = ("customer", "collaborators", "referrals", "links", "merge")


@pytest.mark.parametrize("noun", NOUNS)
def test_each_form_is_a_page_and_a_fragment(app: Flask, noun: str) -> None:
    here = scene(app)
    assert "<h1>" in text_of(here.client.get(here.url(noun)))
    fragment = text_of(here.client.fragment(here.url(noun)))
    assert f'id="menu-{noun}-{here.ticket.number}"' in fragment
    viewer = world.signed_in(app, world.make_agent("Vera Only", department=here.cast.support, role="View only"))
    assert viewer.get(here.url(noun)).status_code == 403


def test_customer_changes_to_a_known_and_to_a_new_person(app: Flask) -> None:
    here = scene(app)
    assert here.send("customer", {"email": "TOMAS@customers.example"}).status_code == 303
    assert here.now().customer_id == here.cast.tomas.id
    answer = here.send("customer", {"email": "new.person@example.org", "from": "ticket"}, htmx=True)
    assert "new.person@example.org" in text_of(answer)
    undone = here.send("undo", {"event": str(toast_of(answer)["undo"]["event"])})
    assert undone.status_code == 303
    assert here.now().customer_id == here.cast.tomas.id


@pytest.mark.parametrize("email", ["", "no address", "a@", "x" * 300 + "@example.org", "a@b\x00c.example>"])
def test_a_bad_address_is_said_and_nobody_is_made(sqlite_app: Flask, email: str) -> None:
    here = scene(sqlite_app)
    people = db.session.execute(select(func.count()).select_from(Person)).scalar()
    for noun in ("customer", "collaborators"):
        answer = here.send(noun, {"email": email})
        assert answer.status_code == 422
        assert 'class="error"' in text_of(answer)
    assert db.session.execute(select(func.count()).select_from(Person)).scalar() == people


def test_refused_people_are_not_made(app: Flask) -> None:
    here = scene(app)
    people = db.session.execute(select(func.count()).select_from(Person)).scalar()
    rita = world.signed_in(app, here.cast.rita)
    for noun in ("customer", "collaborators"):
        assert rita.send(here.url(noun), {"email": "somebody@example.org"}).status_code == 403
    assert db.session.execute(select(func.count()).select_from(Person)).scalar() == people


def test_collaborators_come_and_go(app: Flask) -> None:
    here = scene(app)
    answer = here.send(
        "collaborators", {"email": "branch14@example.org", "name": "Branch 14", "from": "ticket"}, htmx=True
    )
    text = text_of(answer)
    assert "Branch 14" in text
    assert 'id="reply-to" hx-swap-oob="true"' in text
    person = db.session.execute(select(Collaborator.person_id)).scalar()
    assert here.send("collaborators", {"email": "priya@customers.example"}).status_code == 422
    assert here.send(f"collaborators/{person}/removal").status_code == 303
    assert db.session.execute(select(Collaborator.person_id)).first() is None
    for wrong in ("0", "abc", "9" * 30, "-1"):
        assert here.send(f"collaborators/{wrong}/removal").status_code in (303, 404)


def test_referrals_let_others_see_the_ticket(app: Flask) -> None:
    here = scene(app)
    jonas = world.signed_in(app, here.cast.jonas)
    assert jonas.get(here.url()).status_code == 404
    assert here.send("referrals", {"to": f"department:{here.cast.operations.id}"}).status_code == 303
    assert jonas.get(here.url()).status_code == 200
    assert "Operations" in here.page()
    row = db.session.execute(select(Referral.id)).scalar()
    assert here.send(f"referrals/{row}/removal", htmx=True).status_code == 200
    assert jonas.get(here.url()).status_code == 404
    for to in (str(here.cast.jonas.id), f"team:{here.cast.team.id}"):
        assert here.send("referrals", {"to": to}).status_code == 303
    for wrong in ("", "99999", "team:999", "department:x", f"department:{here.cast.support.id}", "planet:1"):
        assert here.send("referrals", {"to": wrong}).status_code == 422, wrong


def test_links_both_ways(app: Flask) -> None:
    here = scene(app)
    other = world.make_ticket("Mobile app", department=here.cast.support)
    assert here.send("links", {"number": f" #{other.number} ", "kind": "child"}).status_code == 303
    assert "Mobile app" in here.page()
    assert ">parent" in text_of(here.client.get(f"/agent/tickets/{other.number}"))
    row = db.session.execute(select(TicketLink.id)).scalar()
    assert here.send(f"links/{row}/removal").status_code == 303
    foreign = world.make_ticket("Far", department=here.cast.operations)
    for form in (
        {"number": ""}, {"number": "000"}, {"number": here.ticket.number}, {"number": foreign.number},
        {"number": other.number, "kind": "cousin"}, {"number": "\x00"}, {"number": "9" * 400},
    ):  # fmt: skip
        answer = here.send("links", form)
        assert answer.status_code == 422, form
        assert "Far" not in text_of(answer)


def test_merge_and_its_undo(app: Flask) -> None:
    here = scene(app)
    other = world.make_ticket("The same again", customer=here.cast.priya, department=here.cast.support)
    form = text_of(here.client.get(here.url("merge")))
    assert f'value="{other.number}"' in form
    assert "The same again" in form
    answer = here.send("merge", {"into": other.number, "from": "ticket"}, htmx=True)
    assert "Merged into" in text_of(answer)
    assert here.now().merged_into_id == other.id
    parent = text_of(here.client.get(f"/agent/tickets/{other.number}"))
    assert parent.count("I see error 503.") == 2
    event = here.events("ticket.merged")[0].id
    assert f'name="event" value="{event}"' in here.page()
    back = here.send("undo", {"event": str(event), "from": "ticket"}, htmx=True)
    assert 'id="reply-body"' in text_of(back)
    assert here.now().merged_into_id is None
    foreign = world.make_ticket("Far", department=here.cast.operations)
    for into in ("", "000", here.ticket.number, foreign.number, "abc"):
        assert here.send("merge", {"into": into}).status_code == 422, into


def test_rights_are_asked(app: Flask) -> None:
    here = scene(app)
    other = world.make_ticket("Other", department=here.cast.support)
    viewer = world.signed_in(app, world.make_agent("Vera Only", department=here.cast.support, role="View only"))
    jonas = world.signed_in(app, here.cast.jonas)
    before = here.now().version
    for noun, form in (
        ("customer", {"email": "tomas@customers.example"}), ("collaborators", {"email": "tomas@customers.example"}),
        ("referrals", {"to": str(here.cast.jonas.id)}), ("links", {"number": other.number, "kind": "related"}),
        ("merge", {"into": other.number}), ("collaborators/1/removal", {}), ("referrals/1/removal", {}),
        ("links/1/removal", {}), ("called", {}),
    ):  # fmt: skip
        assert viewer.send(here.url(noun), form).status_code == 403, noun
        assert jonas.send(here.url(noun), form).status_code == 404, noun
    assert here.now().version == before


def test_a_ticket_in_the_trash_takes_nothing(app: Flask) -> None:
    here = scene(app)
    actions.trash(here.ticket, by=world.actor_of(here.cast.ana), now=utc_now())
    for noun, form in (
        ("customer", {"email": "tomas@customers.example"}), ("collaborators", {"email": "tomas@customers.example"}),
        ("referrals", {"to": str(here.cast.jonas.id)}), ("replies", {"body": "Hello."}), ("notes", {"body": "Hello."}),
        ("status", {"status": "in-progress"}), ("promise", {"next_update_in": "30"}),
    ):  # fmt: skip
        answer = here.send(noun, form)
        assert answer.status_code == 422, noun
        assert "in the trash" in text_of(answer)

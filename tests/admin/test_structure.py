"""Departments, teams, roles and organizations: adding, changing, deleting, and every refusal."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from portal.core.clock import utc_now
from portal.core.database import db
from portal.people.desk import desk
from portal.people.models import Department, Organization, Person, Role, SecurityEvent, Team, WebSession
from tests import world
from tests.admin.forms import change, fields_of, newest_event, text_of


@pytest.fixture
def people(sqlite_app):
    return world.cast()


@pytest.fixture
def client(sqlite_app, people):
    return world.signed_in(sqlite_app, people.omar)


def row_called(model, name):
    return db.session.execute(select(model).where(model.name == name)).scalar_one()


@pytest.mark.parametrize("kind", ["departments", "teams", "roles", "organizations", "priorities", "statuses", "topics"])
@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "Write a name."),
        ("\u200b\u2060", "Write a name."),
        ("\x00\x1b", "Write a name."),
        ("x" * 201, "200 characters at most"),
    ],
)
def test_a_bad_name_is_refused_beside_its_field(people, client, kind, name, sentence):
    answer = change(client, f"/admin/{kind}/new", name=name, customer_text="Here it is.")
    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert 'id="name-error"' in text_of(answer)


@pytest.mark.parametrize(
    ("kind", "taken"),
    [
        ("departments", "support"),
        ("teams", "RESTORE"),
        ("roles", "limited"),
        ("organizations", "harbour FOODS"),
        ("priorities", "urgent"),
        ("statuses", "in PROGRESS"),
        ("topics", "general"),
    ],
)
def test_a_name_is_taken_without_regard_to_case(people, client, kind, taken):
    answer = change(client, f"/admin/{kind}/new", name=f"  {taken}\t", customer_text="Here it is.")
    assert answer.status_code == 422
    assert "There is already one called" in text_of(answer)


def test_names_of_200_signs_of_any_script_are_kept(people, client):
    name = "Bücher 📚 كتب " + "ö" * 187
    answer = change(client, "/admin/departments/new", name=name)
    assert answer.status_code == 303
    assert row_called(Department, name).is_active


def test_a_double_submit_adds_one(people, client):
    for _i in range(2):
        assert client.send("/admin/teams/new", {"name": "Night", "once": "same"}).status_code == 303
    assert db.session.execute(select(func.count()).select_from(Team).where(Team.name == "Night")).scalar() == 1


def test_a_department_is_added_changed_and_deleted_on_record(people, client):
    change(client, "/admin/departments/new", name="Facilities")
    row = row_called(Department, "Facilities")
    address = f"/admin/departments/{row.id}"
    assert change(client, address, name="Buildings", is_public=None).status_code == 303
    event = newest_event()
    assert event.kind == "department.changed"
    assert event.detail["changes"] == {"name": ["Facilities", "Buildings"], "is_public": [True, False]}
    assert [d.name for d in desk().departments.values()] == ["Support", "Operations", "Buildings"]
    assert change(client, address).headers["Location"].endswith(address)
    assert newest_event().id == event.id, "nothing changed, so nothing is written"
    assert client.send(f"{address}/deletion").status_code == 303
    assert client.get(address).status_code == 404
    assert newest_event().kind == "department.deleted"


def test_a_department_that_is_used_is_not_deleted_and_says_where(people, client):
    world.make_ticket(department=people.operations)
    answer = client.send(f"/admin/departments/{people.operations.id}/deletion")
    assert answer.status_code == 422
    assert "it is used by: 1 agent, 1 ticket" in text_of(answer)


def test_a_department_of_the_past_is_not_deleted(people, client):
    """A ticket's timeline must stay readable."""
    from portal.tickets.actions import transfer

    passing = world.make_department("Passing")
    ticket = world.make_ticket(department=passing)
    transfer(ticket, people.support.id, by=world.actor_of(people.omar), now=utc_now())
    answer = client.send(f"/admin/departments/{passing.id}/deletion")
    assert answer.status_code == 422
    assert "the history of tickets" in text_of(answer)


def test_what_new_tickets_need_is_not_switched_off(people, client):
    world.make_topic("Cards", department=people.operations)
    answer = change(client, f"/admin/departments/{people.operations.id}", is_active=None)
    assert answer.status_code == 422
    assert "New tickets are still sent here by: the help topic Cards" in text_of(answer)
    world.set_setting("tickets.default_department_id", world.make_department("Third").id)
    third = row_called(Department, "Third")
    assert "by default" in text_of(change(client, f"/admin/departments/{third.id}", is_active=None))
    assert client.send(f"/admin/departments/{third.id}/deletion").status_code == 422


def test_the_last_active_department_stays(sqlite_app):
    client = world.signed_in(sqlite_app, world.make_administrator())
    answer = change(client, f"/admin/departments/{world.first_department().id}", is_active=None)
    assert answer.status_code == 422
    assert "This is the last active department." in text_of(answer)


def test_a_team_has_its_lead_among_its_members(people, client):
    answer = change(
        client, "/admin/teams/new", name="Night", lead_id=str(people.rita.id), member_ids=[str(people.ana.id)]
    )
    assert answer.status_code == 303
    team = row_called(Team, "Night")
    assert team.lead_id == people.rita.id
    assert {a.name for a in desk().agents.values() if team.id in a.team_ids} == {"Ana Moreno", "Rita Lindqvist"}
    change(client, f"/admin/teams/{team.id}", member_ids=[str(people.jonas.id)], lead_id="")
    assert newest_event().detail["changes"] == {
        "lead": ["Rita Lindqvist", ""],
        "members": [["Ana Moreno", "Rita Lindqvist"], ["Jonas Weber"]],
    }
    assert client.send(f"/admin/teams/{team.id}/deletion").status_code == 303


def test_a_team_with_tickets_is_not_deleted(people, client):
    from portal.tickets.actions import assign

    assign(world.make_ticket(), f"team:{people.team.id}", by=world.actor_of(people.omar), now=utc_now())
    answer = client.send(f"/admin/teams/{people.team.id}/deletion")
    assert answer.status_code == 422
    assert "1 ticket" in text_of(answer)
    world.make_topic("Cards", team=people.team)
    assert "the help topic Cards" in text_of(change(client, f"/admin/teams/{people.team.id}", is_active=None))


def test_a_role_keeps_what_was_typed_when_refused(people, client):
    answer = change(client, "/admin/roles/new", name="", permissions=["ticket.reply", "ticket.note"])
    assert answer.status_code == 422
    page = text_of(answer)
    assert 'value="ticket.reply" checked' in page
    assert 'value="ticket.delete" checked' not in page
    assert change(client, "/admin/roles/new", name="Odd", permissions=["ticket.fly"]).status_code == 422


def test_a_role_that_gains_a_permission_makes_its_agents_sign_in_again(sqlite_app, people, client):
    limited, all_access = row_called(Role, "Limited"), row_called(Role, "All access")
    world.signed_in(sqlite_app, people.rita)
    address = f"/admin/roles/{limited.id}"
    fewer = [p for p in limited.permissions if p != "ticket.link"]
    change(client, address, permissions=fewer)
    assert sessions_of(people.rita) == 1, "fewer rights need no new session"
    assert desk().role_permissions[limited.id] == set(fewer)
    change(client, address, permissions=[*fewer, "ticket.close"])
    assert sessions_of(people.rita) == 0
    event = newest_event()
    assert event.kind == "role.changed"
    assert event.detail["changes"]["permissions"][1][-1] == "ticket.close" or "ticket.close" in str(event.detail)
    change(client, f"/admin/roles/{all_access.id}", name="Everything")
    assert client.get("/admin/").status_code == 200, "the administrator, who holds it, stays signed in"


def sessions_of(agent) -> int:
    return db.session.execute(
        select(func.count()).select_from(WebSession).where(WebSession.person_id == agent.person_id)
    ).scalar_one()


def test_a_role_that_is_held_is_not_deleted(people, client):
    limited = row_called(Role, "Limited")
    answer = client.send(f"/admin/roles/{limited.id}/deletion")
    assert answer.status_code == 422
    assert "1 agent" in text_of(answer)
    unused = row_called(Role, "View only")
    assert client.send(f"/admin/roles/{unused.id}/deletion").status_code == 303


def test_an_organization_shares_tickets_and_has_members(people, client):
    change(client, "/admin/organizations/new", name="Novak Parts", shares_tickets="y")
    row = row_called(Organization, "Novak Parts")
    address = f"/admin/organizations/{row.id}"
    assert client.send(f"{address}/members", {"member-address": "TOMAS@customers.example"}).status_code == 303
    assert db.session.get(Person, people.tomas.id, populate_existing=True).organization_id == row.id
    assert newest_event().detail["changes"]["organization"] == ["Novak Bikes", "Novak Parts"]
    for typed, sentence in (("ghost@customers.example", "Nobody with this address"), ("what", "not an e-mail address")):
        answer = client.send(f"{address}/members", {"member-address": typed})
        assert answer.status_code == 422
        assert sentence in text_of(answer)
        assert f'value="{typed}"' in text_of(answer)
    assert "1 customer" in text_of(client.send(f"{address}/deletion"))
    assert client.send(f"{address}/members/{people.tomas.id}/removal").status_code == 303
    assert client.send(f"{address}/members/{people.tomas.id}/removal").status_code == 404
    assert client.send(f"{address}/deletion").status_code == 303


def test_organizations_page_by_keyset_there_and_back(people, client):
    for number in range(60):
        world.make_organization(f"Branch {number:02d}")
    names = []
    address = "/admin/organizations"
    first = text_of(client.get(address))
    while address:
        page = text_of(client.get(address))
        names += [line for line in page.split("<bdi>") if line.startswith("Branch")]
        address = next((part.split('"')[0] for part in page.split('rel="next" href="')[1:]), "")
    assert [name[:9] for name in names] == [f"Branch {number:02d}" for number in range(60)]
    second = text_of(client.get(next(part.split('"')[0] for part in first.split('rel="next" href="')[1:])))
    back = text_of(client.get(next(part.split('"')[0] for part in second.split('rel="prev" href="')[1:])))
    assert back.split("<tbody>")[1].split("</tbody>")[0] == first.split("<tbody>")[1].split("</tbody>")[0]
    for broken in (
        "xx",
        "eyJ9",
        "W251bGwsMSwwXQ",
        "WzEsMSwwXQ",
        "W1tdLDEsMF0",
        "WyJcdTAwMDAiLDEsMF0",
        "WyJcdWQ4MDAiLDEsMF0",
    ):
        assert client.get(f"/admin/organizations?after={broken}").status_code == 200


def test_a_stale_form_changes_nothing_and_loses_nothing(sqlite_app, people, client):
    eva = world.make_agent("Eva Stone", administrator=True)
    other = world.signed_in(sqlite_app, eva)
    address = f"/admin/departments/{people.operations.id}"
    from tests.admin.forms import shown_fields

    mine = {**shown_fields(client, address), "name": "Ops one"}
    theirs = {**shown_fields(other, address), "name": "Ops two"}
    assert client.send(address, mine).status_code == 303
    before = db.session.execute(select(func.count()).select_from(SecurityEvent)).scalar()
    answer = other.send(address, theirs)
    assert answer.status_code == 409
    assert "Omar Diaz changed this meanwhile." in text_of(answer)
    assert 'value="Ops two"' in text_of(answer)
    assert "Ops one" in text_of(answer)
    assert "Save mine anyway" in text_of(answer)
    assert db.session.execute(select(func.count()).select_from(SecurityEvent)).scalar() == before
    assert desk().departments[people.operations.id].name == "Ops one"


def test_two_administrators_who_change_different_fields_both_get_what_they_want(sqlite_app, people, client):
    from tests.admin.forms import shown_fields

    other = world.signed_in(sqlite_app, world.make_agent("Eva Stone", administrator=True))
    address = f"/admin/departments/{people.operations.id}"
    mine, theirs = shown_fields(client, address), shown_fields(other, address)
    assert client.send(address, {**mine, "name": "Ops"}).status_code == 303
    assert (
        other.send(address, {name: value for name, value in theirs.items() if name != "is_public"}).status_code == 303
    )
    assert desk().departments[people.operations.id].name == "Ops"
    assert people.operations.id not in desk().public_departments
    assert newest_event().detail["changes"] == {"is_public": [True, False]}


def test_saving_a_stale_form_again_keeps_what_was_not_touched(sqlite_app, people, client):
    from tests.admin.forms import shown_fields

    other = world.signed_in(sqlite_app, world.make_agent("Eva Stone", administrator=True))
    address = f"/admin/departments/{people.operations.id}"
    theirs = {**shown_fields(other, address), "name": "Theirs"}
    assert change(client, address, name="Mine", is_public=None).status_code == 303
    answer = other.send(address, theirs)
    assert answer.status_code == 409
    page = answer.get_data(as_text=True)
    again = fields_of(page, address)
    assert (again["name"], "is_public" in again) == ("Theirs", False)
    assert other.send(address, again).status_code == 303
    assert desk().departments[people.operations.id].name == "Theirs"
    assert people.operations.id not in desk().public_departments


def test_extra_fields_change_nothing_else(people, client):
    answer = change(client, f"/admin/departments/{people.operations.id}", name="Ops", id="77", is_administrator="y")
    assert answer.status_code == 303
    assert db.session.get(Department, people.operations.id, populate_existing=True).name == "Ops"
    assert newest_event().detail["changes"] == {"name": ["Operations", "Ops"]}

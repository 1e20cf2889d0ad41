"""Help topics, statuses and priorities in administration."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from portal.core.clock import utc_now
from portal.core.database import db
from portal.tickets.models import HelpTopic, Priority, Status, Ticket
from portal.tickets.statuses import ticket_lists
from tests import world
from tests.admin.forms import change, newest_event, text_of


@pytest.fixture
def people(sqlite_app):
    return world.cast()


@pytest.fixture
def client(sqlite_app, people):
    return world.signed_in(sqlite_app, people.omar)


def status(slug):
    return db.session.execute(select(Status).where(Status.slug == slug)).scalar_one()


def priority(slug):
    return db.session.execute(select(Priority).where(Priority.slug == slug)).scalar_one()


def topic(name):
    return db.session.execute(select(HelpTopic).where(HelpTopic.name == name)).scalar_one()


def test_a_status_is_added_after_its_state_with_a_slug_that_stays(people, client):
    answer = change(
        client,
        "/admin/statuses/new",
        name="Waiting on Pärts",
        state="waiting",
        pauses_clock="y",
        customer_text="We wait for a part.",
        next_text="We check again by {by}.",
    )
    assert answer.status_code == 303
    slugs = [card.slug for card in ticket_lists().statuses.values()]
    assert slugs == [
        "new",
        "open",
        "in-progress",
        "waiting-on-customer",
        "waiting-on-third-party",
        "waiting-on-parts",
        "resolved",
        "closed",
    ]
    address = f"/admin/statuses/{status('waiting-on-parts').id}"
    assert change(client, address, name="Waiting on a part").status_code == 303
    assert ticket_lists().status("waiting-on-parts").name == "Waiting on a part"
    assert newest_event().detail["changes"] == {"name": ["Waiting on Pärts", "Waiting on a part"]}


def test_names_that_give_the_same_slug_or_none_get_their_own(people, client):
    for name in ("Parts!", "Parts?", "在庫", "待ち"):
        assert change(client, "/admin/statuses/new", name=name, customer_text="x").status_code == 303
    slugs = {card.slug for card in ticket_lists().statuses.values()}
    assert {"parts", "parts-2", "status", "status-2"} <= slugs


def test_customers_read_the_new_text(people, client):
    change(client, f"/admin/statuses/{status('open').id}", customer_text="{agent} is on it.\nReally.")
    assert ticket_lists().status("open").customer_text == "{agent} is on it. Really."


@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [
        ("customer_text", " ", "Write what the customer reads"),
        ("customer_text", "Hello {name}", "“{name}” cannot be filled in"),
        ("next_text", "by {by", "single brace"),
        ("next_text", "by {by.__class__}", "cannot be filled in"),
        ("you_can_text", "x" * 501, "500 characters at most"),
        ("state", "limbo", "Not a valid choice"),
    ],
)
def test_a_bad_status_is_refused(people, client, field, text, sentence):
    answer = change(client, f"/admin/statuses/{status('open').id}", **{field: text})
    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert ticket_lists().status("open").customer_text == "{agent} is looking after this."


def test_new_stays_as_it_is(people, client):
    address = f"/admin/statuses/{status('new').id}"
    for changes in ({"is_active": None}, {"state": "waiting"}):
        answer = change(client, address, **changes)
        assert answer.status_code == 422
        assert "New is where every ticket begins" in text_of(answer)
    assert client.send(f"{address}/deletion").status_code == 422
    assert change(client, address, name="Fresh").status_code == 303


def test_a_state_keeps_an_active_status(people, client):
    for slug in ("resolved", "closed"):
        answer = change(client, f"/admin/statuses/{status(slug).id}", is_active=None)
        assert answer.status_code == 422
        assert "the last active status of its state" in text_of(answer)
    assert change(client, f"/admin/statuses/{status('open').id}", is_active=None).status_code == 303
    left = change(client, f"/admin/statuses/{status('in-progress').id}", is_active=None)
    assert left.status_code == 422, "New alone is not enough: nobody may set it"
    assert change(client, f"/admin/statuses/{status('in-progress').id}", state="waiting").status_code == 422


def test_a_status_that_tickets_have_keeps_its_state_and_is_not_deleted(people, client):
    world.make_ticket(status="in-progress")
    address = f"/admin/statuses/{status('in-progress').id}"
    assert "its state stays" in text_of(change(client, address, state="waiting"))
    answer = client.send(f"{address}/deletion")
    assert answer.status_code == 422
    assert "1 ticket" in text_of(answer)
    assert change(client, address, is_active=None).status_code == 303


def test_a_status_that_a_ticket_once_had_is_not_deleted(people, client):
    from portal.tickets.actions import change_status

    ticket = world.make_ticket(status="in-progress")
    change_status(ticket, "open", by=world.actor_of(people.omar), now=utc_now())
    answer = client.send(f"/admin/statuses/{status('in-progress').id}/deletion")
    assert "the history of tickets names it" in text_of(answer)
    unused = status("waiting-on-third-party")
    assert client.send(f"/admin/statuses/{unused.id}/deletion").status_code == 303


def test_statuses_move_up_and_down(people, client):
    address = f"/admin/statuses/{status('open').id}/position"
    client.send(address, {"step": "1"})
    assert [c.slug for c in ticket_lists().statuses.values()][:3] == ["new", "in-progress", "open"]
    client.send(address, {"step": "-1"})
    client.send(address, {"step": "-1"})
    assert [c.slug for c in ticket_lists().statuses.values()][:3] == ["open", "new", "in-progress"]
    client.send(address, {"step": "-1"})
    assert newest_event().detail["changes"] == {"position": [2, 1]}
    for step in ("", "2", "-9999", "x"):
        assert client.send(address, {"step": step}).status_code == 422


def test_priorities_move_and_their_tickets_with_them(app):
    client = world.signed_in(app, world.make_administrator())
    urgent, normal = world.make_ticket(priority="urgent"), world.make_ticket(priority="normal")
    change(client, "/admin/priorities/new", name="Critical")
    assert ticket_lists().priority("critical").rank == 5
    client.send(f"/admin/priorities/{priority('critical').id}/position", {"step": "-1"})
    db.session.expire_all()
    ranks = [db.session.get(Ticket, t.id).priority_rank for t in (urgent, normal)]
    assert ranks == [5, 2]
    assert [c.slug for c in ticket_lists().priorities.values()] == ["low", "normal", "high", "critical", "urgent"]


def test_a_priority_keeps_its_slug_and_is_deleted_only_when_unused(people, client):
    world.make_ticket(priority="high")
    address = f"/admin/priorities/{priority('high').id}"
    assert change(client, address, name="Very high").status_code == 303
    assert ticket_lists().priority("high").name == "Very high"
    assert "1 ticket" in text_of(client.send(f"{address}/deletion"))
    assert client.send(f"/admin/priorities/{priority('low').id}/deletion").status_code == 303


def test_the_last_active_priority_stays(people, client):
    for slug in ("low", "normal", "high"):
        assert change(client, f"/admin/priorities/{priority(slug).id}", is_active=None).status_code == 303
    answer = change(client, f"/admin/priorities/{priority('urgent').id}", is_active=None)
    assert "the last active priority" in text_of(answer)


def test_a_topic_decides_where_its_tickets_go(people, client):
    answer = change(
        client,
        "/admin/topics/new",
        name="Cards",
        department_id=str(people.operations.id),
        priority_id=str(priority("high").id),
        assignee=f"team:{people.team.id}",
        description="Lost\nor stolen",
        cause_rule="required",
    )
    assert answer.status_code == 303
    card = ticket_lists().topics[topic("Cards").id]
    assert (card.department_id, card.team_id, card.assignee_id) == (people.operations.id, people.team.id, None)
    assert (card.cause_rule, card.is_public, card.description) == ("required", True, "Lost\nor stolen")
    ticket = world.make_ticket(topic=topic("Cards"))
    assert (ticket.department_id, ticket.priority_rank, ticket.team_id) == (people.operations.id, 3, people.team.id)
    change(client, f"/admin/topics/{card.id}", assignee=str(people.ana.id), is_public=None)
    assert newest_event().detail["changes"] == {"assignee": ["Restore", "Ana Moreno"], "is_public": [True, False]}


def test_parents_in_a_circle_are_refused(people, client):
    first = world.make_topic("First")
    change(client, "/admin/topics/new", name="Second", parent_id=str(first.id))
    change(client, "/admin/topics/new", name="Third", parent_id=str(topic("Second").id))
    page = text_of(client.get(f"/admin/topics/{first.id}"))
    assert "First / Second" not in page, "what lies below a topic cannot be picked as its parent"
    fields = {
        "name": "First",
        "department_id": str(first.department_id),
        "resolution_rule": "optional",
        "cause_rule": "optional",
        "is_active": "y",
    }
    for parent in (first.id, topic("Second").id, topic("Third").id, 999):
        answer = client.send(f"/admin/topics/{first.id}", {**fields, "parent_id": str(parent)})
        assert answer.status_code == 422
    from dataclasses import replace

    from portal.core.errors import Refused
    from portal.tickets.topic_actions import change_topic_values, topic_values

    for parent in (first, topic("Third")):
        with pytest.raises(Refused, match="below itself"):
            change_topic_values(
                first, replace(topic_values(first), parent_id=parent.id), by=world.actor_of(people.omar), now=utc_now()
            )


def test_topics_of_one_name_may_lie_below_different_parents(people, client):
    one, two = world.make_topic("One"), world.make_topic("Two")
    for parent in (one, two):
        assert change(client, "/admin/topics/new", name="Other", parent_id=str(parent.id)).status_code == 303
    assert change(client, "/admin/topics/new", name="other", parent_id=str(two.id)).status_code == 422


def test_topics_move_among_their_siblings_and_keep_what_lies_below_beside_them(people, client):
    for name in ("Banking", "Cards"):
        change(client, "/admin/topics/new", name=name)
    change(client, "/admin/topics/new", name="Mobile", parent_id=str(topic("Banking").id))
    paths = lambda: [card.path for card in ticket_lists().topics.values()]  # noqa: E731
    assert paths() == ["General", "Banking", "Banking / Mobile", "Cards"]
    client.send(f"/admin/topics/{topic('Cards').id}/position", {"step": "-1"})
    assert paths() == ["General", "Cards", "Banking", "Banking / Mobile"]
    client.send(f"/admin/topics/{topic('Mobile').id}/position", {"step": "-1"})
    assert paths() == ["General", "Cards", "Banking", "Banking / Mobile"]


def test_a_topic_that_is_used_is_not_deleted(people, client):
    used, parent = world.make_topic("Used"), world.make_topic("Parent")
    world.make_ticket(topic=used)
    change(client, "/admin/topics/new", name="Child", parent_id=str(parent.id))
    assert "1 ticket" in text_of(client.send(f"/admin/topics/{used.id}/deletion"))
    assert "1 topic below it" in text_of(client.send(f"/admin/topics/{parent.id}/deletion"))
    assert client.send(f"/admin/topics/{topic('Child').id}/deletion").status_code == 303
    world.set_setting("tickets.default_topic_id", parent.id)
    assert "the settings" in text_of(client.send(f"/admin/topics/{parent.id}/deletion"))
    assert "in the settings first" in text_of(change(client, f"/admin/topics/{parent.id}", is_active=None))

"""Who gets into administration, and that every page of it can be drawn."""

from __future__ import annotations

import pytest

from tests import world
from tests.clients import CheckedClient

PAGES = (
    "/admin/",
    "/admin/agents",
    "/admin/agents?show=off",
    "/admin/agents/new",
    "/admin/agents/1",
    "/admin/agents/1/password",
    "/admin/agents/1/deactivation",
    "/admin/departments",
    "/admin/departments/new",
    "/admin/departments/1",
    "/admin/teams",
    "/admin/teams/new",
    "/admin/teams/1",
    "/admin/roles",
    "/admin/roles/new",
    "/admin/roles/1",
    "/admin/topics",
    "/admin/topics/new",
    "/admin/topics/1",
    "/admin/statuses",
    "/admin/statuses/new",
    "/admin/statuses/1",
    "/admin/priorities",
    "/admin/priorities/new",
    "/admin/priorities/1",
    "/admin/organizations",
    "/admin/organizations/new",
    "/admin/organizations/1",
    "/admin/settings",
    "/admin/outbox",
    "/admin/outbox?state=kept",
    "/admin/log",
    "/admin/log?show=changes",
    "/admin/log?show=sign-ins",
    "/admin/system",
)
POSTS = (
    "/admin/agents/new",
    "/admin/agents/1",
    "/admin/agents/1/password",
    "/admin/agents/1/deactivation",
    "/admin/agents/1/activation",
    "/admin/departments/new",
    "/admin/departments/1",
    "/admin/departments/1/deletion",
    "/admin/teams/1/deletion",
    "/admin/roles/1",
    "/admin/roles/1/deletion",
    "/admin/topics/1/position",
    "/admin/topics/1/deletion",
    "/admin/statuses/1",
    "/admin/statuses/1/position",
    "/admin/statuses/1/deletion",
    "/admin/priorities/1/position",
    "/admin/priorities/1/deletion",
    "/admin/organizations/1/members",
    "/admin/organizations/1/members/1/removal",
    "/admin/organizations/1/deletion",
    "/admin/settings/site",
)


def test_every_page_is_drawn_for_an_administrator(app):
    people = world.cast()
    client = world.signed_in(app, people.omar)
    for page in PAGES:
        assert client.get(page).status_code == 200, page


def test_an_agent_gets_403_with_a_sentence(sqlite_app):
    people = world.cast()
    client = world.signed_in(sqlite_app, people.ana)
    for page in PAGES:
        answer = client.get(page)
        assert answer.status_code == 403, page
        assert "Only administrators may open this page" in answer.get_data(as_text=True)
    for address in POSTS:
        assert client.send(address, {"name": "Mine now"}).status_code == 403, address


def test_a_customer_gets_404(sqlite_app):
    people = world.cast()
    client = world.signed_in(sqlite_app, people.priya)
    for page in (*PAGES, "/admin/nowhere"):
        assert client.get(page).status_code == 404, page
    for address in POSTS:
        assert client.send(address, {"name": "Mine now"}).status_code == 404, address


def test_nobody_is_led_to_sign_in_whether_the_page_exists_or_not(sqlite_app):
    client = CheckedClient.of(sqlite_app)
    for page in ("/admin/", "/admin/agents", "/admin/agents/99", "/admin/nowhere"):
        answer = client.get(page)
        assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (303, "/sign-in"), page


@pytest.mark.parametrize(
    "kind", ["agents", "departments", "teams", "roles", "topics", "statuses", "priorities", "organizations", "outbox"]
)
def test_unknown_ids_are_404(sqlite_app, kind):
    client = world.signed_in(sqlite_app, world.make_administrator())
    for number in ("999", "2147483648", "99999999999999999999999"):
        assert client.get(f"/admin/{kind}/{number}").status_code == 404
    for address in ("/admin/agents/999/password", "/admin/agents/999/deactivation", "/admin/settings/nothing"):
        assert client.send(address).status_code in (404, 405)


def test_a_page_of_administration_needs_few_statements_however_long_the_lists(sqlite_app):
    client = world.signed_in(sqlite_app, world.make_administrator())
    counts: list[dict[str, int]] = []
    for _round in range(2):
        for _i in range(3):
            world.make_department(), world.make_agent(), world.make_topic(), world.make_organization()
        client.get("/admin/")  # fills the cache that the changes above emptied
        seen = {}
        for page in (
            "/admin/",
            "/admin/agents",
            "/admin/departments",
            "/admin/topics",
            "/admin/statuses",
            "/admin/organizations",
            "/admin/outbox",
            "/admin/log",
        ):
            client.get(page)
            with world.count_statements() as statements:
                client.get(page)
            seen[page] = statements.count
        counts.append(seen)
    assert counts[0] == counts[1]
    assert max(counts[0].values()) <= 3, counts[0]

"""Forged requests (no token, another's, another site), changes by GET, fields nobody may set, guessed ids, cookies."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine

from tests import building, world
from tests.access.lines import LINES
from tests.access.people import (
    ADMINISTRATOR,
    FOREIGN,
    GUEST,
    INSIDE,
    NOBODY,
    OWN,
    OWNER,
    STRANGER,
    TICKETS,
    Scene,
)  # fmt: skip
from tests.access.test_matrix import address, rules
from tests.clients import CheckedClient

POSTS = sorted(endpoint for endpoint, method in LINES if method == "POST")


def who_may(endpoint: str) -> str:
    """Somebody who may send this form."""
    return OWNER if endpoint.split(".")[0] == "customer" else ADMINISTRATOR


@pytest.mark.parametrize("endpoint", POSTS)
@pytest.mark.parametrize("mode", ["page", "fragment"])
def test_a_form_without_its_own_token_is_refused_and_changes_nothing(scene: Scene, endpoint: str, mode: str):
    person = who_may(endpoint)
    path = address(rules(scene.app)[endpoint, "POST"], scene, OWN)
    fields = LINES[endpoint, "POST"].body(scene, OWN)
    headers = {"HX-Request": "true"} if mode == "fragment" else {}
    forged = [
        ({}, {}),
        ({"csrf_token": ""}, {}),
        ({"csrf_token": "not-a-token"}, {}),
        ({"csrf_token": scene.tokens[INSIDE]}, {}),
        ({"csrf_token": scene.tokens[person]}, {"Sec-Fetch-Site": "cross-site"}),
    ]
    for token, further in forged:
        answer = scene.client(person).post(path, data={**fields, **token}, headers={**headers, **further})
        assert answer.status_code == 400, f"{token} {further}"
        assert scene.fingerprint() == scene.print


def test_a_token_runs_out(scene: Scene):
    path = f"/agent/tickets/{scene.numbers[OWN]}/priority"
    client, later = scene.client(ADMINISTRATOR), world.later(hours=5)
    with time_machine.travel(later, tick=False):
        answer = client.post(path, data={"csrf_token": scene.tokens[ADMINISTRATOR], "priority": "urgent"})
    assert answer.status_code in (303, 400)
    assert scene.fingerprint() == scene.print


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_other_methods_are_not_taken(scene: Scene, method: str):
    for rule in {rule.rule: rule for rule in rules(scene.app).values()}.values():
        answer = scene.client(ADMINISTRATOR).open(address(rule, scene, OWN), method=method)
        assert answer.status_code in (400, 404, 405), rule.rule
    assert scene.fingerprint() == scene.print


@pytest.mark.parametrize("person", [NOBODY, OWNER, GUEST, ADMINISTRATOR])
def test_nothing_changes_by_get_or_head(scene: Scene, person: str):
    for (endpoint, method), rule in rules(scene.app).items():
        if method != "GET":
            continue
        for kind in TICKETS if "number" in rule.arguments else TICKETS[:1]:
            path = address(rule, scene, kind)
            scene.client(person).get(path)
            scene.client(person).head(path)
        assert scene.fingerprint() == scene.print, f"{path} ({endpoint})"


EXTRA = {
    "id": "1", "number": "1", "ticket_id": "1", "customer_id": "1", "assignee_id": "1", "team_id": "1",
    "role": "administrator", "role_id": "1", "is_administrator": "1", "is_admin": "true", "administrator": "on",
    "created_at": "1999-01-01T00:00:00Z", "updated_at": "1999-01-01", "events": "[]", "shelf": "trash",
    "state": "closed", "status_id": "7", "priority_id": "4", "department_id": "1", "is_answered": "1",
    "is_address_proven": "1", "proven_at": "1999-01-01", "first_replied_at": "x", "deleted_at": "1999-01-01",
    "merged_into_id": "1", "resolution_text": "x", "password_hash": "x", "author_id": "1",
    "author_kind": "agent", "is_public": "1", "actor_name": "Omar", "by": "1", "permissions": "ticket.delete",
    "limited": "0",
}  # fmt: skip
"""Fields no form of the desk has a right to read."""

CHANGING = ("number", "token", "key", "delivery_id", "once", "lease", "password_hash")


def rows(scene: Scene) -> dict[str, list]:
    """Every row of every table, but for values that are random each time."""
    found = {}
    with sqlite3.connect(scene.file) as connection:
        connection.row_factory = sqlite3.Row
        names = [r[0] for r in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in names:
            if name.startswith(("ticket_fts", "sqlite_", "web_session", "number_taken", "access_link", "first_result")):
                continue
            kept = [dict(row) for row in connection.execute(f'SELECT * FROM "{name}"')]
            found[name] = [{k: v for k, v in row.items() if not k.startswith(CHANGING)} for row in kept]
    connection.close()
    return found


def masked(scene: Scene, found: dict[str, list]) -> str:
    """The rows as text, with the numbers of tickets opened meanwhile taken out."""
    text = json.dumps(found, default=str, sort_keys=True)
    with sqlite3.connect(scene.file) as connection:
        for (number,) in connection.execute("SELECT number FROM ticket"):
            if number not in scene.numbers.values():
                text = text.replace(number, "NEW")
    connection.close()
    return text


@pytest.mark.parametrize("endpoint", POSTS)
def test_fields_that_are_nobodys_to_set_change_nothing(scene: Scene, endpoint: str):
    person = who_may(endpoint)
    path = address(rules(scene.app)[endpoint, "POST"], scene, OWN)
    fields = {"csrf_token": scene.tokens[person], **LINES[endpoint, "POST"].body(scene, OWN)}
    seen = []
    now = datetime.now(UTC)
    for further in ({}, {k: v for k, v in EXTRA.items() if k not in fields}):
        scene.lay_down()
        with time_machine.travel(now, tick=False):
            answer = scene.client(person).post(path, data={**fields, **further})
        seen.append((answer.status_code, masked(scene, rows(scene))))
    assert seen[0] == seen[1]


def test_guessed_numbers_answer_as_missing_ones_do(scene: Scene):
    """What somebody may not see answers exactly as what does not exist: status, headers and text."""
    for person, pattern in ((INSIDE, "/agent/tickets/{}"), (OWNER, "/tickets/{}"), (NOBODY, "/tickets/{}")):
        answers = {}
        for number in (scene.numbers[FOREIGN], "999999", "000000"):
            answer = scene.client(person).get(pattern.format(number))
            text = answer.get_data(as_text=True).replace(number, "N")
            kept = {k: v.replace(number, "N") for k, v in answer.headers if k not in ("X-Request-ID", "Set-Cookie")}
            answers[number] = (answer.status_code, _without_tokens(text), kept)
        assert len({repr(answer) for answer in answers.values()}) == 1, person


def _without_tokens(text: str) -> str:
    import re

    return re.sub(r'(name="(csrf_token|once|started)"[^>]*value=")[^"]*', r"\1", text)


def test_many_guesses_find_nothing(scene: Scene):
    client = scene.client(STRANGER)
    client.checked = False
    for guess in range(100):
        assert client.get(f"/files/{guess}/x.txt").status_code == 404
        assert client.get(f"/tickets/{100_000 + guess}").status_code == 404
        assert client.get(f"/t/{guess:032}").status_code in (404, 410)


@pytest.fixture
def https_app(tmp_path) -> Iterator[object]:
    """A desk that is served under https."""
    from portal import create_app
    from portal.settings import load_settings

    settings = load_settings({
        "PORTAL_HOME": str(tmp_path), "PORTAL_DATABASE_URL": f"sqlite:///{tmp_path}/https.db",
        "PORTAL_URL": "https://desk.example", "PORTAL_RATE_LIMITS": "off",
    })  # fmt: skip
    app = create_app(settings)
    building.fill_empty_database(app)
    with app.app_context():
        yield app


def test_cookies_say_little_and_go_nowhere_else(sqlite_app):
    people = world.cast()
    client = CheckedClient.of(sqlite_app)
    answer = client.send("/sign-in", {"email": "ana@desk.example", "password": world.PASSWORD})
    cookies = answer.headers.getlist("Set-Cookie")
    assert cookies
    for cookie in cookies:
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Path=/" in cookie
        assert "Domain" not in cookie
    kept = client.get_cookie(sqlite_app.config["SESSION_COOKIE_NAME"]).value
    import base64

    inside = base64.urlsafe_b64decode(kept.lstrip(".").split(".")[0] + "===")
    for word in (b"ana", b"Ana", b"desk.example", b"Moreno"):
        assert word not in inside
    assert people.ana


def test_cookies_are_secure_under_https(https_app):
    client = CheckedClient.of(https_app)
    answer = client.get("/tickets/new", base_url="https://desk.example")
    assert "max-age=" in answer.headers["Strict-Transport-Security"]
    for cookie in answer.headers.getlist("Set-Cookie"):
        assert cookie.startswith("__Host-")
        assert "Secure" in cookie
    assert answer.headers.getlist("Set-Cookie")


@pytest.mark.parametrize(
    "path",
    ["/", "/tickets/new", "/tickets/find", "/sign-in", "/nothing/here", "/healthz", "/agent", "/t/x", "/tickets/1"],
)
def test_headers_on_every_kind_of_answer(sqlite_client, path):
    """The checked client fails on weak headers; here the answers that are no pages are asked for, too."""
    for method in ("GET", "HEAD", "POST", "PUT", "OPTIONS"):
        answer = sqlite_client.open(path, method=method)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["Referrer-Policy"]
        if "immutable" not in answer.headers.get("Cache-Control", ""):
            assert {"Cookie", "HX-Request"} <= {part.strip() for part in answer.headers.get("Vary", "").split(",")}

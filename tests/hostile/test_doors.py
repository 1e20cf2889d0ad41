"""Redirects that lead away, foreign hosts, double submits, caches, forms that come too late, paging, numbers."""

from __future__ import annotations

import io
import re
import threading
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from portal.core.clock import utc_now
from portal.core.database import db, transaction
from portal.core.models import Outbox
from portal.tickets import actions
from portal.tickets.models import Entry, NumberTaken, Ticket
from tests import world
from tests.clients import CheckedClient, fresh_reads

AWAY = (
    "https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example/", "\\\\elsewhere.example",
    "///elsewhere.example", "https:elsewhere.example", "/%2f%2felsewhere.example", "/%09/elsewhere.example",
    "/%0d%0aLocation:%20https://elsewhere.example", "javascript:alert(1)", "data:text/html,x",
    "http://localhost@elsewhere.example/", "http://localhost.elsewhere.example/", "/tickets/../../elsewhere.example",
    "/\t/elsewhere.example", "/%5celsewhere.example", "%2f%2felsewhere.example",
)  # fmt: skip


@pytest.mark.parametrize("target", AWAY)
def test_signing_in_never_leads_out_of_the_site(sqlite_app, target):
    people = world.cast()
    for wanted in (target, target.replace("%", "%25")):
        client = CheckedClient.of(sqlite_app)
        client.get("/sign-in", query_string={"next": wanted})
        fields = {"email": world.address_of(people.ana), "password": world.PASSWORD, "next": wanted}
        answer = client.send("/sign-in", fields)
        place = answer.headers["Location"]
        assert answer.status_code == 303
        assert re.match(r"/(?![/\\])", place), place
        assert "elsewhere" not in place.split("?")[0] or place.startswith("/tickets/")
        assert "\n" not in place
        assert "\r" not in place


@pytest.mark.parametrize("target", ["/agent/queues/late", "/agent/search?q=a%20b", "/agent/tickets/104218"])
def test_signing_in_leads_to_the_page_asked_for(sqlite_app, target):
    people = world.cast()
    fields = {"email": world.address_of(people.ana), "password": world.PASSWORD, "next": target}
    assert CheckedClient.of(sqlite_app).send("/sign-in", fields).headers["Location"] == target


@pytest.mark.parametrize("host", ["elsewhere.example", "localhost:1@elsewhere.example", "localhost, elsewhere.example"])
def test_another_host_gets_400(sqlite_client, host):
    assert sqlite_client.get("/", headers={"Host": host}).status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-Host": "elsewhere.example"}, {"X-Forwarded-Proto": "javascript"},
        {"Forwarded": "host=elsewhere.example;proto=http"}, {"X-Original-URL": "/admin/"}, {"X-Rewrite-URL": "/admin/"},
    ],
)  # fmt: skip
def test_forwarded_headers_of_strangers_do_not_count(sqlite_app, headers):
    people = world.cast()
    ticket = world.make_ticket(customer=people.priya)
    client = CheckedClient.of(sqlite_app)
    assert client.get("/tickets/find", headers=headers).status_code == 200
    fields = {"email": world.address_of(people.priya), "number": ticket.number}
    answer = client.send("/tickets/find", fields, headers=headers)
    assert "elsewhere" not in answer.get_data(as_text=True) + str(answer.headers)
    answer = client.get("/", headers=headers)
    assert "elsewhere" not in answer.get_data(as_text=True)


GOOD = {"name": "Gail Roe", "email": "gail@customers.example", "subject": "Cards", "message": "Refused."}


@pytest.mark.parametrize("times", [2, 5, 10])
def test_the_same_form_again_gives_the_first_result(app, times):
    client = CheckedClient.of(app)
    fields = {**GOOD, "once": "one-and-the-same"}
    places = {client.send("/tickets/new", fields).headers["Location"] for _ in range(times)}
    assert len(places) == 1
    assert db.session.execute(select(func.count()).select_from(Ticket)).scalar() == 1
    letters = db.session.execute(select(func.count()).select_from(Outbox).where(Outbox.letter == "ticket-opened"))
    assert letters.scalar() == 1


@pytest.mark.parametrize("times", [2, 5, 10])
def test_the_same_form_at_once_gives_one_ticket_and_one_reply(app, times):
    people = world.cast()
    ticket = world.make_ticket(customer=people.priya, assignee=people.ana)
    forms = (
        (people.priya, "/tickets/new", {"subject": "Cards", "message": "Refused.", "once": "first"}),
        (people.ana, f"/agent/tickets/{ticket.number}/replies", {"body": "On it.", "once": "second"}),
        (people.priya, f"/tickets/{ticket.number}/messages", {"message": "And now?", "once": "third"}),
        (people.ana, "/agent/tickets/new",
         {"email": "new@customers.example", "name": "New", "channel": "phone", "subject": "S", "message": "M",
          "once": "fourth"}),
    )  # fmt: skip
    for person, path, fields in forms:
        master = world.signed_in(app, person)
        token, name = master.csrf(), app.config["SESSION_COOKIE_NAME"]
        cookie = master.get_cookie(name).value
        answers = []

        def send(path=path, fields=fields, token=token, cookie=cookie, name=name, answers=answers) -> None:
            client = CheckedClient.of(app)
            client.checked, client.token = False, token
            client.set_cookie(name, cookie)
            answers.append(client.post(path, data={"csrf_token": token, **fields}))

        threads = [threading.Thread(target=send) for _ in range(times)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert {answer.status_code for answer in answers} == {303}, path
        assert len({answer.headers["Location"] for answer in answers}) == 1, path
    fresh_reads()
    assert db.session.execute(select(func.count()).select_from(Ticket)).scalar() == 3
    bodies = db.session.execute(select(Entry.body).where(Entry.ticket_id == ticket.id)).scalars().all()
    assert sorted(bodies) == ["And now?", "I see error 503.", "On it."]


def test_only_hashed_files_may_be_kept(sqlite_app):
    people = world.cast()
    ticket = world.make_ticket(customer=people.priya, assignee=people.ana)
    client = world.signed_in(sqlite_app, people.ana)
    page = client.get("/agent")
    paths = [
        "/",
        "/agent",
        "/agent/queues/open",
        f"/agent/tickets/{ticket.number}",
        "/nothing",
        "/sign-in",
        "/favicon.ico",
    ]
    for path in paths:
        for headers in ({}, {"HX-Request": "true"}):
            answer = client.get(path, headers=headers)
            assert "no-store" in answer.headers["Cache-Control"], path
            assert {"Cookie", "HX-Request"} <= {part.strip() for part in answer.headers["Vary"].split(",")}, path
    text = client.get("/agent/queues/open").get_data(as_text=True)
    assets = re.findall(r'(?:src|href)="(/static/[^"]+)"', text)
    assert assets
    for path in assets:
        answer = client.get(path)
        assert "immutable" in answer.headers["Cache-Control"]
        assert "Set-Cookie" not in answer.headers
        assert re.search(r"[0-9a-f]{8}", path), "named by a hash of its content"
    assert page.status_code == 303


@pytest.mark.parametrize("htmx", [False, True], ids=["page", "fragment"])
def test_a_form_that_comes_too_late_keeps_its_text(app, htmx):
    """Written for three hours while another tab signed out: the text comes back, after signing in, with one button."""
    people = world.cast()
    ticket = world.make_ticket(customer=people.priya, assignee=people.ana)
    words = "Three hours of careful writing."
    client = world.signed_in(app, people.ana)
    token = client.csrf(f"/agent/tickets/{ticket.number}")
    client.send("/sign-out")
    path = f"/agent/tickets/{ticket.number}/replies"
    client.token = token
    answer = client.send(path, {"body": words, "once": "late"}, htmx=htmx)
    assert db.session.execute(select(func.count()).select_from(Entry)).scalar() == 1
    client.token = None
    if answer.status_code == 400 and not htmx:
        assert words in answer.get_data(as_text=True)
        kept = answer
    else:
        place = answer.headers.get("HX-Redirect") or answer.headers["Location"]
        kept = client.get(place)
        if kept.status_code == 200 and "password" in kept.get_data(as_text=True):
            wanted = re.search(r'name="next"[^>]*value="([^"]*)"', kept.get_data(as_text=True)).group(1)
            fields = {"email": world.address_of(people.ana), "password": world.PASSWORD, "next": wanted}
            place = client.send("/sign-in", fields).headers["Location"]
            client.token = None
            kept = client.get(place)
        assert words in kept.get_data(as_text=True)
    action = re.search(r'<form[^>]*action="([^"]*replies[^"]*)"', kept.get_data(as_text=True)).group(1)
    client.token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', kept.get_data(as_text=True)).group(1)
    sent = client.send(action, {"body": words, "once": "late"})
    if sent.headers.get("Location", "").startswith("/sign-in"):
        wanted = re.search(r"next=([^&]+)", sent.headers["Location"]).group(1)
        client.token = None
        fields = {"email": world.address_of(people.ana), "password": world.PASSWORD, "next": wanted}
        kept = client.get(client.send("/sign-in", fields).headers["Location"])
        client.token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', kept.get_data(as_text=True)).group(1)
        sent = client.send(action, {"body": words, "once": "late"})
    assert sent.status_code == 303
    fresh_reads()
    assert words in db.session.execute(select(Entry.body)).scalars().all()


def test_an_old_token_keeps_the_text(sqlite_app):
    people = world.cast()
    ticket = world.make_ticket(customer=people.priya, assignee=people.ana)
    client = world.signed_in(sqlite_app, people.priya)
    client.csrf()
    words = "It took me until the evening."
    with time_machine.travel(utc_now() + timedelta(hours=5), tick=True):
        answer = client.send(f"/tickets/{ticket.number}/messages", {"message": words})
        text = answer.get_data(as_text=True)
        assert answer.status_code == 400
        assert words in text
        client.token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', text).group(1)
        assert client.send(f"/tickets/{ticket.number}/messages", {"message": words}).status_code == 303


def test_numbers_are_never_given_twice(app):
    """20 at a time, purged in between: all numbers differ, also from those that are gone."""
    people = world.cast()
    seen: list[str] = []
    lock = threading.Lock()

    def open_some() -> None:
        with app.app_context():
            for _ in range(6):
                number = world.make_ticket(customer=people.priya, message="x").number
                with lock:
                    seen.append(number)
            db.session.remove()

    def round_of_threads() -> None:
        threads = [threading.Thread(target=open_some) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    round_of_threads()
    omar = world.actor_of(people.omar)
    for number in seen[:20]:
        row = db.session.execute(select(Ticket).where(Ticket.number == number)).scalar_one()
        actions.trash(row, by=omar, now=utc_now())
    assert actions.purge_trash(utc_now() + timedelta(days=60)) == 20
    round_of_threads()
    assert len(seen) == 120
    assert len(set(seen)) == 120
    assert db.session.execute(select(func.count()).select_from(NumberTaken)).scalar() == 120


ORDERS = ("due", "-due", "updated", "-updated", "priority", "-priority", "opened", "-opened")


def test_paging_shows_each_ticket_once_while_others_move(app):
    """Tickets with the same due time or none; some change while the pages are turned; the others are seen once."""
    people = world.cast()
    due = utc_now().replace(microsecond=0) + timedelta(days=3)
    still = [world.make_ticket(customer=people.priya, due_at=due if n % 2 else None).number for n in range(40)]
    moving = [world.make_ticket(customer=people.priya) for _ in range(2 * len(ORDERS))]
    client, omar = world.signed_in(app, people.omar), world.actor_of(people.omar)
    for order in ORDERS:
        path, seen = f"/agent/queues/open?sort={order}", []
        for turn in range(10):
            text = client.get(path).get_data(as_text=True)
            seen += re.findall(r'id="row-(\d+)"', text)
            older = re.search(r'<a[^>]*rel="next"[^>]*href="([^"]+)"', text)
            if older is None:
                break
            path = older.group(1).replace("&amp;", "&")
            path = path if path.startswith("/") else "/agent/queues/open" + path
            actions.change_priority(moving.pop(), "urgent", by=omar, now=utc_now() + timedelta(seconds=turn))
        assert sorted(number for number in seen if number in still) == sorted(still), order


def test_uploads_leave_nothing_behind_when_refused(sqlite_app, tmp_path):
    import tempfile
    from pathlib import Path

    client = CheckedClient.of(sqlite_app)
    client.csrf()
    before = {path.name for path in Path(tempfile.gettempdir()).iterdir()}
    files = [(io.BytesIO(b"x" * 3_000_000), f"part{n}.bin") for n in range(21)]
    answer = client.send("/tickets/new", {**GOOD, "files": files}, content_type="multipart/form-data")
    assert answer.status_code in (413, 422)
    assert db.session.execute(select(func.count()).select_from(Ticket)).scalar() == 0
    left = {path.name for path in Path(tempfile.gettempdir()).iterdir()} - before
    assert not {name for name in left if name.startswith("tmp")}
    stored = Path(sqlite_app.config["PORTAL_HOME"]) / "files"
    assert not list(stored.rglob("upload-*")) if stored.exists() else True


def test_transactions_that_fail_leave_nothing(app):
    people = world.cast()
    before = db.session.execute(select(func.count()).select_from(Ticket)).scalar()

    def fail() -> None:
        with transaction():
            world.make_ticket(customer=people.priya)
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        fail()
    assert db.session.execute(select(func.count()).select_from(Ticket)).scalar() == before

"""The outbox, the security log and the system page."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from portal.core.clock import utc_now
from portal.core.database import db, transaction
from portal.core.models import Job, Outbox
from portal.people.models import SecurityEvent
from portal.web.admin.log_words import SENTENCES, change_lines, sentence
from portal.web.admin.outbox import mask_tokens
from tests import world
from tests.admin.forms import text_of
from tests.clients import CheckedClient


@pytest.fixture
def client(sqlite_app):
    return world.signed_in(sqlite_app, world.make_administrator())


def make_letters(number: int, *, state: str = "kept", body: str = "Hello.") -> None:
    """Letters as the worker leaves them, one a minute."""
    now = utc_now()
    with transaction():
        db.session.execute(
            insert(Outbox),
            [
                {
                    "kind": "letter",
                    "letter": "ticket-opened",
                    "delivery_id": f"{state}{i}",
                    "address": f"c{i}@example.org",
                    "context": {},
                    "subject": f"Letter {i:03d}",
                    "body": body,
                    "state": state,
                    "attempts": 1,
                    "lease": "",
                    "last_error": "",
                    "next_try_at": now + timedelta(minutes=i),
                    "created_at": now + timedelta(minutes=i),
                }
                for i in range(number)
            ],
        )


def test_letters_are_listed_newest_first_in_pages(app):
    client = world.signed_in(app, world.make_administrator())
    make_letters(60)
    for start in ("/admin/outbox", "/admin/outbox?state=kept"):
        seen, address = [], start
        while address:
            page = text_of(client.get(address))
            seen += re.findall(r"<bdi>Letter (\d+)</bdi>", page)
            address = next((part.split('"')[0] for part in page.split('rel="next" href="')[1:]), "")
        assert seen == [f"{i:03d}" for i in reversed(range(60))]
    assert "No letter is in this state" in text_of(client.get("/admin/outbox?state=dead"))
    assert client.get("/admin/outbox?state=nonsense&after=%00").status_code == 200


def test_a_letter_can_be_read_and_holds_no_token(client):
    from portal.core.tokens import new_token

    token = new_token()
    make_letters(1, body=f"See http://localhost/t/{token} or http://localhost/sign-in/{token}\n<b>Bye</b>")
    letter_id = db.session.execute(select(Outbox.id)).scalar_one()
    page = text_of(client.get(f"/admin/outbox/{letter_id}"))
    raw = client.get(f"/admin/outbox/{letter_id}").get_data(as_text=True)
    assert token not in page
    assert "http://localhost/t/…" in page
    assert "&lt;b&gt;Bye&lt;/b&gt;" in raw


def test_the_letters_of_a_real_ticket_hold_no_token(sqlite_app, client):
    import threading

    from portal.notices.deliver import deliver
    from portal.worker.delivery import deliver_due

    world.make_ticket(customer=world.make_customer("Priya Nair"))
    deliver_due("test", transport=deliver, lease=timedelta(minutes=2), stop=threading.Event())
    letter = db.session.execute(select(Outbox).where(Outbox.address == "priya@customers.example")).scalars().first()
    page = text_of(client.get(f"/admin/outbox/{letter.id}"))
    assert letter.subject in page
    assert not re.search(r"/(t|sign-in)/[\w-]{20,}", page)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("/t/abcdefghijklmnopqrstuvwxyz012345", "/t/…"),
        ("/sign-in/abcdefghijklmnopqrstuvwxyz012345.", "/sign-in/…"),
        ("/tickets/104218", "/tickets/104218"),
        ("/sign-in", "/sign-in"),
    ],
)
def test_tokens_are_masked(text, masked):
    assert mask_tokens(text) == masked


def test_failed_sign_ins_and_changes_stand_in_the_log(sqlite_app, client):
    CheckedClient.of(sqlite_app).send("/sign-in", {"email": "omar@desk.example", "password": "marker-secret-wrong"})
    client.send("/admin/departments/new", {"name": "Facilities", "is_active": "y"})
    page = text_of(client.get("/admin/log"))
    assert "failed to sign in" in page
    assert "added the department Facilities" in page
    assert "127.0.0.1" in page
    assert "marker-secret-wrong" not in page
    only_changes = text_of(client.get("/admin/log?show=changes"))
    assert "failed to sign in" not in only_changes
    assert "added the department" in only_changes
    assert "added the department" not in text_of(client.get("/admin/log?show=sign-ins"))


def test_the_log_pages_there_and_back(client):
    now = utc_now()
    with transaction():
        db.session.execute(
            insert(SecurityEvent),
            [
                {
                    "kind": "role.changed",
                    "actor_name": "Eva",
                    "network": "",
                    "detail": {"id": i, "name": f"Role {i:03d}"},
                    "happened_at": now,
                }
                for i in range(60)
            ],
        )
    seen, address = [], "/admin/log?show=changes"
    while address:
        page = text_of(client.get(address))
        seen += re.findall(r"the role Role (\d+)", page)
        address = next((part.split('"')[0] for part in page.split('rel="next" href="')[1:]), "")
    assert seen == [f"{i:03d}" for i in reversed(range(60))]
    assert "Newer" in page


def test_every_kind_written_by_administration_has_a_sentence():
    """A new kind without words would be shown as it is stored."""
    from pathlib import Path

    root = Path(__file__).parents[2] / "portal"
    written = set()
    for path in [*root.glob("people/*.py"), *root.glob("tickets/*_actions.py")]:
        written |= set(re.findall(r'(?:note_change|delete_row)\(\s*(?:\w+, )?"([a-z.\-_]+)"', path.read_text("utf-8")))
        written |= set(re.findall(r'log_security\(\s*"([a-z.\-_]+)"', path.read_text("utf-8")))
    assert len(written) > 25
    assert written - SENTENCES.keys() == set()


def test_changes_read_as_old_and_new():
    detail = {
        "name": "Limited",
        "changes": {
            "permissions": [["ticket.merge", "ticket.note"], ["ticket.note", "ticket.close"]],
            "is_active": [True, False],
            "tickets.default_topic_id": [None, 3],
        },
    }
    assert change_lines(detail, lambda key, value: "Cards" if value == 3 else None) == [
        ("Permissions", "ticket.merge", "ticket.close"),
        ("Active", "on", "off"),
        ("Default topic", "", "Cards"),
    ]
    assert sentence("role.changed", detail) == "changed the role Limited"
    assert sentence("something.new_here", {}) == "something new here"


def test_the_system_page_tells_what_went_wrong(client):
    with transaction():
        db.session.add(
            Job(
                name="trash",
                next_run_at=utc_now(),
                last_run_at=utc_now(),
                last_seconds=0.25,
                last_error="OSError: disk full",
                lease="",
            )
        )
    make_letters(3, state="dead")
    page = text_of(client.get("/admin/system"))
    assert "OSError: disk full" in page
    assert "Emptying the trash" in page
    assert "SQLite" in page
    assert '<a href="/admin/outbox?state=dead">3</a>' in page

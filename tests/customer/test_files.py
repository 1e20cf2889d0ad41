"""Downloading attached files."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from portal.core.clock import utc_now
from portal.core.database import db
from portal.core.files import file_path, store_file
from portal.core.models import StoredFile
from portal.tickets import actions
from portal.tickets.models import Attachment, Ticket
from tests.clients import CheckedClient
from tests.world import Cast, actor_of, cast, make_agent, make_department, make_ticket, signed_in, with_link

PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + (10).to_bytes(4, "big") * 2 + b"\x08\x06\0\0\0"
HTML = b"<script>alert(1)</script>"


def ticket_with(people: Cast, name: str, content: bytes, *, note: bool = False) -> tuple[Ticket, str]:
    """A ticket of Priya with one file, and the file's address."""
    ticket = make_ticket(customer=people.priya)
    kept = store_file(io.BytesIO(content), name)
    if note:
        entry = actions.add_note(ticket, "see", by=actor_of(people.ana), now=utc_now(), files=(kept,))
    else:
        entry = actions.post_message(ticket, "see", by=actor_of(people.priya), now=utc_now(), files=(kept,))
    row = db.session.execute(select(Attachment).where(Attachment.entry_id == entry.id)).scalar_one()
    return ticket, f"/files/{row.key}/{row.name}"


def test_a_file_is_saved_never_run(client: CheckedClient, app: Flask) -> None:
    people = cast()
    ticket, path = ticket_with(people, "page.html", HTML)
    answer = signed_in(app, people.priya).get(path)
    assert answer.status_code == 200
    assert answer.data == HTML
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "html" not in answer.content_type
    assert "public" not in answer.headers["Cache-Control"]
    assert with_link(app, ticket).get(path).data == HTML


def test_pictures_are_shown_in_the_page_or_saved(client: CheckedClient, app: Flask) -> None:
    people = cast()
    _ticket, path = ticket_with(people, "shot.png", PNG)
    mine = signed_in(app, people.priya)
    shown = mine.get(path)
    assert (shown.content_type, shown.headers["Content-Disposition"].split(";")[0]) == ("image/png", "inline")
    assert mine.get(f"{path}?download=1").headers["Content-Disposition"].startswith("attachment")


def test_names_of_any_script_survive(client: CheckedClient, app: Flask) -> None:
    people = cast()
    _ticket, path = ticket_with(people, 'Prüf "印刷"\r\nX-Evil: 1.txt', b"abc")
    answer = signed_in(app, people.priya).get(path)
    assert "X-Evil" not in answer.headers
    assert "filename*=UTF-8''" in answer.headers["Content-Disposition"]
    assert "%E5%8D%B0%E5%88%B7" in answer.headers["Content-Disposition"]


def test_who_may_not_see_the_ticket_gets_the_same_as_for_a_missing_file(client: CheckedClient, app: Flask) -> None:
    people = cast()
    _ticket, path = ticket_with(people, "a.txt", b"SECRET")
    tomas = signed_in(app, people.tomas)
    foreign, missing = tomas.get(path), tomas.get("/files/nothing/a.txt")
    assert (foreign.status_code, missing.status_code) == (404, 404)
    nobody = CheckedClient.of(app)
    assert nobody.get(path).status_code == nobody.get("/files/nothing/a.txt").status_code == 303
    outside = signed_in(app, make_agent("Olga Out", department=make_department("Elsewhere")))
    assert outside.get(path).status_code == 404
    assert signed_in(app, people.ana).get(path).data == b"SECRET"


def test_a_file_of_a_note_is_for_agents_only(client: CheckedClient, app: Flask) -> None:
    people = cast()
    ticket, path = ticket_with(people, "log.txt", b"INTERNAL", note=True)
    priya = signed_in(app, people.priya)
    assert priya.get(path).status_code == 404
    assert with_link(app, ticket).get(path).status_code == 303
    assert "log.txt" not in priya.get(f"/tickets/{ticket.number}").get_data(as_text=True)
    assert signed_in(app, people.ana).get(path).data == b"INTERNAL"


@pytest.mark.parametrize("harm", ["missing", "cut", "unreadable"])
def test_a_damaged_file_is_a_sentence_and_the_page_still_works(sqlite_app: Flask, harm: str) -> None:
    people = cast()
    ticket, path = ticket_with(people, "a.txt", b"0123456789")
    where: Path = file_path(db.session.execute(select(StoredFile.sha256)).scalar_one())
    if harm == "missing":
        where.unlink()
    elif harm == "cut":
        os.truncate(where, 5)
    else:
        where.unlink()
        where.mkdir()
    mine = signed_in(sqlite_app, people.priya)
    answer = mine.get(path)
    assert answer.status_code == 410
    assert "a.txt" in answer.get_data(as_text=True)
    assert mine.get(f"/tickets/{ticket.number}").status_code == 200
    if where.is_dir():
        where.rmdir()


@pytest.mark.parametrize("key", ["x" * 300, "..%2f..%2fetc", "%00", "1"])
def test_odd_keys_are_404(sqlite_app: Flask, key: str) -> None:
    people = cast()
    assert signed_in(sqlite_app, people.priya).get(f"/files/{key}/a.txt").status_code == 404

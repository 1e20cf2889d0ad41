"""Eleven kinds of people and four kinds of tickets, made once per worker and laid down again before each try."""

from __future__ import annotations

import hashlib
import io
import shutil
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from portal.core.clock import utc_now
from portal.core.database import db
from portal.core.files import store_file
from portal.tickets.models import Attachment, Entry
from tests import building, world
from tests.clients import CheckedClient

NOBODY, OWNER, COLLEAGUE = "nobody", "owner", "colleague"
COLLABORATOR, GUEST, STRANGER = "collaborator", "guest", "stranger"
INSIDE, OUTSIDE, LIMITED, OWN_ONLY, ADMINISTRATOR = ["inside", "outside", "limited", "own_only", "administrator"]
PEOPLE = (
    NOBODY, OWNER, COLLEAGUE, COLLABORATOR, GUEST, STRANGER, INSIDE, OUTSIDE, LIMITED, OWN_ONLY, ADMINISTRATOR,
)  # fmt: skip
"""`guest` holds the secure link of *own* and is not signed in; `stranger` is the customer of *foreign*; `inside` and
`outside` are agents with every permission in Support and in Operations; `limited` has the role Limited in Support;
`own_only` is an agent of Support who sees nothing but what is assigned or referred to them."""

OWN, FOREIGN, TRASHED, MERGED = ["own", "foreign", "trashed", "merged"]
TICKETS = (OWN, FOREIGN, TRASHED, MERGED)
"""All but *foreign* are the owner's and in Support; *merged* went into *own*; *foreign* is in Operations."""

AGENTS = (INSIDE, OUTSIDE, LIMITED, OWN_ONLY, ADMINISTRATOR)
CUSTOMERS = (OWNER, COLLEAGUE, COLLABORATOR, STRANGER)
SEES = {
    OWN: (OWNER, COLLEAGUE, COLLABORATOR, GUEST, INSIDE, LIMITED, ADMINISTRATOR),
    FOREIGN: (STRANGER, OUTSIDE, ADMINISTRATOR),
    TRASHED: (INSIDE, LIMITED, ADMINISTRATOR),
    MERGED: (OWNER, COLLEAGUE, INSIDE, LIMITED, ADMINISTRATOR),
}
"""Who may see which ticket (product: customers their own, what they collaborate on and what their organization shares;
agents their departments; nobody but agents what is in the trash)."""

LIMITED_MAY = {"create", "assign", "transfer", "refer", "reply", "note", "merge", "link"}
MARKS = {kind: f"Zq{kind}mark" for kind in TICKETS}
"""A word in the subject and message of each ticket; notes have it with `note` at the end."""

_PASSING = ("web_session", "counted_try", "kept_form", "job", "first_result", "security_event", "ticket_fts", "sqlite_")


@dataclass
class Scene:
    """The made people and tickets: cookies and CSRF tokens by person, numbers by ticket, and ids forms need."""

    app: Flask
    file: Path
    copy: Path
    cookies: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    print: str = ""

    def lay_down(self) -> None:
        """Put the database back to how it was made."""
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()
        for ending in ("-wal", "-shm"):
            Path(f"{self.file}{ending}").unlink(missing_ok=True)
        shutil.copyfile(self.copy, self.file)
        shutil.copytree(self.copy.parent / "files", Path(self.app.config["PORTAL_HOME"]) / "files", dirs_exist_ok=True)
        self.app.extensions.pop("portal_desk_cache", None)

    def client(self, person: str) -> CheckedClient:
        """A new client with this person's cookie."""
        client = CheckedClient.of(self.app)
        client.set_cookie(self.app.config["SESSION_COOKIE_NAME"], self.cookies[person])
        client.token = self.tokens[person]
        return client

    def fingerprint(self) -> str:
        """A hash of every row that matters: what a refused request must not change."""
        seen = hashlib.sha256()
        with sqlite3.connect(self.file) as connection:
            tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
            for (table,) in tables:
                if not table.startswith(_PASSING):
                    seen.update(repr(connection.execute(f'SELECT * FROM "{table}"').fetchall()).encode())
        connection.close()
        return seen.hexdigest()


def make_scene(desk: building.Desk, folder: Path) -> Scene:
    """Make everybody and everything through the real actions, sign everybody in, and keep a copy of the database."""
    from portal.tickets import actions

    with desk.fresh() as app:
        scene = Scene(app, Path(db.engine.url.database or ""), folder / "scene.db")
        people = world.cast()
        colin = world.make_customer("Colin Park")
        own_only = world.make_agent("Lena Sand", department=people.support, limited=True)
        now = utc_now()

        def make(kind: str, customer, department) -> object:
            mark = MARKS[kind]
            file = store_file(io.BytesIO(f"{mark} in a file".encode()), f"{mark}.txt")
            words = {"subject": f"{mark} subject", "message": f"{mark} text", "files": (file,)}
            ticket = world.make_ticket(customer=customer, department=department, **words)
            world.make_note(ticket, f"{mark}note", by=people.omar)
            world.make_reply(ticket, f"{mark} reply", by=people.omar)
            scene.numbers[kind] = ticket.number
            scene.ids[kind] = ticket.id
            return ticket

        omar = world.actor_of(people.omar)
        own = make(OWN, people.priya, people.support)
        make(FOREIGN, people.tomas, people.operations)
        trashed = make(TRASHED, people.priya, people.support)
        merged = make(MERGED, people.priya, people.support)
        scene.numbers["beside"] = world.make_ticket(customer=people.priya, department=people.support).number
        scene.numbers["beside foreign"] = world.make_ticket(customer=people.tomas, department=people.operations).number
        actions.add_collaborator(own, colin.id, by=omar, now=now)
        actions.trash(trashed, by=omar, now=now)
        actions.merge(merged, own, by=omar, now=now)
        scene.ids |= {
            "support": people.support.id, "operations": people.operations.id, "team": people.team.id,
            "ana": people.ana.id, "jonas": people.jonas.id, "colin": colin.id, "priya": people.priya.id,
        }  # fmt: skip
        scene.keys |= {"key": _file_key(own.id), "person_id": str(people.priya.id)}
        visitors = {
            OWNER: people.priya, COLLEAGUE: people.maya, COLLABORATOR: colin, STRANGER: people.tomas,
            INSIDE: people.ana, OUTSIDE: people.jonas, LIMITED: people.rita, OWN_ONLY: own_only,
            ADMINISTRATOR: people.omar,
        }  # fmt: skip
        clients = {name: world.signed_in(app, person) for name, person in visitors.items()}
        clients[NOBODY], clients[GUEST] = CheckedClient.of(app), world.with_link(app, own)
        for name, client in clients.items():
            client.token = None
            scene.tokens[name] = client.csrf()
            cookie = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
            scene.cookies[name] = cookie.value if cookie else ""
        db.session.remove()
        db.engine.dispose()
        with sqlite3.connect(scene.file) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        shutil.copyfile(scene.file, scene.copy)
        shutil.copytree(Path(app.config["PORTAL_HOME"]) / "files", folder / "files")
        scene.print = scene.fingerprint()
    return scene


def _file_key(ticket_id: int) -> str:
    statement = select(Attachment.key).join(Entry, Entry.id == Attachment.entry_id).where(Entry.ticket_id == ticket_id)
    return db.session.execute(statement).scalars().first() or ""

"""The bare page everything is measured against: Flask, Jinja and one SQLAlchemy Core query of 25 rows by keyset on an
indexed column, as many bytes of HTML as the page compared with; and the bare change: one row updated, with an event, an
outbox row and a commit. Served by the same server, with the store set up in the same way.

`python benchmarks/bare.py PORT DATABASE_URL` serves it until it is ended.
"""

from __future__ import annotations

import gc
import secrets
import signal
import sys
from datetime import datetime, timedelta
from pathlib import Path

from flask import Flask, request
from jinja2 import Template
from sqlalchemy import (
    Column,
    DateTime,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    func,
    insert,
    select,
    update,
)  # fmt: skip

ROWS, PAGE = 20_000, 25
metadata = MetaData()
item = Table(
    "bare_item", metadata,
    Column("id", Integer, primary_key=True), Column("number", String(20)), Column("subject", Text),
    Column("preview", Text), Column("customer", String(200)), Column("status", String(40)),
    Column("priority", String(40)), Column("assignee", String(200)), Column("due_at", DateTime),
    Column("updated_at", DateTime), Index("ix_bare_item_updated_at", "updated_at", "id"),
)  # fmt: skip
happening = Table(
    "bare_event", metadata,
    Column("id", Integer, primary_key=True), Column("item_id", Integer), Column("kind", String(40)),
    Column("old", Text), Column("new", Text), Column("happened_at", DateTime),
)  # fmt: skip
outgoing = Table(
    "bare_outbox", metadata,
    Column("id", Integer, primary_key=True), Column("address", String(254)), Column("context", Text),
    Column("state", String(12)), Column("created_at", DateTime), Index("ix_bare_outbox_state", "state", "created_at"),
)  # fmt: skip

PAGE_TEXT = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Bare</title></head><body><h1>Bare</h1>
<table>{% for row in rows %}
<tr id="row-{{ row.number }}"><td>{{ row.number }}</td><td><a href="/items/{{ row.number }}">{{ row.subject }}</a>
<p>{{ row.preview }}</p></td><td title="{{ row.customer }}">{{ row.customer }}</td><td>{{ row.status }}</td>
<td>{{ row.priority }}</td><td title="{{ row.assignee }}">{{ row.assignee }}</td><td>{{ row.due_at }}</td>
<td>{{ row.updated_at }}</td></tr>
{% endfor %}</table>{{ filler }}</body></html>"""
PLAIN_SIZE = 10_340
"""Bytes of the page without the filler that brings it to the size asked for."""


def fill(engine) -> None:
    """Make the rows once."""
    metadata.create_all(engine)
    begin = datetime(2026, 1, 1)
    with engine.begin() as connection:
        if connection.execute(select(func.count()).select_from(item)).scalar():
            return
        for start in range(0, ROWS, 1000):
            connection.execute(insert(item), [
                {
                    "number": str(100_000 + n), "subject": f"Online banking shows an error after the update {n}",
                    "preview": "I cannot sign in on the web or in the app, it shows error 503 since this morning.",
                    "customer": f"Customer Number {n % 700}", "status": "Open", "priority": "Normal",
                    "assignee": f"Agent Number {n % 12}", "due_at": begin + timedelta(minutes=n + 90),
                    "updated_at": begin + timedelta(minutes=n),
                }
                for n in range(start, start + 1000)
            ])  # fmt: skip


def make_bare_app(database_url: str) -> Flask:
    """The bare application on that store, which it fills on the first start."""
    sys.path.insert(0, str(Path(__file__).parent.parent))
    from portal.core.database import prepare_engine

    url = database_url.replace("postgresql://", "postgresql+psycopg://")
    engine = create_engine(url, pool_size=20, max_overflow=20)
    prepare_engine(engine)  # WAL, synchronous=FULL and the rest, as the desk has it
    fill(engine)
    writing = engine.execution_options(portal_writes=True)
    app = Flask("bare")
    app.jinja_env.autoescape = True
    page = app.jinja_env.from_string(PAGE_TEXT)
    assert isinstance(page, Template)

    @app.get("/page")
    def show_page():
        before = datetime.fromisoformat(request.args.get("before", "2026-01-10T00:00:00"))
        size = request.args.get("size", 0, type=int)
        query = (
            select(
                item.c.number,
                item.c.subject,
                item.c.preview,
                item.c.customer,
                item.c.status,
                item.c.priority,
                item.c.assignee,
                item.c.due_at,
                item.c.updated_at,
            )
            .where(item.c.updated_at < before)
            .order_by(item.c.updated_at.desc(), item.c.id.desc())
            .limit(PAGE)
        )
        with engine.connect() as connection:
            rows = connection.execute(query).all()
        return page.render(rows=rows, filler="x" * max(0, size - PLAIN_SIZE))

    @app.post("/change")
    def change():
        now = datetime.utcnow()
        row_id = request.form.get("id", 1, type=int)
        with writing.begin() as connection:
            old = connection.execute(select(item.c.status).where(item.c.id == row_id)).scalar()
            connection.execute(
                update(item).where(item.c.id == row_id).values(status=request.form["status"], updated_at=now)
            )
            connection.execute(insert(happening).values(
                item_id=row_id, kind="status.changed", old=old, new=request.form["status"], happened_at=now
            ))  # fmt: skip
            connection.execute(insert(outgoing).values(
                address=f"{secrets.token_hex(4)}@customers.example", context="{}", state="queued", created_at=now
            ))  # fmt: skip
        return "<p>Changed.</p>"

    @app.get("/healthz")
    def healthz():
        return "ok"

    return app


def main() -> None:
    """Serve on the port and store given as arguments, with the desk's own server."""
    app = make_bare_app(sys.argv[2])
    from portal.cli.server import Server
    from portal.cli.sockets import open_sockets

    server = Server(app, open_sockets("127.0.0.1", int(sys.argv[1])), threads=8)
    signal.signal(signal.SIGTERM, lambda *_: server.stop())
    gc.collect()
    gc.freeze()
    server.run(5)


if __name__ == "__main__":
    main()

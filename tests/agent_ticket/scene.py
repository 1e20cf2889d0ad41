"""The running example's ticket with Ana signed in, and small readers of answers."""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass
from typing import Any

from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.core.database import db
from portal.tickets.models import Entry, Event, Ticket
from tests import world
from tests.clients import CheckedClient


@dataclass
class Scene:
    """Ana's browser on a ticket of Priya's in Support."""

    cast: world.Cast
    ticket: Ticket
    client: CheckedClient
    app: Flask

    def url(self, noun: str = "") -> str:
        """An address below the ticket's."""
        return f"/agent/tickets/{self.ticket.number}" + (f"/{noun}" if noun else "")

    def page(self) -> str:
        """The ticket's page as Ana sees it now."""
        answer = self.client.get(self.url())
        assert answer.status_code == 200
        return text_of(answer)

    def send(self, noun: str, data: dict[str, Any] | None = None, *, htmx: bool = False, **more: Any) -> TestResponse:
        """Send one of the ticket's forms as Ana."""
        return self.client.send(self.url(noun), data or {}, htmx=htmx, **more)

    def now(self) -> Ticket:
        """The ticket as it is stored now."""
        return db.session.execute(
            select(Ticket).where(Ticket.id == self.ticket.id).execution_options(populate_existing=True)
        ).scalar_one()

    def events(self, kind: str = "") -> list[Event]:
        """The ticket's events, oldest first."""
        found = select(Event).where(Event.ticket_id == self.ticket.id).order_by(Event.id)
        return list(db.session.execute(found.where(Event.kind == kind) if kind else found).scalars())

    def entries(self, kind: str) -> list[Entry]:
        """The entries of a kind shown in the ticket, oldest first."""
        found = select(Entry).where(Entry.thread_id == self.ticket.id, Entry.kind == kind).order_by(Entry.id)
        return list(db.session.execute(found).scalars())


def scene(app: Flask, **ticket: Any) -> Scene:
    """The cast, a ticket in Support (further values go to `make_ticket`) and Ana signed in."""
    cast = world.cast()
    made = world.make_ticket(customer=cast.priya, **{"department": cast.support, **ticket})
    return Scene(cast, made, world.signed_in(app, cast.ana), app)


def text_of(answer: TestResponse) -> str:
    """An answer's text with character references read."""
    return html.unescape(answer.get_data(as_text=True))


def toast_of(answer: TestResponse) -> dict[str, Any]:
    """The toast that an answer to htmx shows."""
    return json.loads(answer.headers["HX-Trigger"])["toast"]


def hidden(page: str, name: str) -> str:
    """The first hidden value of that name."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found, name
    return found.group(1)


def version(page: str) -> str:
    """The version that the page's links carry."""
    found = re.search(r"version=(\d+)", page)
    assert found
    return found.group(1)

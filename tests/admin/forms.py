"""Filling the forms of administration as a page shows them."""

from __future__ import annotations

import re
from html import unescape

from sqlalchemy import select

from portal.core.database import db
from portal.people.models import SecurityEvent
from tests.checks import parse
from tests.clients import CheckedClient


def shown_fields(client: CheckedClient, address: str, form_action: str = "") -> dict[str, str | list[str]]:
    """The values of the page's form as they are shown: texts, what is picked, boxes that are ticked."""
    return fields_of(client.get(address).get_data(as_text=True), form_action or address)


def fields_of(html: str, action: str) -> dict[str, str | list[str]]:
    """The values of the form with that action, as a browser would send them."""
    page = parse(html)
    form = next(node for node in page.all("form") if node.get("action") == action)
    fields: dict[str, str | list[str]] = {}
    for node in page.all("input", "option"):
        if form not in node.parents:
            continue
        if node.tag == "option":
            name = next(p for p in node.parents if p.tag == "select").get("name")
            if name not in fields or "selected" in node.attributes:
                fields[name] = node.get("value")
        elif node.get("type") == "checkbox":
            if "checked" in node.attributes:
                ticked = fields.setdefault(node.get("name"), [])
                assert isinstance(ticked, list)
                ticked.append(node.get("value"))
        elif node.tag == "input" and node.get("name") != "csrf_token":
            fields[node.get("name")] = node.get("value")
    for name, text in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>([^<]*)</textarea>', html):
        fields[name] = unescape(text).strip()
    return fields


def change(client: CheckedClient, address: str, form_action: str = "", **changes):
    """Open a page, change some fields of its form (None leaves one out) and send it."""
    fields = {**shown_fields(client, address, form_action), **changes}
    return client.send(form_action or address, {name: value for name, value in fields.items() if value is not None})


def newest_event() -> SecurityEvent:
    """The newest line of the security log."""
    return db.session.execute(select(SecurityEvent).order_by(SecurityEvent.id.desc()).limit(1)).scalar_one()


def text_of(answer) -> str:
    """The answer's page with its entities read."""
    return unescape(answer.get_data(as_text=True))

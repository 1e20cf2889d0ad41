"""Text from people is shown as typed: right to left, emoji, markup, template signs, in every place it appears."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from portal.core.database import db
from portal.core.models import Outbox
from tests import world
from tests.checks import parse

RTL = "لا أستطيع تسجيل الدخول – שלום"
EMOJI = "Login broken 😡 since today"
MARKUP = '"><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}} ${7*7} {% raw %} <b>bold?</b>'
HOSTILE_HTML = """Before
<form action="https://elsewhere.example/"><input name="q"></form>
<meta http-equiv="refresh" content="0;url=https://elsewhere.example/"><base href="https://elsewhere.example/">
<div id="toasts" style="position:fixed;inset:0" hx-get="/sign-out" data-hx-post="/x" onclick="x()">over all</div>
<img src="https://elsewhere.example/pixel.png"><svg onload="x()"></svg><style>*{display:none}</style>
<a href="javascript:alert(1)">press</a> [press](javascript:alert(1)) ![](https://elsewhere.example/p.png)
After"""


def test_right_to_left_and_emoji_are_kept(app, client):
    people = world.cast()
    message = f"{RTL}\n\nSecond paragraph \u202e turned around.\n\nLast line. {EMOJI}"
    ticket = world.make_ticket(EMOJI, customer=people.priya, message=message)
    world.make_note(ticket, message, by=people.ana)
    for person, path in ((people.priya, f"/tickets/{ticket.number}"), (people.ana, f"/agent/tickets/{ticket.number}")):
        text = world.signed_in(app, person).get(path).get_data(as_text=True)
        for part in (RTL, EMOJI, "Second paragraph", "Last line."):
            assert part in text
        assert text.count('dir="auto"') >= 3, "each paragraph takes its own direction"


PLACES = (
    "/agent/queues/all",
    "/agent/search?q=bold",
    "/agent/tickets/{n}",
    "/agent/tickets/{n}/merge",
    "/agent/customers",
)


@pytest.mark.parametrize("place", PLACES)
def test_markup_in_names_and_subjects_is_text_everywhere(app, place):
    people = world.cast()
    customer = world.make_customer(MARKUP[:190], address="mira@customers.example")
    ticket = world.make_ticket(MARKUP, customer=customer, message=MARKUP)
    world.make_ticket(MARKUP, customer=customer, message=MARKUP)
    answer = world.signed_in(app, people.omar).get(place.format(n=ticket.number))
    assert answer.status_code == 200
    text = answer.get_data(as_text=True)
    page = parse(text)
    assert not [node for node in page.nodes if node.tag == "img" and node.get("src") == "x"]
    assert not [node for node in page.all("script") if "alert" in node.text]
    assert "{{7*7}}" in text or "7*7" not in text
    assert "49" not in [word for node in page.all("bdi", "p") for word in node.text.split()]
    titles = [node.text for node in page.all("title") if not node.inside("svg")]
    assert all("<" not in title or MARKUP[:20] in title for title in titles)


def test_markup_in_letters_stays_text(app):
    people = world.cast()
    customer = world.make_customer(MARKUP[:190], address="mira@customers.example")
    ticket = world.make_ticket(MARKUP, customer=customer, message=MARKUP, assignee=people.ana)
    world.make_reply(ticket, MARKUP, by=people.ana)
    from portal.worker import delivery

    assert delivery  # the letters are written when they are delivered; their context never holds markup as HTML
    for row in db.session.execute(select(Outbox)).scalars():
        assert "<script>alert(1)</script>" not in row.body.replace(MARKUP, "")


def test_hostile_html_is_harmless(app):
    people = world.cast()
    ticket = world.make_ticket("Please open", customer=people.priya, message=HOSTILE_HTML)
    world.make_reply(ticket, HOSTILE_HTML, by=people.ana)
    world.make_note(ticket, HOSTILE_HTML, by=people.ana)
    for person, path in (
        (people.priya, f"/tickets/{ticket.number}"),
        (people.ana, f"/agent/tickets/{ticket.number}"),
        (people.ana, "/agent/queues/all"),
    ):
        text = world.signed_in(app, person).get(path).get_data(as_text=True)
        page = parse(text)
        bodies = [n for n in page.nodes if any("entry-text" in (p.get("class") or "") for p in n.parents)]
        for node in bodies:
            assert node.tag in {"p", "br", "a", "strong", "em", "code", "pre", "ul", "ol", "li", "blockquote", "bdi"}
            assert not [
                name
                for name in node.attributes
                if name in ("id", "class", "style") or name.startswith(("hx-", "data-"))
            ]
            if node.tag == "a":
                assert node.get("href").startswith(("http", "mailto:"))
                assert {"noopener", "nofollow"} <= set(node.get("rel").split())
        if "queues" not in path:
            assert "Before" in text
            assert "After" in text
        assert page.ids().count("toasts") == 1

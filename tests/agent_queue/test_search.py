"""The search page of agents (cases C60)."""

from __future__ import annotations

import time
from urllib.parse import quote

from flask import Flask

from tests import world
from tests.agent_queue.test_queue import shown, text_of
from tests.queues.hard_searches import HARD_SEARCHES


def test_found_tickets_stand_in_rows_like_those_of_a_queue(app: Flask) -> None:
    cast = world.cast()
    ticket = world.make_ticket("印刷できません", customer=cast.priya, message="プリンター")
    client = world.signed_in(app, cast.ana)
    for typed in ("プリンター", "priya", ticket.number, f"#{ticket.number}"):
        html = text_of(client.get("/agent/search", query_string={"q": typed}))
        assert shown(html) == [ticket.number]
        assert f'value="{typed}"' in html  # what was typed stays in the box


def test_an_empty_search_explains_itself(app: Flask) -> None:
    client = world.signed_in(app, world.make_agent())
    for typed in ("", "   ", "***", '"'):
        html = text_of(client.get("/agent/search", query_string={"q": typed}))
        assert "Search all tickets" in html
        assert "ban*" in html
    assert "Nothing found" in text_of(client.get("/agent/search?q=nowhere"))


def test_every_hard_search_is_answered_within_a_second(app: Flask) -> None:
    world.make_ticket("file istanbul strasse e a")
    client = world.signed_in(app, world.make_administrator())
    for typed in [*HARD_SEARCHES, "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "a" * 100_000]:
        begin = time.perf_counter()
        assert client.get(f"/agent/search?q={quote(typed)}").status_code == 200
        assert time.perf_counter() - begin < 1, typed[:40]
    assert client.get("/agent/search?q=%ff%fe%00&at=%00%ff").status_code == 200

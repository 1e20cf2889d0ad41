"""The page of a ticket: what it shows, to whom, and in how many statements."""

from __future__ import annotations

import io
import re
from datetime import timedelta

from flask import Flask

from portal.core.clock import utc_now
from portal.core.files import store_file
from portal.core.paging import Cursor
from portal.tickets import actions
from portal.tickets.queries import ticket_page
from tests import world
from tests.agent_ticket.scene import Scene, scene, text_of


def test_shows_the_ticket_its_people_and_where_it_stands(app: Flask) -> None:
    here = scene(app, channel="phone")
    now = utc_now()
    actions.assign(here.ticket, "me", by=world.actor_of(here.cast.ana), now=now)
    actions.add_collaborator(here.ticket, here.cast.tomas.id, by=world.actor_of(here.cast.ana), now=now)
    world.make_note(here.ticket, "Looks like update 4.2.", by=here.cast.ana)
    world.make_reply(here.ticket, "We are on it.", by=here.cast.ana, next_update_at=now + timedelta(hours=1))
    page = here.page()
    for shown in (
        "<h1><bdi>Online banking is down</bdi></h1>", "I see error 503.", "Harbour Foods", "1 ticket, 1 open",
        "by phone",
        "to Ana, Support", "internal note", "reply to Priya, Tomas Novak (cc)", "Ana Moreno took the ticket",
        "Looks like update 4.2.", "Write to Priya", "priya@customers.example",
    ):  # fmt: skip
        assert shown in page, shown
    stops = re.findall(r'<li data-state="(\w+)"', page)
    assert stops == ["done", "done", "now", "todo"]
    assert page.index("I see error 503.") < page.index("took the ticket") < page.index("We are on it.")


def test_statements_are_the_same_for_one_entry_and_for_thirty(app: Flask) -> None:
    here = scene(app)
    small = _count(here)
    small_again = _count(here, is_kept=True)
    for number in range(29):
        world.make_reply(here.ticket, f"Reply {number}", by=here.cast.ana)
        actions.add_collaborator(here.ticket, world.make_customer().id, by=world.actor_of(here.cast.ana), now=utc_now())
    assert _count(here) == small == 6
    assert _count(here, is_kept=True) == small_again <= 3


def _count(here: Scene, *, is_kept: bool = False) -> int:
    """Statements of the page; `is_kept`: while its timeline is still known from the view before."""
    url = here.url()
    here.client.get(url)
    if not is_kept:
        ticket_page.KEPT_TIMELINES.clear()
        ticket_page.KEPT_SIDES.clear()
    with world.count_statements() as statements:
        assert here.client.get(url).status_code == 200
    return statements.count


def test_long_timeline_shows_the_newest_and_leads_to_the_rest(app: Flask) -> None:
    here = scene(app)
    start = utc_now()
    for number in range(130):
        world.make_note(here.ticket, f"Note {number:03}.", by=here.cast.ana, now=start + timedelta(seconds=number // 3))
    seen: list[str] = []
    page = here.page()
    pages = 0
    while True:
        pages += 1
        seen = re.findall(r"Note (\d{3})\.", page) + seen
        link = re.search(r'href="([^"]+\?before=[^"]+)"', page)
        if link is None:
            break
        fragment = here.client.fragment(link.group(1))
        assert "<h1>" not in text_of(fragment)
        page = text_of(here.client.get(link.group(1)))
        assert "Back to the newest" in page
    assert seen == [f"{number:03}" for number in range(130)]
    assert pages == 2
    assert "I see error 503." in page


def _cursor(value: str) -> str:
    return Cursor(value, 1).encode()


def test_a_made_up_cursor_starts_anew(app: Flask) -> None:
    here = scene(app)
    made_up = ("x", "W10", "WzEsMiwwXQ", "WyJ4fDAiLDEsMF0", "%00", "WyIyMDI2LTAxLTAxfDAiLDEsMF0")
    for cursor in (*made_up, _cursor("0001-01-01T00:00+14:00|0"), _cursor("2026-01-01T00:00+00:00|7")):
        assert here.client.get(here.url() + f"?before={cursor}").status_code == 200


def test_others_get_nothing(app: Flask) -> None:
    here = scene(app)
    assert world.signed_in(app, here.cast.jonas).get(here.url()).status_code == 404
    assert world.signed_in(app, here.cast.priya).get(here.url()).status_code == 404
    for number in ("0", "999999999", "abc", "%00", "1" * 30, "١٢٣"):
        assert here.client.get(f"/agent/tickets/{number}").status_code == 404


def test_rights_decide_what_is_offered(app: Flask) -> None:
    here = scene(app)
    viewer = world.make_agent("Vera Only", department=here.cast.support, role="View only")
    page = text_of(world.signed_in(app, viewer).get(here.url()))
    assert "Online banking is down" in page
    for offer in (
        "/status",
        "/priority",
        "/assignment",
        "/due",
        "/department",
        "/merge",
        "/trash",
        "/replies",
        "/notes",
        "/undo",
    ):
        assert f"{here.url()}{offer}" not in page, offer
    rita = text_of(world.signed_in(app, here.cast.rita).get(here.url()))
    assert f"{here.url()}/replies" in rita
    assert f"{here.url()}/priority" not in rita
    assert f"{here.url()}/trash" not in rita


def test_what_people_type_is_shown_as_typed(app: Flask) -> None:
    odd = "<b>x</b> {{7*7}} %(name)s 100% \u202eevil"
    cast_name = "Ann <i>{{7*7}}</i> 50%"
    customer = world.make_customer(cast_name, address="ann@customers.example")
    ticket = world.make_ticket(odd, customer=customer, message="<script>alert(1)</script>\n\n{{7*7}}")
    agent = world.make_agent("Bo %(x)s {0}")
    client = world.signed_in(app, agent)
    actions.assign(ticket, "me", by=world.actor_of(agent), now=utc_now())
    raw = client.get(f"/agent/tickets/{ticket.number}").get_data(as_text=True)
    assert "<script>alert" not in raw
    assert "<b>x</b>" not in raw
    assert "<i>{{" not in raw
    assert "49" not in re.findall(r"<h1>.*?</h1>", raw)[0]
    assert "&lt;b&gt;x&lt;/b&gt; {{7*7}} %(name)s 100%" in raw
    assert "to Bo, Support" in raw


def test_files_are_listed_with_their_size(app: Flask) -> None:
    kept = store_file(io.BytesIO(b"\x89PNG\r\n\x1a\n" + b"\0" * 84_000), "er ror #1.png")
    here = scene(app, files=(kept,))
    page = here.page()
    assert "er ror #1.png" in page
    assert "82 KB" in page
    address = re.search(r'href="(/files/[^"]+)"', page)
    assert address
    assert address.group(1).endswith("/er%20ror%20%231.png")
    assert here.client.get(address.group(1)).status_code == 200


def test_unproven_trashed_and_merged_tickets_say_so(app: Flask) -> None:
    here = scene(app, proven=False)
    assert "Address not proven" in here.page()
    other = world.make_ticket("The same", customer=here.cast.priya, department=here.cast.support)
    actions.merge(here.ticket, other, by=world.actor_of(here.cast.ana), now=utc_now())
    page = here.page()
    assert f'Merged into <a href="/agent/tickets/{other.number}">' in page
    assert "/replies" not in page
    parent = text_of(here.client.get(f"/agent/tickets/{other.number}"))
    assert "merged into this one" in parent
    assert f'Written in</span> <a href="{here.url()}">' in parent or f'Written in <a href="{here.url()}">' in parent
    actions.trash(other, by=world.actor_of(here.cast.ana), now=utc_now())
    page = text_of(here.client.get(f"/agent/tickets/{other.number}"))
    assert "in the trash" in page
    assert "Bring it back" in page


def test_a_parent_of_another_department_is_not_named(app: Flask) -> None:
    here = scene(app)
    foreign = world.make_ticket("Secret plan", department=here.cast.operations)
    own = world.make_agent("Otto Own", department=here.cast.support, limited=True)
    actions.assign(here.ticket, str(own.id), by=world.actor_of(here.cast.omar), now=utc_now())
    actions.merge(here.ticket, foreign, by=world.actor_of(here.cast.omar), now=utc_now())
    page = text_of(world.signed_in(app, own).get(here.url()))
    assert "may not see" in page
    assert "Secret plan" not in page


def test_links_show_only_tickets_the_viewer_sees(app: Flask) -> None:
    here = scene(app)
    near = world.make_ticket("Near one", department=here.cast.support)
    far = world.make_ticket("Far one", department=here.cast.operations)
    for other, kind in ((near, "parent"), (far, "related")):
        actions.link_tickets(here.ticket, other, kind, by=world.actor_of(here.cast.omar), now=utc_now())
    page = here.page()
    assert "Near one" in page
    assert ">parent" in page
    assert "Far one" not in page


def test_promises_and_resolution_are_shown(app: Flask) -> None:
    here = scene(app)
    now = utc_now()
    by = world.actor_of(here.cast.ana)
    actions.promise(here.ticket, "fix", now + timedelta(hours=3), by=by, now=now, confidence="not_before")
    actions.promise(here.ticket, "callback", now + timedelta(minutes=10), by=by, now=now)
    page = here.page()
    assert "Promised <time" in page
    assert "not before" in page
    assert "Call made" in page
    actions.resolve(here.ticket, "Restored.", cause="A broken update.", by=by, now=now)
    page = here.page()
    assert "Restored." in page
    assert "A broken update." in page
    assert re.findall(r'<li data-state="(\w+)"', page) == ["done"] * 4

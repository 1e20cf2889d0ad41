"""Every page looked at: axe in light and dark, no sideways scroll at 320 px, weight, and nothing from another host."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.core.clock import utc_now
from portal.tickets import actions
from tests import world
from tests.journeys.conftest import DESK as DESK_SIZE
from tests.journeys.conftest import PHONE, secure_link, sideways_scroll
from tests.world import later

NOBODY = (
    "/", "/tickets/new", "/tickets/find", "/tickets/find/sent", "/sign-in", "/t/forged", "/sign-in/forged", "/nothing",
)  # fmt: skip
CUSTOMER = (
    "/", "/tickets", "/tickets/new", "/tickets/{open}", "/tickets/{waiting}", "/tickets/{resolved}",
    "/tickets/{closed}", "/tickets/{merged}", "/account",
)  # fmt: skip
DESK = (
    "/agent/queues/open", "/agent/queues/promises", "/agent/queues/late", "/agent/queues/mentions",
    "/agent/search?q=banking", "/agent/search?q=nothing-like-it", "/agent/customers", "/agent/customers/{priya}",
    "/agent/tickets/new",
)  # fmt: skip
TICKET = (
    "/agent/tickets/{open}", "/agent/tickets/{waiting}", "/agent/tickets/{resolved}", "/agent/tickets/{merged}",
    "/agent/tickets/{trashed}", "/agent/tickets/999999",
)  # fmt: skip
NOUNS = (
    "status", "assignment", "due", "department", "subject", "resolution", "promise", "customer", "collaborators",
    "referrals", "links", "merge", "trash",
)  # fmt: skip
LISTS = ("agents", "departments", "organizations", "priorities", "roles", "statuses", "teams", "topics")
GROUPS = {
    "nobody": (None, NOBODY),
    "customer": ("priya", CUSTOMER),
    "desk": ("ana", DESK),
    "ticket": ("omar", TICKET),
    "forms": ("omar", tuple(f"/agent/tickets/{{open}}/{noun}" for noun in NOUNS)),
    "lists": ("omar", ("/admin/", "/admin/log", "/admin/outbox", "/admin/outbox/1", *(f"/admin/{n}" for n in LISTS))),
    "rows": ("omar", ("/admin/settings", "/admin/system", "/admin/agents/new", *(f"/admin/{n}/1" for n in LISTS))),
}


def make_lively_desk() -> tuple[world.Cast, dict[str, str]]:
    """The cast and a ticket in each state, with everything a page can show; numbers by what they are."""
    people = world.cast()
    now = utc_now()
    topic = world.make_topic("Online banking", priority="high")
    ana, omar = world.actor_of(people.ana), world.actor_of(people.omar)

    def make(subject: str, **more):
        return world.make_ticket(subject, customer=people.priya, topic=topic, **more)

    tickets = {
        "open": make("Online banking is down", assignee=people.ana, due_at=later(hours=2), priority="urgent"),
        "waiting": make("Statement is empty", assignee=people.ana, status="waiting-on-customer"),
        "resolved": make("Cards are refused", assignee=people.ana, status="resolved"),
        "closed": make("App shows an old balance", assignee=people.jonas, status="closed"),
        "merged": make("Web and app are both down"),
        "trashed": make("Win a prize"),
    }
    opened = tickets["open"]
    world.make_reply(
        opened, "We **restore** the backup.\n\n- first\n- second", by=people.ana, next_update_at=later(hours=1)
    )
    world.make_note(opened, "The update broke it. @jonas", by=people.ana)
    world.make_message(opened, "Thank you, I wait.", by=people.priya)
    actions.promise(opened, "fix", later(hours=4), by=ana, now=now, confidence="likely")
    actions.promise(opened, "callback", later(hours=3), by=ana, now=now)
    actions.add_collaborator(opened, people.maya.id, by=omar, now=now)
    actions.refer(opened, str(people.jonas.id), by=omar, now=now)
    actions.link_tickets(opened, tickets["waiting"], "related", by=omar, now=now)
    actions.merge(tickets["merged"], opened, by=omar, now=now)
    actions.trash(tickets["trashed"], by=omar, now=now)
    for number in range(30):
        world.make_ticket(f"Transfer {number} is missing", customer=people.tomas, now=now - timedelta(hours=number))
    return people, {name: ticket.number for name, ticket in tickets.items()} | {"priya": str(people.priya.id)}


@pytest.mark.parametrize("group", GROUPS)
def test_everybody_can_use_it(browser, look, group):
    """axe finds nothing, in light and in dark; at 320 px nothing scrolls sideways."""
    name, paths = GROUPS[group]
    people, numbers = make_lively_desk()
    page = browser.window(getattr(people, name) if name else None)
    faults = []
    for path in paths:
        page.goto(path.format(**numbers))
        faults += look(page)
        page.emulate_media(color_scheme="dark")
        faults += look(page, rules=["color-contrast"])
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 320, "height": 700})
        faults += sideways_scroll(page)
        page.set_viewport_size(DESK_SIZE)
    assert not faults, "\n\n".join(faults)


def test_the_look_can_fail(browser, look):
    """What finds nothing must be able to find something."""
    page = browser.window()
    page.goto("/")
    bad = "<img src='/favicon.ico'><p class='bad' id='bad'>pale</p><div id='wide'>wide</div>"
    page.evaluate("html => document.querySelector('main').insertAdjacentHTML('beforeend', html)", bad)
    page.evaluate("document.getElementById('bad').style.color = '#eee'")
    page.evaluate("document.getElementById('wide').style.width = '3000px'")
    faults = "\n".join(look(page))
    for word in ("image-alt", "color-contrast", "scrolls sideways"):
        assert word in faults


def test_everybody_can_use_it_on_a_phone(browser, look):
    people, numbers = make_lively_desk()
    agent, customer = browser.window(people.ana, size=PHONE), browser.window(people.priya, size=PHONE)
    for page, path in (
        (agent, "/agent/queues/open"),
        (agent, "/agent/tickets/{open}"),
        (customer, "/tickets/{open}"),
    ):
        page.goto(path.format(**numbers))
        assert look(page) == []


def test_menus_can_be_used_by_everybody(browser, look):
    people, numbers = make_lively_desk()
    page = browser.window(people.ana)
    page.goto("/agent/queues/open")
    for noun in ("status", "priority", "assignment", "due"):
        page.locator(f"#{noun}-{numbers['open']}").click()
        page.locator(f".menu[data-menu]:has([action$='/{noun}'])").wait_for()
        assert look(page) == []
        page.keyboard.press("Escape")


FIRST_PAGES = ("/", "/tickets/new", "/tickets/{open}", "/agent/queues/open", "/agent/tickets/{open}")


def test_a_first_page_is_light(browser):
    """At most 60 KB over the wire and 6 requests."""
    people, numbers = make_lively_desk()
    for path in FIRST_PAGES:
        page = browser.window(people.ana if path.startswith("/agent") else people.priya)
        sizes: list[int] = []
        asked: list[str] = []
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.loadingFinished", lambda event, sizes=sizes: sizes.append(event["encodedDataLength"]))
        session.on("Network.requestWillBeSent", lambda event, asked=asked: asked.append(event["request"]["url"]))
        page.goto(path.format(**numbers))
        page.wait_for_load_state("networkidle")
        asked = [url for url in asked if not url.startswith("data:")]
        assert len(asked) <= 6, f"{path}: {asked}"
        assert sum(sizes) <= 60_000, path
        assert sum(sizes) > 5_000, f"{path}: the sizes were not seen"


def test_the_skip_link_and_the_order_of_the_keyboard(browser):
    people, _numbers = make_lively_desk()
    page = browser.window(people.ana)
    page.goto("/agent/queues/open")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    seen = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        tag, area, top = page.evaluate(
            """(() => { const e = document.activeElement, b = e.getBoundingClientRect()
                return [e.tagName, b.width * b.height, b.top] })()"""
        )
        assert tag == "BODY" or (area > 0 and top < 900), "the focus is somewhere nobody sees"
        seen.add(page.evaluate("document.activeElement.id"))
    assert len(seen) > 10


def test_a_secure_link_leads_in_without_telling_where_from(browser):
    people, _numbers = make_lively_desk()
    ticket = world.make_ticket("Only by link", customer=people.tomas)
    page = browser.window()
    page.goto(secure_link(people.tomas, ticket))
    page.wait_for_url(f"**/tickets/{ticket.number}")
    page.get_by_text("Only by link").first.wait_for()
    assert "/t/" not in page.evaluate("document.referrer")


def test_nothing_breaks_without_htmx(browser):
    """With htmx missing the pages stay plain forms."""
    people, numbers = make_lively_desk()
    page = browser.window(people.ana)
    page.route("**/htmx*.js", lambda route: route.fulfill(status=200, body="", content_type="text/javascript"))
    page.goto(f"/agent/tickets/{numbers['open']}")
    page.locator(f"#status-{numbers['open']}").click()
    page.locator("main").get_by_role("button", name="In progress", exact=True).click()
    page.locator(f"#status-{numbers['open']}", has_text="In progress").wait_for()

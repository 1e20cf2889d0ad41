"""An agent's way in a real browser: works a queue in place, replies with a promise, notes, undoes, meets a conflict,
resolves; with and without scripts, on a phone."""

from __future__ import annotations

import re

import pytest

from portal.core.clock import utc_now
from portal.tickets import actions
from portal.tickets.models import Ticket
from tests import world
from tests.journeys.conftest import DESK, PHONE
from tests.journeys.test_customer import ticket_of

WAYS = {"with scripts": (True, DESK), "without scripts": (False, DESK), "on a phone": (True, PHONE)}


@pytest.fixture(params=WAYS, ids=[name.replace(" ", "-") for name in WAYS])
def way(request):
    """How the browser is set up: scripts on or off, and its size."""
    return WAYS[request.param]


@pytest.fixture
def people(browser) -> world.Cast:
    """The cast; Ana works."""
    return world.cast()


def choose(page, link: str, choice: str, *, javascript: bool) -> None:
    """Press a property and pick a choice: in the menu that floats, or on the page that opens without scripts."""
    page.locator(link).click()
    place = page.locator(".menu[data-menu]") if javascript else page.locator("main")
    place.get_by_role("button", name=choice, exact=True).first.click()


def status_of(ticket: Ticket) -> str:
    """The slug of a ticket's status in the database now."""
    from portal.tickets.statuses import ticket_lists

    return ticket_lists().statuses[ticket_of(ticket.number).status_id].slug


def test_working_a_queue_in_place(browser, people, way):
    javascript, size = way
    ticket = world.make_ticket("Cards are refused", customer=people.priya)
    world.make_ticket("Statement is empty", customer=people.tomas)
    page = browser.window(people.ana, javascript=javascript, size=size)
    page.goto("/agent/queues/open")
    n = ticket.number
    page.locator(f"#row-{n}").get_by_text("Cards are refused").wait_for()

    choose(page, f"#status-{n}", "In progress", javascript=javascript)
    page.locator(f"#status-{n}", has_text="In progress").wait_for()
    assert page.url.endswith("/agent/queues/open")
    choose(page, f"#priority-{n}", "Urgent", javascript=javascript)
    page.locator(f"#priority-{n}", has_text="Urgent").wait_for()
    choose(page, f"#assignment-{n}", "Take it myself", javascript=javascript)
    page.locator(f"#assignment-{n}[title*=Ana]").wait_for()
    page.locator(f"#due-{n}").click()
    form = page.locator("form:has([name=due_at])").last
    form.locator("[name=due_at]").fill("2031-01-02T10:30")
    form.locator("button[data-look=primary]").click()
    page.locator(f"#due-{n} time").wait_for()

    now = ticket_of(n)
    assert (status_of(now), now.priority_rank, now.assignee_id) == ("in-progress", 4, people.ana.id)
    assert now.due_at is not None
    assert now.due_at.year == 2031


def test_undo_from_the_toast(browser, people):
    ticket = world.make_ticket("Cards are refused", customer=people.priya, status="open")
    page = browser.window(people.ana)
    page.goto("/agent/queues/open")
    choose(page, f"#status-{ticket.number}", "In progress", javascript=True)
    toast = page.locator("#toasts")
    toast.get_by_text("Status is now In progress").wait_for()
    toast.get_by_role("button", name="Undo").click()
    page.locator(f"#status-{ticket.number}", has_text=re.compile("^Open$")).wait_for()
    assert status_of(ticket) == "open"


def test_undo_from_the_timeline(browser, people, way):
    javascript, size = way
    ticket = world.make_ticket("Cards are refused", customer=people.priya, status="open")
    actions.change_priority(ticket, "urgent", by=world.actor_of(people.ana), now=utc_now())
    page = browser.window(people.ana, javascript=javascript, size=size)
    page.goto(f"/agent/tickets/{ticket.number}")
    page.locator("#timeline").get_by_role("button", name=re.compile("Undo: .*riority")).last.click()
    page.locator(f"#priority-of-{ticket.number}", has_text="Normal").wait_for()
    assert ticket_of(ticket.number).priority_rank == 2


def test_replying_with_a_promise_and_a_status(browser, people, way):
    javascript, size = way
    ticket = world.make_ticket("Cards are refused", customer=people.priya)
    page = browser.window(people.ana, javascript=javascript, size=size)
    page.goto(f"/agent/tickets/{ticket.number}")
    page.locator("#reply-body").fill("We restore the **last verified backup** now.")
    page.get_by_text("Promise a time").click()
    page.locator("#reply-next-in").select_option("30")
    page.locator("#reply-status").select_option("in-progress")
    page.locator("#reply-send").click()
    page.locator("#timeline article strong", has_text="last verified backup").wait_for()
    page.locator(f"#status-{ticket.number}", has_text="In progress").wait_for()
    assert page.locator("#reply-body").input_value() == ""
    now = ticket_of(ticket.number)
    assert now.promise_due_at is not None
    assert now.assignee_id == people.ana.id, "who replies takes an unassigned ticket"
    seen = browser.window(people.priya, javascript=javascript, size=size)
    seen.goto(f"/tickets/{ticket.number}")
    assert "We write again by" in seen.content()


def test_a_note_stays_inside(browser, people, way):
    javascript, size = way
    ticket = world.make_ticket("Cards are refused", customer=people.priya, assignee=people.ana)
    page = browser.window(people.ana, javascript=javascript, size=size)
    page.goto(f"/agent/tickets/{ticket.number}")
    page.locator(".composer-tabs").get_by_text("Note").click()
    page.locator("#note-body").fill("The update broke the session table. @jonas please look.")
    page.locator("#note-send").click()
    page.locator("#timeline article", has_text="The update broke the session table.").wait_for()
    seen = browser.window(people.priya, javascript=javascript, size=size)
    seen.goto(f"/tickets/{ticket.number}")
    assert "session table" not in seen.content()


def test_somebody_else_was_quicker(browser, people, way):
    javascript, size = way
    ticket = world.make_ticket("Cards are refused", customer=people.priya, status="open")
    page = browser.window(people.ana, javascript=javascript, size=size)
    page.goto(f"/agent/tickets/{ticket.number}")
    actions.change_status(ticket, "waiting-on-customer", by=world.actor_of(people.omar), now=utc_now())
    choose(page, f"#status-{ticket.number}", "In progress", javascript=javascript)
    page.get_by_text(re.compile("Omar Diaz changed this to Waiting on customer")).first.wait_for()
    assert status_of(ticket) == "waiting-on-customer"
    page.get_by_role("button", name="Apply mine anyway").click()
    page.locator(f"#status-{ticket.number}", has_text="In progress").wait_for()
    assert status_of(ticket) == "in-progress"


def test_resolving(browser, people, way):
    javascript, size = way
    topic = world.make_topic("Online banking", resolution_rule="required", cause_rule="required")
    ticket = world.make_ticket("Cards are refused", customer=people.priya, assignee=people.ana, topic=topic)
    page = browser.window(people.ana, javascript=javascript, size=size)
    page.goto(f"/agent/tickets/{ticket.number}")
    page.locator(f"#resolution-{ticket.number}").click()
    page.get_by_label("Resolution").last.fill("Restored from the last verified backup.")
    page.get_by_label("Cause").last.fill("A corrupted update.")
    page.get_by_role("button", name="Resolve ticket").click()
    page.locator(f"#status-{ticket.number}", has_text="Resolved").wait_for()
    now = ticket_of(ticket.number)
    assert (now.state, now.cause) == ("resolved", "A corrupted update.")


def test_opening_for_a_customer_on_the_phone(browser, people, way):
    javascript, size = way
    page = browser.window(people.ana, javascript=javascript, size=size)
    page.goto("/agent/tickets/new")
    main = page.locator("main")
    main.locator("[name=email]").fill("priya@customers.example")
    main.locator("[name=subject]").fill("Called: cards are refused")
    main.locator("[name=message]").fill("She called at ten.")
    main.locator("button[data-look=primary]").first.click()
    page.wait_for_url(re.compile(r"/agent/tickets/\d+"))
    ticket = ticket_of(re.search(r"/agent/tickets/(\d+)", page.url).group(1))
    assert ticket.customer_id == people.priya.id


def test_searching(browser, people, way):
    javascript, size = way
    ticket = world.make_ticket("Überweisung klemmt", customer=people.priya)
    page = browser.window(people.ana, javascript=javascript, size=size)
    page.goto("/agent")
    page.locator("#search").fill("uberweisung")
    page.locator("#search").press("Enter")
    page.wait_for_url(re.compile(r"/agent/search\?"))
    page.locator(f"#row-{ticket.number}").wait_for()


def test_back_shows_the_new_status_and_nothing_is_left_after_sign_out(browser, people):
    ticket = world.make_ticket("Cards are refused", customer=people.priya, status="open")
    page = browser.window(people.ana)
    page.goto(f"/agent/tickets/{ticket.number}")
    choose(page, f"#status-{ticket.number}", "In progress", javascript=True)
    page.locator(f"#status-{ticket.number}", has_text="In progress").wait_for()
    page.goto("/agent/queues/all")
    page.go_back()
    page.locator(f"#status-{ticket.number}", has_text="In progress").wait_for()
    page.locator("header details.drop summary").last.click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(re.compile(r"/$"))
    page.go_back()
    page.wait_for_load_state()
    assert "Cards are refused" not in page.content()
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]


def test_working_by_keyboard(browser, people):
    first = world.make_ticket("Cards are refused", customer=people.priya, status="open", priority="urgent")
    page = browser.window(people.ana)
    page.goto("/agent/queues/open")
    page.keyboard.press("j")
    page.keyboard.press("s")
    page.locator(".menu[data-menu]").wait_for()
    page.keyboard.press("Escape")
    page.locator(".menu[data-menu]").wait_for(state="detached")
    assert page.evaluate("document.activeElement.id") == f"status-{first.number}"
    page.keyboard.press("Enter")
    page.locator(".menu[data-menu]").wait_for()
    page.keyboard.press("i")  # In progress, by its first letter
    page.keyboard.press("Enter")
    page.locator(f"#status-{first.number}", has_text="In progress").wait_for()
    page.locator(f"#status-{first.number}:focus").wait_for()
    page.keyboard.press("o")
    page.wait_for_url(f"**/agent/tickets/{first.number}")
    page.keyboard.press("r")
    assert page.evaluate("document.activeElement.id") == "reply-body"
    page.keyboard.type("Done by keyboard. j s i are letters here.")
    page.keyboard.press("Control+Enter")
    page.locator("#timeline article", has_text="Done by keyboard.").wait_for()

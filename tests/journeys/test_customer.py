"""A customer's way in a real browser: opens, follows, writes, confirms, rates; with and without scripts, on a phone."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from portal.core.database import db
from portal.tickets import actions
from portal.tickets.models import Ticket
from tests import world
from tests.clients import fresh_reads
from tests.journeys.conftest import DESK, PHONE

WAYS = {"with scripts": (True, DESK), "without scripts": (False, DESK), "on a phone": (True, PHONE)}


@pytest.fixture(params=WAYS, ids=[name.replace(" ", "-") for name in WAYS])
def way(request):
    """How the browser is set up: scripts on or off, and its size."""
    return WAYS[request.param]


def open_ticket(page, subject: str = "Online banking is down") -> str:
    """Open a ticket through the form as somebody new; gives its number."""
    page.goto("/")
    page.get_by_role("link", name="Open a ticket").first.click()
    page.get_by_label("Your name").fill("Gail Roe")
    page.get_by_label("Your e-mail address").fill("gail@customers.example")
    page.get_by_label("Subject").fill(subject)
    page.get_by_label("What happened?").fill("Error 503 after sign-in, on the web and in the app.")
    page.get_by_role("button", name="Send", exact=True).click()
    page.wait_for_url("**/opened")
    return re.search(r"/tickets/(\d+)/opened", page.url).group(1)


def ticket_of(number: str) -> Ticket:
    """The ticket as it is in the database now."""
    fresh_reads()
    return db.session.execute(select(Ticket).where(Ticket.number == number)).scalar_one()


def test_from_opening_to_rating(browser, way):
    javascript, size = way
    people = world.cast()
    page = browser.window(javascript=javascript, size=size)
    number = open_ticket(page)
    assert number in page.locator("main").inner_text()
    link = re.search(r"http://localhost(/t/[\w-]+)", page.content()).group(1)

    page.goto(f"/tickets/{number}")
    assert "We have your message" in page.locator("main").inner_text()
    page.get_by_label("Your message").fill("It also says: try later.")
    page.get_by_role("button", name="Send", exact=True).click()
    page.locator("article", has_text="It also says: try later.").wait_for()

    ticket = ticket_of(number)
    actions.reply(ticket, "We restore the backup now.", by=world.actor_of(people.ana), now=world.later())
    actions.resolve(ticket, "Restored from the backup.", by=world.actor_of(people.ana), now=world.later())
    page.reload()
    page.locator("article", has_text="We restore the backup now.").wait_for()
    page.get_by_role("button", name="It works, close it").click()
    page.get_by_text("How did we do?").wait_for()
    assert ticket_of(number).state == "closed"
    page.locator(".rating label").nth(4).click()
    page.get_by_label("What should we do better?").fill("Nothing, thank you.")
    page.locator(".rate").get_by_role("button", name="Send").click()
    page.get_by_text("5 of 5").wait_for()
    assert ticket_of(number).rating == 5

    elsewhere = browser.window(javascript=javascript, size=size)
    elsewhere.goto(link)
    elsewhere.wait_for_url(f"**/tickets/{number}")
    assert "Restored from the backup" in elsewhere.content() or "We restore the backup" in elsewhere.content()


def test_it_still_does_not_work(browser, way):
    javascript, size = way
    people = world.cast()
    ticket = world.make_ticket(customer=people.priya, assignee=people.ana, status="resolved")
    page = browser.window(people.priya, javascript=javascript, size=size)
    page.goto(f"/tickets/{ticket.number}")
    page.get_by_text("Add a few words").click()
    page.locator("#words").fill("The app still shows 503.")
    page.get_by_role("button", name="It still does not work").click()
    page.locator("article", has_text="The app still shows 503.").wait_for()
    assert ticket_of(ticket.number).state == "open"


def test_what_was_typed_is_kept_when_it_is_refused(browser, way):
    javascript, size = way
    page = browser.window(javascript=javascript, size=size)
    page.goto("/tickets/new")
    page.get_by_label("Your name").fill("Gail Roe")
    page.get_by_label("Your e-mail address").fill("gail@customers.example")
    page.get_by_label("Subject").fill("   ")
    page.get_by_label("What happened?").fill("They do not work.")
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_text("Write a subject.").first.wait_for()
    assert page.get_by_label("What happened?").input_value() == "They do not work."
    assert page.get_by_label("Your e-mail address").input_value() == "gail@customers.example"


def test_signing_in_finding_and_signing_out(browser, way):
    javascript, size = way
    people = world.cast()
    ticket = world.make_ticket("Statement is empty", customer=people.priya)
    page = browser.window(javascript=javascript, size=size)
    page.goto("/tickets")
    page.wait_for_url(re.compile(r"/sign-in\?next="))
    page.get_by_label("E-mail address").fill("priya@customers.example")
    page.get_by_label("Password").fill(world.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/tickets")
    page.get_by_role("link", name=re.compile("Statement is empty")).first.click()
    page.wait_for_url(f"**/tickets/{ticket.number}")
    sign_out = page.get_by_role("button", name="Sign out")
    if not sign_out.is_visible():
        page.locator("header summary").last.click()
    sign_out.click()
    page.wait_for_url(re.compile(r"/$"))
    page.goto(f"/tickets/{ticket.number}")
    page.wait_for_url(re.compile(r"/sign-in\?next="))


def test_asking_for_a_link_answers_the_same_for_everybody(browser):
    people = world.cast()
    ticket = world.make_ticket(customer=people.priya)
    answers = []
    for address, number in (("priya@customers.example", ticket.number), ("nobody@customers.example", "999999")):
        page = browser.window()
        page.goto("/tickets/find")
        page.get_by_label("Your e-mail address").fill(address)
        page.get_by_label("Ticket number").fill(number)
        page.locator("main").get_by_role("button").first.click()
        page.wait_for_url("**/tickets/find/sent*")
        answers.append(page.locator("main").inner_text())
    assert answers[0] == answers[1]

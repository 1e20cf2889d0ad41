"""The queue page: rows, orders, pages, the counts beside, and who may look."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from portal.core.clock import utc_now
from portal.core.database import db, transaction
from portal.queues.shipped import SHIPPED
from portal.tickets import actions
from portal.tickets.models import Ticket
from tests import world


def text_of(response) -> str:
    """The page's HTML."""
    assert response.status_code == 200, response.status
    return response.get_data(as_text=True)


def shown(html: str) -> list[str]:
    """The ticket numbers of the rows, in order."""
    return re.findall(r'<tr data-row id="row-(\d+)"', html)


def test_the_door_leads_to_the_default_queue(app: Flask) -> None:
    ana = world.make_agent("Ana Moreno")
    answer = world.signed_in(app, ana).get("/agent")
    assert (answer.status_code, answer.location) == (303, "/agent/queues/open")
    with transaction():
        ana.default_queue = "my-tickets"
        db.session.add(ana)
        from portal.core.desk_settings import touch_desk

        touch_desk()
    assert world.signed_in(app, ana).get("/agent").location == "/agent/queues/my-tickets"


def test_every_queue_has_a_page_and_says_what_would_be_there(app: Flask) -> None:
    client = world.signed_in(app, world.make_agent())
    for queue in SHIPPED:
        html = text_of(client.get(f"/agent/queues/{queue.slug}"))
        assert f"<h1>{queue.name}</h1>" in html
        assert queue.empty_title in html
        assert queue.empty_text in html
    assert client.get("/agent/queues/nope").status_code == 404


def test_a_row_shows_all_of_a_ticket_with_links_that_change_it(app: Flask) -> None:
    cast = world.cast()
    ticket = world.make_ticket(
        "Cannot log in", customer=cast.priya, message="Service unavailable since 7:40.", assignee=cast.ana,
        priority="urgent", due_at=utc_now() + timedelta(minutes=9, seconds=30),
    )  # fmt: skip
    html = text_of(world.signed_in(app, cast.ana).get("/agent/queues/open"))
    assert shown(html) == [ticket.number]
    for part in ("Cannot log in", "Service unavailable since 7:40.", "Priya Nair", "Urgent", "Ana Moreno", "in 9 min"):
        assert part in html
    for field, command in (("status", "status"), ("priority", "priority"), ("assignment", "assign"), ("due", "due")):
        address = f"/agent/tickets/{ticket.number}/{field}?version={ticket.version}&amp;from=queue"
        link = re.search(rf'<a[^>]*id="{field}-{ticket.number}"[^>]*>', html)
        assert link
        assert f'href="{address}"' in link.group()
        assert f'hx-get="{address}"' in link.group()
        assert f'data-command="{command}"' in link.group()
        assert world.signed_in(app, cast.ana).get(address.replace("&amp;", "&")).status_code == 200


def test_a_change_from_the_queue_answers_with_the_row(app: Flask) -> None:
    cast = world.cast()
    ticket = world.make_ticket(assignee=cast.ana)
    client = world.signed_in(app, cast.ana)
    answer = client.send(f"/agent/tickets/{ticket.number}/priority", {"priority": "urgent", "from": "queue"}, htmx=True)
    html = text_of(answer)
    assert f'<tr data-row id="row-{ticket.number}" hx-swap-oob="true">' in html
    assert "Urgent" in html
    assert html.count("<tr") == 1


MARKUP = '<script>alert("x")</script>&\'"'


def test_words_of_people_never_become_markup(app: Flask) -> None:
    cast = world.cast()
    nasty = world.make_customer(MARKUP, address="nasty@customers.example")
    with transaction():
        db.session.execute(update(type(nasty)).where(type(nasty).id == cast.ana.person_id).values(name=MARKUP))
        from portal.core.desk_settings import touch_desk
        from portal.tickets.models import Priority, Status

        db.session.execute(update(Status).values(name=MARKUP))
        db.session.execute(update(Priority).values(name=MARKUP))
        touch_desk()
    ticket = world.make_ticket(MARKUP, customer=nasty, message=MARKUP, assignee=cast.ana)
    client = world.signed_in(app, cast.omar)
    for address in ("/agent/queues/open", f"/agent/search?q={ticket.number}", f"/agent/customers/{nasty.id}"):
        html = text_of(client.get(address))
        assert shown(html) == [ticket.number]
        assert "<script>alert" not in html
        assert html.count("&lt;script&gt;alert") >= 6
        assert 'title="&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt;&amp;&#39;&#34;"' in html


def test_sorting_and_paging_by_links_alone(app: Flask) -> None:
    cast = world.cast()
    for number in range(30):
        world.make_ticket(f"Ticket {number}", customer=cast.priya)
    client = world.signed_in(app, cast.ana)
    html = text_of(client.get("/agent/queues/open?sort=-opened"))
    assert 'data-col="number" aria-sort="descending"' in html
    first = shown(html)
    older = re.search(r'rel="next" href="([^"]+)"', html)
    assert older
    html = text_of(client.get(older.group(1).replace("&amp;", "&")))
    second = shown(html)
    assert (len(first), len(second)) == (25, 5)
    expected = [n for (n,) in db.session.query(Ticket.number).order_by(Ticket.id.desc())]
    assert first + second == expected
    newer = re.search(r'rel="prev" href="([^"]+)"', html)
    assert newer
    assert shown(text_of(client.get(newer.group(1).replace("&amp;", "&")))) == first
    assert 'rel="next"' not in html
    assert shown(text_of(client.get("/agent/queues/open?sort=nonsense&at=%00"))) != []


def test_a_page_whose_tickets_have_moved_leads_back(app: Flask) -> None:
    cast = world.cast()
    for _ in range(26):
        world.make_ticket(customer=cast.priya)
    client = world.signed_in(app, cast.ana)
    older = re.search(r'rel="next" href="([^"]+)"', text_of(client.get("/agent/queues/open?sort=opened")))
    assert older
    last = db.session.query(Ticket).order_by(Ticket.id.desc()).first()
    actions.trash(last, by=world.actor_of(cast.ana), now=utc_now())
    html = text_of(client.get(older.group(1).replace("&amp;", "&")))
    assert "Nothing here any more" in html
    assert 'href="/agent/queues/open?sort=opened"' in html


def test_counts_come_as_fragments_and_then_not_at_all(app: Flask) -> None:
    cast = world.cast()
    world.make_ticket()
    client = world.signed_in(app, cast.ana)
    answer = client.get("/agent/queues/counts", headers={"HX-Current-URL": "http://localhost/agent/queues/open"})
    html = text_of(answer)
    assert '<span data-count="open" id="count-open" hx-swap-oob="true">1</span>' in html
    assert '<span data-count="closed" id="count-closed" hx-swap-oob="true"></span>' in html
    assert '<span id="queue-count" class="badge number" hx-swap-oob="true">1</span>' in html
    poll = re.search(r'hx-get="(/agent/queues/counts\?seen=\w+)"', html)
    assert poll
    with world.count_statements() as statements:
        again = client.get(poll.group(1))
    assert (again.status_code, again.get_data()) == (204, b"")
    assert statements.count == 2, str(statements)
    assert not any("FROM ticket" in text for text in statements.seen)
    world.make_ticket()
    assert ">2</span>" in text_of(client.get(poll.group(1)))


@pytest.mark.parametrize(
    "address",
    [
        "/agent", "/agent/queues/open", "/agent/queues/nope", "/agent/queues/counts", "/agent/search?q=x",
        "/agent/customers", "/agent/customers/1", "/agent/customers/999999",
    ],
)  # fmt: skip
def test_only_agents_come_in(app: Flask, client, address: str) -> None:
    priya = world.make_customer("Priya Nair")
    answer = client.get(address)
    assert answer.status_code == 303
    assert answer.location.startswith("/sign-in?next=")
    assert client.fragment(address).status_code == 401
    assert world.signed_in(app, priya).get(address).status_code == 404


def test_the_number_of_statements_does_not_grow_with_the_rows(app: Flask) -> None:
    cast = world.cast()
    client = world.signed_in(app, cast.ana)
    for number in (1, 30):
        while db.session.query(Ticket).count() < number:
            world.make_ticket("Printer", customer=cast.priya)
        for address, expected in (
            ("/agent/queues/open", 2),
            ("/agent/queues/my-tickets", 2),
            ("/agent/search?q=printer", 2),
            ("/agent/customers", 2),
            (f"/agent/customers/{cast.priya.id}", 3),
        ):
            client.get(address)
            with world.count_statements() as statements:
                client.get(address)
            assert statements.count == expected, f"{address}\n{statements}"

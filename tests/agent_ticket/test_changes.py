"""Changing properties in place: as a page, as a fragment, stale, refused, undone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from portal.core.clock import utc_now
from portal.tickets import actions
from portal.tickets.statuses import ticket_lists
from tests import world
from tests.agent_ticket.scene import Scene, scene, text_of, toast_of, version


def good_values(here: Scene) -> dict[str, tuple[str, str]]:
    """For each property its field and another value than it has."""
    topic = world.make_topic("Cards", department=here.cast.support)
    return {
        "status": ("status", "in-progress"),
        "assignment": ("assignee", "me"),
        "priority": ("priority", "urgent"),
        "due": ("due_at", "2031-03-14T16:30"),
        "department": ("department", str(here.cast.operations.id)),
        "topic": ("topic", str(topic.id)),
        "subject": ("subject", "Online banking is slow"),
        "resolution": ("resolution", "Restored from the backup."),
    }


NOUNS = ("status", "assignment", "priority", "due", "department", "topic", "subject", "resolution")


@pytest.mark.parametrize("noun", NOUNS)
def test_each_form_is_a_page_and_a_fragment(app: Flask, noun: str) -> None:
    here = scene(app)
    page = text_of(here.client.get(here.url(noun)))
    assert "<h1>" in page
    assert f'action="{here.url(noun)}"' in page
    fragment = text_of(here.client.fragment(here.url(noun) + "?version=1&from=ticket"))
    assert "<html" not in fragment
    assert f'id="menu-{noun}-{here.ticket.number}"' in fragment
    assert 'name="version" value="1"' in fragment
    assert 'name="from" value="ticket"' in fragment


@pytest.mark.parametrize("noun", NOUNS)
def test_each_form_sent_as_a_page_leads_back(app: Flask, noun: str) -> None:
    here = scene(app)
    name, value = good_values(here)[noun]
    before = here.now().version
    answer = here.send(noun, {name: value, "version": str(before)})
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(f"{here.url()}#event-")
    assert here.now().version > before
    again = here.send(noun, {name: value})
    assert again.status_code in (303, 404)  # Ana may not see what she moved to Operations


@pytest.mark.parametrize("noun", [n for n in NOUNS if n != "department"])
def test_each_form_sent_by_htmx_answers_fragments(app: Flask, noun: str) -> None:
    here = scene(app)
    name, value = good_values(here)[noun]
    answer = here.send(noun, {name: value, "from": "ticket"}, htmx=True)
    assert answer.status_code == 200
    text = text_of(answer)
    for part in ("ticket-head", "ticket-track", "ticket-side"):
        assert f'id="{part}"' in text, part
    assert 'id="timeline"' in text or 'hx-swap-oob="beforeend:#timeline"' in text
    assert text.count("hx-swap-oob=") >= 4
    assert "<html" not in text
    assert 'id="reply-body"' not in text, "what is being typed must stay"
    toast = toast_of(answer)
    assert toast["undo"]["url"] == here.url("undo")
    undone = here.send("undo", {"event": str(toast["undo"]["event"])}, htmx=True)
    assert undone.status_code == 200
    assert toast_of(undone)["text"] == "Undone"


def test_moving_a_ticket_out_of_sight_leads_to_the_queues(app: Flask) -> None:
    here = scene(app)
    form = {"department": str(here.cast.operations.id), "comment": "Please look at the load balancer."}
    answer = here.send("department", {**form, "from": "ticket"}, htmx=True)
    assert answer.headers["HX-Redirect"] == "/agent"
    assert here.now().department_id == here.cast.operations.id
    assert [entry.body for entry in here.entries("note")] == ["Please look at the load balancer."]


def test_the_same_value_changes_nothing(app: Flask) -> None:
    here = scene(app, priority="high")
    before = here.now().version
    assert here.send("priority", {"priority": "high"}).status_code == 303
    answer = here.send("priority", {"priority": "high"}, htmx=True)
    assert toast_of(answer)["text"] == "It was like that already."
    assert here.now().version == before


@pytest.mark.parametrize("htmx", [False, True])
def test_stale_change_shows_the_new_value_and_can_be_applied_anyway(app: Flask, htmx: bool) -> None:
    here = scene(app)
    seen = version(here.page())
    actions.change_status(here.ticket, "in-progress", by=world.actor_of(here.cast.omar), now=utc_now())
    answer = here.send("status", {"status": "waiting-on-customer", "version": seen, "from": "ticket"}, htmx=htmx)
    text = text_of(answer)
    assert answer.status_code == 409
    assert "Omar Diaz changed this to In progress" in text
    assert "Apply mine anyway" in text
    assert ("HX-Retarget" in answer.headers) is htmx
    if htmx:
        assert answer.headers["HX-Retarget"] == f"#menu-status-{here.ticket.number}"
    now = here.now()
    assert ticket_lists().statuses[now.status_id].slug == "in-progress"
    assert f'name="version" value="{now.version}"' in text
    again = here.send("status", {"status": "waiting-on-customer", "version": str(now.version)}, htmx=htmx)
    assert again.status_code == (200 if htmx else 303)


def test_stale_typed_value_is_kept(app: Flask) -> None:
    here = scene(app)
    seen = version(here.page())
    actions.change_subject(here.ticket, "Theirs", by=world.actor_of(here.cast.omar), now=utc_now())
    answer = here.send("subject", {"subject": "My words", "version": seen})
    text = text_of(answer)
    assert answer.status_code == 409
    assert 'value="My words"' in text
    assert "Omar Diaz changed this to Theirs" in text
    assert here.now().subject == "Theirs"


def test_a_change_of_another_field_is_not_stale(app: Flask) -> None:
    here = scene(app)
    seen = version(here.page())
    actions.change_priority(here.ticket, "urgent", by=world.actor_of(here.cast.omar), now=utc_now())
    assert here.send("status", {"status": "in-progress", "version": seen}).status_code == 303


@pytest.mark.parametrize(
    ("noun", "form"),
    [
        ("status", {"status": "nonsense"}), ("status", {"status": ""}), ("status", {}),
        ("status", {"status": "in-progress\x00"}), ("priority", {"priority": "huge"}), ("priority", {}),
        ("assignment", {"assignee": "99999"}), ("assignment", {"assignee": "team:77"}), ("assignment", {}),
        ("assignment", {"assignee": "-1"}), ("assignment", {"assignee": "x" * 5000}),
        ("due", {"due_at": "tomorrow"}), ("due", {"due_at": "2001-01-01T10:00"}), ("due", {}),
        ("due", {"due_at": "9999-12-31T23:59"}), ("due", {"due_at": "2031-02-30T10:00"}),
        ("department", {"department": "999"}), ("department", {"department": "abc"}), ("department", {}),
        ("topic", {"topic": "999"}), ("topic", {"topic": "1e9"}), ("topic", {}),
        ("subject", {"subject": ""}), ("subject", {"subject": " \u200b\x00 "}), ("subject", {"subject": "x" * 1001}),
        ("resolution", {"resolution": "x" * 200_001}), ("resolution", {"resolution": "done", "status": "open"}),
        ("resolution", {"resolution": "done", "status": "nonsense"}),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_changes_nothing(sqlite_app: Flask, noun: str, form: dict[str, str]) -> None:
    here = scene(sqlite_app)
    before = here.now().version
    for htmx in (False, True):
        answer = here.send(noun, form, htmx=htmx)
        assert answer.status_code == 422
        text = text_of(answer)
        assert 'class="error"' in text or 'data-tone="error"' in text
    assert here.now().version == before


def test_a_wrong_time_says_how_a_time_is_written(app: Flask) -> None:
    here = scene(app)
    text = text_of(here.send("due", {"due_at": "next week"}))
    assert "for example 2026-03-14T16:30" in text
    assert 'value="next week"' in text


def test_times_are_read_in_the_agents_zone(app: Flask) -> None:
    cast = world.cast()
    agent = world.make_agent("Kiri Aoki", department=cast.support)
    from portal.core.database import db, transaction
    from portal.core.desk_settings import touch_desk
    from portal.people.models import Person

    with transaction():
        db.session.get_one(Person, agent.person_id).time_zone = "Asia/Tokyo"
        touch_desk()
    ticket = world.make_ticket(department=cast.support)
    here = Scene(cast, ticket, world.signed_in(app, agent), app)
    here.send("due", {"due_at": "2031-03-14T16:30"})
    assert here.now().due_at.isoformat() == "2031-03-14T07:30:00+00:00"
    assert 'value="2031-03-14T16:30"' in text_of(here.client.get(here.url("due")))
    assert here.send("due", {"due_at": "2031-03-14T16:30"}).headers["Location"] == here.url()
    here.send("due", {"due_at": "2031-03-14T16:30:00+00:00"})
    assert here.now().due_at.isoformat() == "2031-03-14T16:30:00+00:00"
    here.send("due", {"due_at": ""})
    assert here.now().due_at is None


def test_rights_are_asked_for_the_form_and_for_the_change(app: Flask) -> None:
    here = scene(app)
    viewer = world.make_agent("Vera Only", department=here.cast.support, role="View only")
    before = here.now().version
    for noun, (name, value) in good_values(here).items():
        theirs = world.signed_in(app, viewer)
        assert theirs.get(here.url(noun)).status_code == 403, noun
        for htmx in (False, True):
            assert theirs.send(here.url(noun), {name: value}, htmx=htmx).status_code == 403, noun
        jonas = world.signed_in(app, here.cast.jonas)
        assert jonas.get(here.url(noun)).status_code == 404
        assert jonas.send(here.url(noun), {name: value}).status_code == 404
    assert here.now().version == before


def test_ended_statuses_lead_to_the_words_they_ask_for(app: Flask) -> None:
    topic = world.make_topic("Online banking", resolution_rule="required", cause_rule="required")
    here = scene(app, topic=topic)
    menu = text_of(here.client.fragment(here.url("status")))
    assert f'hx-get="{here.url("resolution")}?status=resolved' in menu
    refused = here.send("status", {"status": "resolved", "from": "ticket"}, htmx=True)
    text = text_of(refused)
    assert refused.status_code == 422
    assert refused.headers["HX-Retarget"] == f"#menu-status-{here.ticket.number}"
    assert 'name="resolution"' in text
    assert 'name="cause"' in text
    assert "Say how it was solved" in text
    half = text_of(here.send("resolution", {"resolution": "Restored.", "cause": ""}))
    assert "Write down the cause" in half
    assert "\nRestored.</textarea>" in half
    done = here.send("resolution", {"resolution": "Restored.", "cause": "A broken update."})
    assert done.status_code == 303
    assert (here.now().state, here.now().resolution, here.now().cause) == ("resolved", "Restored.", "A broken update.")
    page = here.page()
    assert '<option value="resolved">' not in page


def test_a_topic_without_words_resolves_at_once(app: Flask) -> None:
    here = scene(app, topic=world.make_topic("Quick", resolution_rule="none", cause_rule="none"))
    menu = text_of(here.client.fragment(here.url("status")))
    assert '<button class="menu-item" name="status" value="resolved"' in menu
    assert here.send("status", {"status": "resolved"}).status_code == 303
    assert here.now().state == "resolved"


def test_open_children_hold_the_resolution_back_and_are_named(app: Flask) -> None:
    here = scene(app)
    child = world.make_ticket("Child", department=here.cast.support)
    actions.link_tickets(here.ticket, child, "child", by=world.actor_of(here.cast.ana), now=utc_now())
    answer = here.send("resolution", {"resolution": "Restored."})
    assert answer.status_code == 422
    assert f'href="/agent/tickets/{child.number}"' in text_of(answer)


def test_undo_gives_the_value_back_and_is_offered_only_while_it_can_be(app: Flask) -> None:
    here = scene(app)
    here.send("priority", {"priority": "urgent"})
    first = here.events("priority.changed")[-1].id
    assert f'id="undo-{first}"' in here.page()
    here.send("priority", {"priority": "low"})
    second = here.events("priority.changed")[-1].id
    page = here.page()
    assert f'id="undo-{first}"' not in page
    assert f'id="undo-{second}"' in page
    assert here.send("undo", {"event": str(first)}).status_code == 422
    assert here.send("undo", {"event": str(second)}).status_code == 303
    assert ticket_lists().priorities[here.now().priority_id].slug == "urgent"
    for wrong in ("", "abc", "999999", "-1"):
        assert here.send("undo", {"event": wrong}).status_code in (404, 422)
    other = world.make_ticket(department=here.cast.support)
    actions.change_priority(other, "low", by=world.actor_of(here.cast.ana), now=utc_now())
    from portal.core.database import db
    from portal.tickets.models import Event

    foreign = db.session.query(Event.id).filter_by(ticket_id=other.id, kind="priority.changed").scalar()
    assert here.send("undo", {"event": str(foreign)}).status_code == 404


def test_from_leads_back_inside_the_site_only(app: Flask) -> None:
    here = scene(app)
    values = iter(("low", "high", "urgent", "normal", "low", "high", "urgent"))
    for target, wanted in (
        ("/agent/queues/open", "/agent/queues/open"), ("https://evil.example/", None), ("//evil.example", None),
        ("/\\evil.example", None), ("javascript:alert(1)", None), ("queue", "/agent"),
    ):  # fmt: skip
        answer = here.send("priority", {"priority": next(values), "from": target})
        assert answer.status_code == 303
        place = answer.headers["Location"]
        assert place == wanted if wanted else place.startswith(here.url()), target


def test_promises_are_made_moved_withdrawn_and_kept(app: Flask) -> None:
    here = scene(app)
    soon = (utc_now() + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M")
    later = (utc_now() + timedelta(hours=5)).strftime("%Y-%m-%dT%H:%M")
    made = {"next_update_at": soon, "solution_at": later, "confidence": "unknown", "callback_at": later}
    assert here.send("promise", made).status_code == 303
    assert len(here.events("promise.made")) == 3
    assert here.send("promise", made).status_code == 303
    assert len(here.events("promise.made")) == 3
    assert not here.events("promise.moved")
    refused = here.send("promise", {**made, "next_update_at": later})
    assert refused.status_code == 422
    assert "Say why the time moves" in text_of(refused)
    assert f'value="{later}"' in text_of(refused)
    assert here.send("promise", {**made, "next_update_at": later, "reason": "The backup is large."}).status_code == 303
    assert here.events("promise.moved")[-1].data["reason"] == "The backup is large."
    assert here.send("promise", {"solution_at": "", "reason": "Not known."}).status_code == 303
    assert [event.field for event in here.events("promise.withdrawn")] == ["promise.fix"]
    assert here.send("called").status_code == 303
    assert [event.field for event in here.events("promise.kept")] == ["promise.callback"]
    assert here.send("called", htmx=True).status_code == 200
    for wrong in ({}, {"next_update_at": "x"}, {"solution_at": soon, "confidence": "surely"}, {"next_update_in": "99"}):
        assert here.send("promise", wrong).status_code == 422, wrong


def test_a_quick_promise_counts_from_the_press(app: Flask) -> None:
    here = scene(app)
    assert here.send("promise", {"next_update_in": "30", "next_update_at": ""}, htmx=True).status_code == 200
    due = here.now().promise_due_at
    assert abs((due - utc_now()).total_seconds() - 1800) < 60


def test_trash_and_back(app: Flask) -> None:
    here = scene(app)
    assert "Move to the trash" in text_of(here.client.get(here.url("trash")))
    answer = here.send("trash", {"from": "ticket"}, htmx=True)
    assert "in the trash" in text_of(answer)
    assert toast_of(answer)["undo"]
    assert here.now().shelf == "trash"
    assert here.send("priority", {"priority": "low"}).status_code == 422
    back = here.send("restore", {"from": "ticket"}, htmx=True)
    assert 'id="reply-body"' in text_of(back)
    assert here.now().shelf == "open"
    rita = world.signed_in(app, here.cast.rita)
    assert rita.get(here.url("trash")).status_code == 403
    assert rita.send(here.url("trash")).status_code == 403
    assert rita.send(here.url("restore")).status_code == 403


def test_secure_link_is_shown_once_and_opens_the_ticket(app: Flask) -> None:
    import re

    from tests.clients import CheckedClient

    here = scene(app)
    page = text_of(here.send("secure-link"))
    token = re.search(r"http://localhost/t/([\w-]+)", page)
    assert token
    assert "<h1>" in page
    assert token.group(1) not in here.page()
    assert all(token.group(1) not in str((event.old, event.new, event.data)) for event in here.events())
    guest = CheckedClient.of(app)
    assert guest.get(f"/t/{token.group(1)}", follow_redirects=True).status_code == 200
    assert "I see error 503." in text_of(guest.get(f"/tickets/{here.ticket.number}"))
    fragment = here.send("secure-link", htmx=True)
    assert "<html" not in text_of(fragment)
    assert here.send("secure-link", {"revoke": "1"}).status_code == 303
    assert guest.get(f"/tickets/{here.ticket.number}").status_code == 303
    assert "made a secure link" in here.page()
    viewer = world.make_agent("Vera Only", department=here.cast.support, role="View only")
    assert world.signed_in(app, viewer).send(here.url("secure-link")).status_code == 403


def test_nobody_sets_new_by_hand(app: Flask) -> None:
    here = scene(app, status="open")
    assert 'value="new"' not in text_of(here.client.get(here.url("status")))
    assert here.send("status", {"status": "new"}).status_code == 422


def test_a_queue_gets_its_row_back(app: Flask) -> None:
    here = scene(app)
    menu = text_of(here.client.fragment(here.url("priority") + "?version=1&from=queue"))
    assert 'name="from" value="queue"' in menu
    answer = here.send("priority", {"priority": "urgent", "from": "queue"}, htmx=True)
    text = text_of(answer)
    assert f'id="row-{here.ticket.number}"' in text
    assert "Urgent" in text
    assert 'id="ticket-head"' not in text
    assert toast_of(answer)["undo"]["url"] == here.url("undo") + "?from=queue"
    undone = here.client.send(
        here.url("undo") + "?from=queue", {"event": str(toast_of(answer)["undo"]["event"])}, htmx=True
    )
    assert f'id="row-{here.ticket.number}"' in text_of(undone)
    gone = here.send("department", {"department": str(here.cast.operations.id), "from": "queue"}, htmx=True)
    assert f'<tr id="row-{here.ticket.number}" hx-swap-oob="delete">' in text_of(gone)


def test_a_form_opened_from_a_queue_without_scripts_leads_back_to_it(app: Flask) -> None:
    here = scene(app)
    came = {"Referer": "http://localhost/agent/queues/unassigned?sort=-due"}
    page = text_of(here.client.get(here.url("priority") + "?version=1&from=queue", headers=came))
    assert 'name="from" value="/agent/queues/unassigned?sort=-due"' in page
    answer = here.send("priority", {"priority": "low", "from": "/agent/queues/unassigned?sort=-due"})
    assert answer.headers["Location"] == "/agent/queues/unassigned?sort=-due"
    foreign = {"Referer": "http://evil.example/agent/queues/open"}
    page = text_of(here.client.get(here.url("priority") + "?from=queue", headers=foreign))
    assert 'name="from" value="queue"' in page

"""The settings page: each setting's bounds, what is typed is kept, old → new on record."""

from __future__ import annotations

import pytest

from portal.core.desk_settings import DEFAULTS, desk_setting
from portal.people.setting_actions import SETTING_RULES
from portal.web.admin.settings import SECTIONS
from tests import world
from tests.admin.forms import change, newest_event, text_of


@pytest.fixture
def client(sqlite_app):
    return world.signed_in(sqlite_app, world.make_administrator())


def save(client, key, **changes):
    """Open the settings, change fields of one section and send it."""
    return change(
        client, "/admin/settings", f"/admin/settings/{key}", **{f"{key}-{name}": v for name, v in changes.items()}
    )


def test_every_setting_has_a_place_on_the_page_and_a_rule():
    on_page = {line.setting for section in SECTIONS for line in section.lines}
    assert on_page == set(DEFAULTS) == set(SETTING_RULES)
    assert all(line.hint.endswith(".") for section in SECTIONS for line in section.lines)


def test_a_section_is_saved_and_stands_in_the_log(app):
    client = world.signed_in(app, world.make_administrator())
    answer = save(client, "site", site_name="Harbour  Bank", site_time_zone="Europe/Berlin")
    assert answer.status_code == 303
    assert (desk_setting("site.name"), desk_setting("site.time_zone")) == ("Harbour Bank", "Europe/Berlin")
    assert "<title>Settings · Harbour Bank</title>" in text_of(client.get("/admin/settings"))
    event = newest_event()
    assert event.kind == "settings.changed"
    assert event.detail["changes"] == {
        "site.name": ["Throughline", "Harbour Bank"],
        "site.time_zone": ["UTC", "Europe/Berlin"],
    }
    log = text_of(client.get("/admin/log"))
    assert "<del><bdi>Throughline</bdi></del>" in log
    assert "<ins><bdi>Harbour Bank</bdi></ins>" in log


def test_saving_without_a_change_writes_nothing(client):
    before = newest_event().id
    for section in SECTIONS:
        assert save(client, section.key).status_code == 303
    assert newest_event().id == before


@pytest.mark.parametrize(
    ("key", "field", "value", "sentence"),
    [
        ("site", "site_name", "", "Write a name."),
        ("site", "site_name", "x" * 61, "60 characters at most"),
        ("site", "site_time_zone", "Mars/Olympus", "There is no such time zone."),
        ("site", "site_time_zone", "../../etc/passwd", "There is no such time zone."),
        ("tickets", "tickets_reopen_days", "-1", "from 0 to 365"),
        ("tickets", "tickets_reopen_days", "366", "from 0 to 365"),
        ("tickets", "tickets_close_after_days", "0", "from 1 to 365"),
        ("tickets", "tickets_trash_days", "soon", "Write a whole number."),
        ("tickets", "tickets_trash_days", "1.5", "Write a whole number."),
        ("tickets", "tickets_trash_days", "9" * 4000, "Write a whole number"),
        ("tickets", "tickets_trash_days", "", "Write a whole number."),
        ("tickets", "tickets_default_topic_id", "999", "Not a valid choice"),
        ("limits", "tickets_open_per_address_hour", "0", "from 1 to 10,000"),
        ("limits", "tickets_trusted_networks", "10.0.0.0/8\nnonsense", "“nonsense” is not a network."),
        ("limits", "tickets_trusted_networks", "0.0.0.0/0", "holds too much of the internet"),
        ("limits", "tickets_trusted_networks", "::/0", "holds too much of the internet"),
        ("sessions", "sessions_agent_hours", "25", "from 1 to 24"),
        ("sessions", "sessions_agent_idle_minutes", "1000", "longer than the whole session"),
        ("sessions", "sessions_customer_idle_days", "31", "longer than the whole session"),
    ],
)
def test_a_bad_value_is_refused_beside_its_field_and_kept(client, key, field, value, sentence):
    answer = save(client, key, **{field: value})
    page = text_of(answer)
    assert answer.status_code == 422
    assert sentence in page
    assert f'id="{key}-{field}-error"' in page
    assert value[:60] in page or field.endswith("_id")
    assert desk_setting(field.replace("_", ".", 1)) == DEFAULTS[field.replace("_", ".", 1)]


def test_networks_are_kept_as_they_are_compared(client):
    save(client, "limits", tickets_trusted_networks=" 10.20.4.17/16,\n\n2001:db8::/32;  10.20.0.0/16\n192.168.1.7 ")
    assert desk_setting("tickets.trusted_networks") == ["10.20.0.0/16", "2001:db8::/32", "192.168.1.7/32"]


def test_switches_and_choices_are_saved(client):
    topic = world.make_topic("Cards")
    save(client, "tickets", tickets_claim_on_reply=None, tickets_default_topic_id=str(topic.id))
    assert desk_setting("tickets.claim_on_reply") is False
    assert desk_setting("tickets.default_topic_id") == topic.id
    save(client, "tickets", tickets_default_topic_id="")
    assert desk_setting("tickets.default_topic_id") is None


def test_a_stale_section_is_not_saved(sqlite_app, client):
    from tests.admin.forms import shown_fields

    other = world.signed_in(sqlite_app, world.make_agent("Eva Stone", administrator=True))
    address = "/admin/settings/site"
    theirs = {**shown_fields(other, "/admin/settings", address), "site-site_name": "Two"}
    assert save(client, "site", site_name="One").status_code == 303
    answer = other.send(address, theirs)
    assert answer.status_code == 409
    assert "Omar Diaz changed this meanwhile." in text_of(answer)
    assert 'value="Two"' in text_of(answer)
    assert desk_setting("site.name") == "One"
    assert save(other, "sessions", sessions_agent_hours="8").status_code == 303, "another section is not stale"

"""The settings page: sections of settings, each saved on its own, each with a sentence that says what it changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from zoneinfo import available_timezones

from flask import Response, abort, make_response, render_template, request
from wtforms import BooleanField, IntegerField, SelectField, StringField, TextAreaField

from portal.core.clock import utc_now
from portal.core.errors import Refused
from portal.core.words import _
from portal.people.setting_actions import change_settings, read_networks, setting_values
from portal.people.stale import Stale, stamp
from portal.web.admin import admin
from portal.web.admin.choices import choice, department_choices, id_or_none, topic_choices
from portal.web.admin.editing import AdminForm, Difference, differences
from portal.web.admin.frame import administrator, done
from portal.web.forms import clean, one_line


@dataclass(frozen=True)
class Line:
    """One setting on the page: its form field, a sentence that says what it changes, and the unit behind a number."""

    setting: str
    hint: str
    unit: str = ""

    @property
    def field(self) -> str:
        return self.setting.replace(".", "_")


@dataclass(frozen=True)
class Section:
    """Settings that are saved together."""

    key: str
    name: str
    lines: tuple[Line, ...]

    @property
    def settings(self) -> tuple[str, ...]:
        return tuple(line.setting for line in self.lines)


SECTIONS: tuple[Section, ...] = (
    Section(
        "site",
        _("This site"),
        (
            Line("site.name", _("Stands on top of every page and in every letter.")),
            Line("site.time_zone", _("Times are shown in it to everybody who has not picked another one.")),
        ),
    ),
    Section(
        "tickets",
        _("Tickets"),
        (
            Line("tickets.default_topic_id", _("A ticket opened without a help topic gets this one.")),
            Line("tickets.default_department_id", _("A ticket whose topic names no department goes here.")),
            Line("tickets.claim_on_reply", _("A ticket nobody owns is taken by the agent who replies first.")),
            Line("tickets.customer_may_close", _("“It works” on a ticket that is still open closes it at once.")),
            Line(
                "tickets.reopen_days",
                _("Inside this time an answer reopens a solved ticket; later it opens a new one that links to it."),
                _("days"),
            ),
            Line(
                "tickets.close_after_days", _("A resolved ticket nobody answers is closed after this time."), _("days")
            ),
            Line(
                "tickets.trash_days",
                _("Tickets in the trash are deleted for good, with their files, after this time."),
                _("days"),
            ),
        ),
    ),
    Section(
        "limits",
        _("Limits for people who are not signed in"),
        (
            Line("tickets.open_per_address_hour", _("How many tickets one e-mail address may open."), _("an hour")),
            Line(
                "tickets.open_per_network_hour", _("How many tickets may come from one network address."), _("an hour")
            ),
            Line(
                "tickets.trusted_networks",
                _(
                    "The limit by network does not count here: branches or offices behind one address. "
                    "One a line, such as 10.20.0.0/16."
                ),
            ),
        ),
    ),
    Section(
        "sessions",
        _("Sign-in"),
        (
            Line("sessions.agent_hours", _("Agents sign in again after this time, whatever they do."), _("hours")),
            Line("sessions.agent_idle_minutes", _("Agents who do nothing for this long are signed out."), _("minutes")),
            Line("sessions.customer_days", _("Customers sign in again after this time."), _("days")),
            Line(
                "sessions.customer_idle_days",
                _("Customers who do not come back for this long are signed out."),
                _("days"),
            ),
        ),
    ),
)


class SiteForm(AdminForm):
    """Name and time zone."""

    site_name = StringField(_("Name"), filters=[one_line])
    site_time_zone = StringField(_("Time zone"), filters=[one_line])


class TicketsForm(AdminForm):
    """How tickets begin and end."""

    tickets_default_topic_id = SelectField(_("Default help topic"))
    tickets_default_department_id = SelectField(_("Default department"))
    tickets_claim_on_reply = BooleanField(_("Replying takes the ticket"))
    tickets_customer_may_close = BooleanField(_("Customers may close their tickets"))
    tickets_reopen_days = IntegerField(_("Reopen window"))
    tickets_close_after_days = IntegerField(_("Close resolved tickets after"))
    tickets_trash_days = IntegerField(_("Keep the trash for"))


class LimitsForm(AdminForm):
    """How many tickets people who are not signed in may open."""

    tickets_open_per_address_hour = IntegerField(_("Tickets by address"))
    tickets_open_per_network_hour = IntegerField(_("Tickets by network"))
    tickets_trusted_networks = TextAreaField(_("Networks that do not count"), filters=[clean])


class SessionsForm(AdminForm):
    """How long people stay signed in."""

    sessions_agent_hours = IntegerField(_("Agents stay signed in for"))
    sessions_agent_idle_minutes = IntegerField(_("Agents may be idle for"))
    sessions_customer_days = IntegerField(_("Customers stay signed in for"))
    sessions_customer_idle_days = IntegerField(_("Customers may be away for"))


def _form_class(key: str) -> type[AdminForm]:
    if key != "tickets":
        return {"site": SiteForm, "limits": LimitsForm, "sessions": SessionsForm}[key]

    class Bound(TicketsForm):
        tickets_default_topic_id = SelectField(
            _("Default help topic"), choices=topic_choices(none=_("No topic"), active_only=True), default=""
        )
        tickets_default_department_id = SelectField(
            _("Default department"), choices=[choice("", _("The first one")), *department_choices()], default=""
        )

    return Bound


def _plain(value: Any) -> Any:
    return "\n".join(value) if isinstance(value, list) else value


def _filled(section: Section, typed: dict[str, Any] | None = None) -> AdminForm:
    """The section's form with the settings as they are stored now, or with those that were typed."""
    stored = setting_values(section.settings)
    values = typed or stored
    data = {line.field: _plain(values[line.setting]) for line in section.lines}
    data = {name: str(value or "") if name.endswith("_id") else value for name, value in data.items()}
    form = _form_class(section.key)(formdata=None, data=data, prefix=f"{section.key}-")
    form.seen.data = stamp(stored)
    return form


def _read(section: Section, form: AdminForm) -> dict[str, Any]:
    """The settings that were typed. Raises Refused for a network that is none."""
    values: dict[str, Any] = {}
    for line in section.lines:
        value = form[line.field].data
        if line.setting.endswith("_id"):
            value = id_or_none(value)
        elif line.setting == "tickets.trusted_networks":
            value = read_networks(value or "", field=line.setting)
        values[line.setting] = value
    return values


def _show(
    refused: Section | None = None,
    form: AdminForm | None = None,
    *,
    status: int = 200,
    conflict: str = "",
    changed: tuple[Difference, ...] = (),
) -> Response:
    forms = [(s, form if form is not None and s is refused else _filled(s)) for s in SECTIONS]
    page = render_template(
        "admin/settings.html",
        forms=forms,
        refused=refused.key if refused else "",
        conflict=conflict,
        differences=changed,
        zones=sorted(available_timezones()),
    )
    return make_response(page, status)


@admin.get("/settings")
def settings() -> Response:
    """Every setting."""
    return _show()


@admin.post("/settings/<key>")
def settings_section(key: str) -> Response:
    """Save one section; what is wrong stands beside its field (422), a stale form shows what is stored now (409)."""
    section = next((s for s in SECTIONS if s.key == key), None)
    if section is None:
        abort(404)
    form = _form_class(key)(request.form, prefix=f"{key}-")
    if not form.validate():
        _say_whole_numbers(form)
        return _show(section, form, status=422)
    try:
        values = _read(section, form)
        event = change_settings(values, by=administrator(), now=utc_now(), seen=form.seen.data or None)
    except Refused as error:
        form.add_error(Refused(error.message, field=(error.field or "").replace(".", "_")))
        return _show(section, form, status=422)
    except Stale as error:
        form = _filled(section, error.merged)
        changed = tuple(differences(form, _filled(section)))
        return _show(section, form, status=409, conflict=error.message, changed=changed)
    return done(f"/admin/settings#{key}", _("Saved.") if event else _("Nothing was changed."))


def _say_whole_numbers(form: AdminForm) -> None:
    for field in form:
        if isinstance(field, IntegerField) and field.errors:
            field.errors = [_("Write a whole number.")]

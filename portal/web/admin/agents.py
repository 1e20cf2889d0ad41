"""Agents: list, add, change."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, render_template, request
from wtforms import BooleanField, PasswordField, SelectField, SelectMultipleField, StringField

from portal.core.clock import utc_now
from portal.core.errors import Refused
from portal.core.words import _
from portal.people.agent_actions import AgentValues, add_agent, agent_values, change_agent, make_password
from portal.people.models import Agent
from portal.web.admin import admin
from portal.web.admin.choices import (
    choice,
    department_choices,
    id_or_none,
    ids,
    least_role,
    role_choices,
    team_choices,
    usual_department,
)
from portal.web.admin.editing import AdminForm, Editor, EditPage, add_once, change_with
from portal.web.admin.frame import administrator, done
from portal.web.admin.lists import agent_rows
from portal.web.filters import new_once
from portal.web.forms import one_line

ROLE_IN = "role_in_"


class AgentForm(AdminForm):
    """An agent; for each further department a field `role_in_<id>` is added, empty for no access."""

    name = StringField(_("Name"), filters=[one_line])
    address = StringField(_("E-mail address"), filters=[one_line])
    department_id = SelectField(_("Department"))
    role_id = SelectField(_("Role there"))
    team_ids = SelectMultipleField(_("Teams"))
    limited_to_own = BooleanField(_("Limited to own tickets"))
    is_administrator = BooleanField(_("Administrator"))

    def further(self) -> tuple[tuple[int, int], ...]:
        """The further departments with the role picked in each."""
        picked = {name.removeprefix(ROLE_IN): field.data for name, field in self._fields.items() if ROLE_IN in name}
        return tuple(sorted((int(department), int(role)) for department, role in picked.items() if role))

    def further_fields(self) -> list[Any]:
        """The fields of further departments, in the order of the departments."""
        return [field for name, field in self._fields.items() if name.startswith(ROLE_IN)]


class NewAgentForm(AgentForm):
    """A new agent also gets a password, or a made-up one when the field stays empty."""

    password = PasswordField(_("Password"))


def _form(row: Agent | None) -> type[AgentForm]:
    held = agent_values(row) if row else None
    departments = department_choices(held.department_id if held else None)
    fields: dict[str, Any] = {
        "department_id": SelectField(_("Department"), choices=departments, default=usual_department()),
        "role_id": SelectField(_("Role there"), choices=role_choices(), default=least_role()),
    }
    teams = team_choices(held.team_ids if held else frozenset())
    fields["team_ids"] = SelectMultipleField(_("Teams"), choices=teams)
    for department_id, name in _further_departments(held):
        choices = [choice("", _("No access")), *role_choices()]
        fields[ROLE_IN + department_id] = SelectField(name, choices=choices, default="")
    return type("BoundAgentForm", (NewAgentForm if row is None else AgentForm,), fields)


def _further_departments(held: AgentValues | None) -> list[tuple[str, str]]:
    shown = {c.value: c.label for c in department_choices()}
    for department_id, _role in held.further if held else ():
        shown.update({c.value: c.label for c in department_choices(department_id) if c.value == str(department_id)})
    return sorted(shown.items(), key=lambda pair: pair[1].casefold())


def _read(form: AgentForm, _row: Agent | None) -> AgentValues:
    return AgentValues(
        name=form.name.data or "",
        address=form.address.data or "",
        department_id=id_or_none(form.department_id.data) or 0,
        role_id=id_or_none(form.role_id.data) or 0,
        further=form.further(),
        team_ids=ids(form.team_ids.data),
        limited_to_own=form.limited_to_own.data,
        is_administrator=form.is_administrator.data,
    )


def _fill(values: AgentValues) -> dict[str, Any]:
    return {
        "name": values.name,
        "address": values.address,
        "department_id": str(values.department_id),
        "role_id": str(values.role_id),
        "team_ids": [str(team_id) for team_id in values.team_ids],
        "limited_to_own": values.limited_to_own,
        "is_administrator": values.is_administrator,
        **{f"{ROLE_IN}{department}": str(role) for department, role in values.further},
    }


def _more(row: Agent | None) -> dict[str, Any]:
    return {"is_active": row is None or row.is_active, "is_me": row is not None and row.id == administrator().agent_id}


AGENTS = Editor(
    path="agents",
    model=Agent,
    template="admin/agents/edit.html",
    list_name=_("Agents"),
    new_heading=_("Add an agent"),
    added=_("Agent added."),
    form=_form,
    read=_read,
    values_of=agent_values,
    fill=_fill,
    add=add_agent,
    change=change_agent,
    more=_more,
)


@admin.get("/agents")
def agents() -> str:
    """Agents who are on; with `?show=off` those who are off."""
    is_off = request.args.get("show") == "off"
    return render_template("admin/agents/list.html", rows=agent_rows(active=not is_off), is_off=is_off)


@admin.route("/agents/new", methods=["GET", "POST"])
def new_agent() -> Response:
    """Add an agent. A made-up password is shown in the answer, once."""
    form_class = _form(None)
    if request.method == "GET":
        form = form_class(formdata=None)
        form.once.data = new_once()
        return _show_new(form)
    form = form_class()
    if not form.validate():
        return _show_new(form, status=422)
    made = "" if form.password.data else make_password()
    password, was_added = form.password.data or made, []

    def add() -> str:
        agent = add_agent(_read(form, None), password=password, by=administrator(), now=utc_now())
        was_added.append(agent.id)
        return AGENTS.url_of(agent)

    try:
        url = add_once("agents", form.once.data or "", add)
    except Refused as error:
        form.add_error(error)
        return _show_new(form, status=422)
    if made and was_added:
        return show_password(form.name.data or "", form.address.data or "", made, url, is_new=True)
    return done(url, AGENTS.added)


def _show_new(form: AgentForm, *, status: int = 200) -> Response:
    page = EditPage(AGENTS.new_heading, AGENTS.list_name, AGENTS.list_url, "/admin/agents/new", is_new=True)
    return make_response(render_template(AGENTS.template, page=page, form=form, **_more(None)), status)


def show_password(name: str, address: str, password: str, url: str, *, is_new: bool) -> Response:
    """The one page that shows a made-up password; it is stored nowhere."""
    return make_response(
        render_template(
            "admin/agents/password_shown.html",
            name=name,
            address=address,
            password=password,
            url=url,
            is_new=is_new,
        )
    )


@admin.route("/agents/<int:row_id>", methods=["GET", "POST"])
def agent(row_id: int) -> Response:
    """One agent."""
    return change_with(AGENTS, row_id)

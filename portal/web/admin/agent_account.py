"""An agent's account: a new password, switching off (and where the tickets go), switching on."""

from __future__ import annotations

from flask import Response, make_response, render_template, request
from wtforms import PasswordField, SelectField

from portal.core.clock import utc_now
from portal.core.errors import Refused
from portal.core.words import _
from portal.people.agent_actions import activate_agent, agent_values, make_password, set_agent_password
from portal.people.changes import get_row
from portal.people.models import Agent
from portal.tickets.hand_over import count_held, retire_agent
from portal.web.admin import admin
from portal.web.admin.agents import show_password
from portal.web.admin.choices import assignee_choices, choice
from portal.web.admin.editing import EditPage
from portal.web.admin.frame import administrator, done
from portal.web.forms import DeskForm


class PasswordForm(DeskForm):
    """A new password; a made-up one when the field stays empty."""

    password = PasswordField(_("New password"))


def _page(agent: Agent, heading: str, path: str) -> EditPage:
    url = f"/admin/agents/{agent.id}"
    return EditPage(heading, agent_values(agent).name, url, f"{url}/{path}", is_new=False, row_id=agent.id)


@admin.route("/agents/<int:row_id>/password", methods=["GET", "POST"])
def agent_password(row_id: int) -> Response:
    """Give an agent a new password; ends all their sessions."""
    agent = get_row(Agent, row_id)
    page = _page(agent, _("Set a new password"), "password")
    form = PasswordForm(formdata=None) if request.method == "GET" else PasswordForm()
    status = 200
    if request.method == "POST":
        made = "" if form.password.data else make_password()
        try:
            set_agent_password(agent, form.password.data or made, by=administrator(), now=utc_now())
        except Refused as error:
            form.add_error(error)
            status = 422
        else:
            values = agent_values(agent)
            if made:
                return show_password(values.name, values.address, made, page.list_url, is_new=False)
            return done(page.list_url, _("The new password is set. All sessions of this agent have ended."))
    is_me = agent.id == administrator().agent_id
    return make_response(render_template("admin/agents/password.html", page=page, form=form, is_me=is_me), status)


KEEP_ASKING = "ask"


def _deactivation_form(agent: Agent) -> type[DeskForm]:
    choices = assignee_choices(besides=agent.id, nobody=_("Nobody: back to the queue, or to their team"))

    class DeactivationForm(DeskForm):
        to = SelectField(
            _("Give their tickets to"), choices=[choice(KEEP_ASKING, _("Pick one")), *choices], default=KEEP_ASKING
        )

    return DeactivationForm


@admin.route("/agents/<int:row_id>/deactivation", methods=["GET", "POST"])
def agent_deactivation(row_id: int) -> Response:
    """Ask where an agent's tickets go, then switch the agent off."""
    agent = get_row(Agent, row_id)
    held = count_held(agent.id)
    page = _page(agent, _("Switch off %(name)s") % {"name": agent_values(agent).name}, "deactivation")
    form_class = _deactivation_form(agent)
    form = form_class(formdata=None) if request.method == "GET" else form_class()
    status = 200
    if request.method == "POST":
        to = form.to.data if form.to.data not in (None, KEEP_ASKING, "None") else None
        try:
            retire_agent(agent, to, by=administrator(), now=utc_now())
        except Refused as error:
            form.add_error(error)
            status = 422
        else:
            return done(page.list_url, _("The agent is switched off and signed out."))
    return make_response(render_template("admin/agents/deactivation.html", page=page, form=form, held=held), status)


@admin.post("/agents/<int:row_id>/activation")
def agent_activation(row_id: int) -> Response:
    """Switch an agent on again."""
    agent = get_row(Agent, row_id)
    activate_agent(agent, by=administrator(), now=utc_now())
    return done(f"/admin/agents/{agent.id}", _("The agent is switched on and can sign in with the password they had."))

"""Teams: list, add, change, delete."""

from __future__ import annotations

from typing import Any

from flask import Response, render_template
from wtforms import BooleanField, SelectField, SelectMultipleField, StringField

from portal.core.words import _
from portal.people.models import Team
from portal.people.team_actions import TeamValues, add_team, change_team, delete_team, team_values
from portal.web.admin import admin
from portal.web.admin.choices import agent_choices, choice, id_or_none, ids
from portal.web.admin.editing import AdminForm, Editor, add_with, change_with, delete_with
from portal.web.admin.lists import team_rows
from portal.web.forms import one_line


class TeamForm(AdminForm):
    """A team; `lead_id` may be nobody."""

    name = StringField(_("Name"), filters=[one_line])
    lead_id = SelectField(_("Lead"))
    member_ids = SelectMultipleField(_("Members"))
    is_active = BooleanField(_("Active"), default=True)


def _form(row: Team | None) -> type[TeamForm]:
    held = team_values(row) if row else TeamValues("")
    choices = agent_choices(held.member_ids)

    class Bound(TeamForm):
        lead_id = SelectField(_("Lead"), choices=[choice("", _("Nobody")), *choices], default="")
        member_ids = SelectMultipleField(_("Members"), choices=choices)

    return Bound


def _read(form: TeamForm, _row: Team | None) -> TeamValues:
    return TeamValues(
        form.name.data or "", id_or_none(form.lead_id.data), ids(form.member_ids.data), form.is_active.data
    )


def _fill(values: TeamValues) -> dict[str, Any]:
    return {
        "name": values.name,
        "lead_id": str(values.lead_id or ""),
        "is_active": values.is_active,
        "member_ids": [str(agent_id) for agent_id in values.member_ids],
    }


TEAMS = Editor(
    path="teams",
    model=Team,
    template="admin/teams/edit.html",
    list_name=_("Teams"),
    new_heading=_("Add a team"),
    added=_("Team added."),
    form=_form,
    read=_read,
    values_of=team_values,
    fill=_fill,
    add=add_team,
    change=change_team,
    delete=delete_team,
)


@admin.get("/teams")
def teams() -> str:
    """Every team with its lead and members."""
    return render_template("admin/teams/list.html", rows=team_rows())


@admin.route("/teams/new", methods=["GET", "POST"])
def new_team() -> Response:
    """Add a team."""
    return add_with(TEAMS)


@admin.route("/teams/<int:row_id>", methods=["GET", "POST"])
def team(row_id: int) -> Response:
    """One team."""
    return change_with(TEAMS, row_id)


@admin.post("/teams/<int:row_id>/deletion")
def team_deletion(row_id: int) -> Response:
    """Delete a team that nothing uses."""
    return delete_with(TEAMS, row_id)

"""Roles: list, add, change, delete."""

from __future__ import annotations

from typing import Any

from flask import Response, render_template
from wtforms import SelectMultipleField, StringField

from portal.core.words import _
from portal.people.desk_actions import RoleValues, add_role, change_role, delete_role, role_values
from portal.people.models import Role
from portal.people.permissions import PERMISSIONS
from portal.web.admin import admin
from portal.web.admin.choices import choice
from portal.web.admin.editing import AdminForm, Editor, add_with, change_with, delete_with
from portal.web.admin.lists import role_rows
from portal.web.forms import one_line


class RoleForm(AdminForm):
    """A role: each permission is a check box with its sentence."""

    name = StringField(_("Name"), filters=[one_line])
    permissions = SelectMultipleField(_("Permissions"), choices=[choice(*pair) for pair in PERMISSIONS.items()])


def _read(form: RoleForm, _row: Role | None) -> RoleValues:
    return RoleValues(form.name.data or "", frozenset(form.permissions.data or ()))


def _fill(values: RoleValues) -> dict[str, Any]:
    return {"name": values.name, "permissions": sorted(values.permissions)}


ROLES = Editor(
    path="roles",
    model=Role,
    template="admin/roles/edit.html",
    list_name=_("Roles"),
    new_heading=_("Add a role"),
    added=_("Role added."),
    form=lambda _row: RoleForm,
    read=_read,
    values_of=role_values,
    fill=_fill,
    add=add_role,
    change=change_role,
    delete=delete_role,
    more=lambda _row: {"groups": permission_groups(), "sentences": PERMISSIONS},
)


def permission_groups() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The permissions in two groups: what an agent does with tickets, and the rest of the desk."""
    tickets = tuple(p for p in PERMISSIONS if p.startswith("ticket."))
    return (_("With tickets"), tickets), (_("With the desk"), tuple(p for p in PERMISSIONS if p not in tickets))


@admin.get("/roles")
def roles() -> str:
    """Every role with how many agents hold it."""
    return render_template("admin/roles/list.html", rows=role_rows())


@admin.route("/roles/new", methods=["GET", "POST"])
def new_role() -> Response:
    """Add a role."""
    return add_with(ROLES)


@admin.route("/roles/<int:row_id>", methods=["GET", "POST"])
def role(row_id: int) -> Response:
    """One role."""
    return change_with(ROLES, row_id)


@admin.post("/roles/<int:row_id>/deletion")
def role_deletion(row_id: int) -> Response:
    """Delete a role that nobody holds."""
    return delete_with(ROLES, row_id)

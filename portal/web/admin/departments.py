"""Departments: list, add, change, delete."""

from __future__ import annotations

from flask import Response, render_template
from wtforms import BooleanField, StringField

from portal.core.words import _
from portal.people.desk_actions import (
    DepartmentValues,
    add_department,
    change_department,
    delete_department,
    department_values,
)
from portal.people.models import Department
from portal.web.admin import admin
from portal.web.admin.editing import AdminForm, Editor, add_with, change_with, delete_with
from portal.web.admin.lists import department_rows
from portal.web.forms import one_line


class DepartmentForm(AdminForm):
    """A department."""

    name = StringField(_("Name"), filters=[one_line])
    is_public = BooleanField(_("Customers see its name"), default=True)
    is_active = BooleanField(_("Active"), default=True)


def _read(form: DepartmentForm, _row: Department | None) -> DepartmentValues:
    return DepartmentValues(form.name.data or "", form.is_public.data, form.is_active.data)


DEPARTMENTS = Editor(
    path="departments",
    model=Department,
    template="admin/departments/edit.html",
    list_name=_("Departments"),
    new_heading=_("Add a department"),
    added=_("Department added."),
    form=lambda _row: DepartmentForm,
    read=_read,
    values_of=department_values,
    add=add_department,
    change=change_department,
    delete=delete_department,
)


@admin.get("/departments")
def departments() -> str:
    """Every department with what is in it."""
    return render_template("admin/departments/list.html", rows=department_rows())


@admin.route("/departments/new", methods=["GET", "POST"])
def new_department() -> Response:
    """Add a department."""
    return add_with(DEPARTMENTS)


@admin.route("/departments/<int:row_id>", methods=["GET", "POST"])
def department(row_id: int) -> Response:
    """One department."""
    return change_with(DEPARTMENTS, row_id)


@admin.post("/departments/<int:row_id>/deletion")
def department_deletion(row_id: int) -> Response:
    """Delete a department that nothing uses."""
    return delete_with(DEPARTMENTS, row_id)

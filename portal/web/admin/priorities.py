"""Priorities: list, add, change, order, delete."""

from __future__ import annotations

from flask import Response, render_template
from wtforms import BooleanField, StringField

from portal.core.words import _
from portal.tickets.models import Priority
from portal.tickets.priority_actions import (
    PriorityValues,
    add_priority,
    change_priority_values,
    delete_priority,
    move_priority,
    priority_values,
)
from portal.tickets.statuses import ticket_lists
from portal.web.admin import admin
from portal.web.admin.editing import AdminForm, Editor, add_with, change_with, delete_with, move_with
from portal.web.forms import one_line


class PriorityForm(AdminForm):
    """A priority."""

    name = StringField(_("Name"), filters=[one_line])
    is_active = BooleanField(_("Active"), default=True)


def _read(form: PriorityForm, _row: Priority | None) -> PriorityValues:
    return PriorityValues(form.name.data or "", form.is_active.data)


PRIORITIES = Editor(
    path="priorities",
    model=Priority,
    template="admin/priorities/edit.html",
    list_name=_("Priorities"),
    new_heading=_("Add a priority"),
    added=_("Priority added."),
    form=lambda _row: PriorityForm,
    read=_read,
    values_of=priority_values,
    add=add_priority,
    change=change_priority_values,
    delete=delete_priority,
    move=move_priority,
    more=lambda row: {"slug": row.slug if row else ""},
)


@admin.get("/priorities")
def priorities() -> str:
    """Every priority, most urgent first."""
    rows = list(reversed(ticket_lists().priorities.values()))
    return render_template("admin/priorities/list.html", rows=rows)


@admin.route("/priorities/new", methods=["GET", "POST"])
def new_priority() -> Response:
    """Add a priority."""
    return add_with(PRIORITIES)


@admin.route("/priorities/<int:row_id>", methods=["GET", "POST"])
def priority(row_id: int) -> Response:
    """One priority."""
    return change_with(PRIORITIES, row_id)


@admin.post("/priorities/<int:row_id>/position")
def priority_position(row_id: int) -> Response:
    """Make a priority more or less urgent by one place."""
    return move_with(PRIORITIES, row_id)


@admin.post("/priorities/<int:row_id>/deletion")
def priority_deletion(row_id: int) -> Response:
    """Delete a priority that nothing uses."""
    return delete_with(PRIORITIES, row_id)

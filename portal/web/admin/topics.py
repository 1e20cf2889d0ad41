"""Help topics: list, add, change, order, delete."""

from __future__ import annotations

from typing import Any

from flask import Response, render_template
from wtforms import BooleanField, SelectField, StringField, TextAreaField

from portal.core.words import _
from portal.tickets.models import HelpTopic
from portal.tickets.topic_actions import (
    TopicValues,
    add_topic,
    change_topic_values,
    delete_topic,
    move_topic,
    topic_values,
)
from portal.web.admin import admin
from portal.web.admin.choices import (
    assignee_choices,
    choice,
    department_choices,
    id_or_none,
    priority_choices,
    topic_choices,
    usual_department,
)
from portal.web.admin.editing import AdminForm, Editor, add_with, change_with, delete_with, move_with
from portal.web.admin.lists import topic_rows
from portal.web.forms import clean, one_line

RULE_NAMES = [
    choice("none", _("Not asked for")),
    choice("optional", _("Asked for, may stay empty")),
    choice("required", _("Required")),
]


class TopicForm(AdminForm):
    """A help topic; its choices are those of the desk now."""

    name = StringField(_("Name"), filters=[one_line])
    parent_id = SelectField(_("Below"))
    description = TextAreaField(_("Description"), filters=[clean])
    department_id = SelectField(_("Department"))
    priority_id = SelectField(_("Priority"))
    assignee = SelectField(_("First assignee"))
    is_public = BooleanField(_("Customers can pick it"), default=True)
    is_active = BooleanField(_("Active"), default=True)
    resolution_rule = SelectField(_("Resolution text"), choices=RULE_NAMES, default="optional")
    cause_rule = SelectField(_("Root cause"), choices=RULE_NAMES, default="optional")


def _form(row: HelpTopic | None) -> type[TopicForm]:
    held = topic_values(row) if row else None

    class Bound(TopicForm):
        parent_id = SelectField(
            _("Below"),
            choices=topic_choices(besides=row.id if row else None, none=_("Nothing: it stands alone")),
            default="",
        )
        department_id = SelectField(
            _("Department"),
            choices=department_choices(held.department_id if held else None),
            default=usual_department(),
        )
        priority_id = SelectField(
            _("Priority"),
            choices=priority_choices(held.priority_id if held else None, none=_("The desk's default")),
            default="",
        )
        assignee = SelectField(
            _("First assignee"),
            choices=assignee_choices(held.assignee if held else "", nobody=_("Nobody: it waits in the queue")),
            default="",
        )

    return Bound


def _read(form: TopicForm, _row: HelpTopic | None) -> TopicValues:
    return TopicValues(
        name=form.name.data or "",
        department_id=id_or_none(form.department_id.data) or 0,
        parent_id=id_or_none(form.parent_id.data),
        description=form.description.data or "",
        priority_id=id_or_none(form.priority_id.data),
        assignee=form.assignee.data or "",
        is_public=form.is_public.data,
        is_active=form.is_active.data,
        resolution_rule=form.resolution_rule.data,
        cause_rule=form.cause_rule.data,
    )


def _fill(values: TopicValues) -> dict[str, Any]:
    return {
        "name": values.name,
        "parent_id": str(values.parent_id or ""),
        "description": values.description,
        "department_id": str(values.department_id),
        "priority_id": str(values.priority_id or ""),
        "assignee": values.assignee,
        "is_public": values.is_public,
        "is_active": values.is_active,
        "resolution_rule": values.resolution_rule,
        "cause_rule": values.cause_rule,
    }


TOPICS = Editor(
    path="topics",
    model=HelpTopic,
    template="admin/topics/edit.html",
    list_name=_("Help topics"),
    new_heading=_("Add a help topic"),
    added=_("Help topic added."),
    form=_form,
    read=_read,
    values_of=topic_values,
    fill=_fill,
    add=add_topic,
    change=change_topic_values,
    delete=delete_topic,
    move=move_topic,
)


@admin.get("/topics")
def topics() -> str:
    """Every help topic as a tree, with where its tickets go."""
    return render_template("admin/topics/list.html", rows=topic_rows())


@admin.route("/topics/new", methods=["GET", "POST"])
def new_topic() -> Response:
    """Add a help topic."""
    return add_with(TOPICS)


@admin.route("/topics/<int:row_id>", methods=["GET", "POST"])
def topic(row_id: int) -> Response:
    """One help topic."""
    return change_with(TOPICS, row_id)


@admin.post("/topics/<int:row_id>/position")
def topic_position(row_id: int) -> Response:
    """Move a topic one place up or down among its siblings."""
    return move_with(TOPICS, row_id)


@admin.post("/topics/<int:row_id>/deletion")
def topic_deletion(row_id: int) -> Response:
    """Delete a topic that nothing uses."""
    return delete_with(TOPICS, row_id)

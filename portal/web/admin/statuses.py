"""Statuses: list, add, change with the three customer texts, order, delete."""

from __future__ import annotations

from flask import Response, render_template
from wtforms import BooleanField, SelectField, StringField, TextAreaField

from portal.core.words import _
from portal.tickets.customer_words import PLACEHOLDERS
from portal.tickets.models import Status
from portal.tickets.status_actions import (
    StatusValues,
    add_status,
    change_status_values,
    delete_status,
    move_status,
    status_values,
)
from portal.tickets.statuses import ticket_lists
from portal.web.admin import admin
from portal.web.admin.choices import choice
from portal.web.admin.editing import AdminForm, Editor, add_with, change_with, delete_with, move_with
from portal.web.forms import clean, one_line

STATE_NAMES = {
    "open": _("Open: the desk is working on it"),
    "waiting": _("Waiting: for the customer or somebody else"),
    "resolved": _("Resolved: solved, the customer may still say no"),
    "closed": _("Closed: done"),
}


class StatusForm(AdminForm):
    """A status. The three texts make the sentence on top of the customer's page."""

    name = StringField(_("Name"), filters=[one_line])
    state = SelectField(_("State"), choices=[choice(*pair) for pair in STATE_NAMES.items()], default="open")
    pauses_clock = BooleanField(_("Pauses the clock"))
    is_active = BooleanField(_("Active"), default=True)
    customer_text = TextAreaField(_("What it is"), filters=[clean])
    next_text = TextAreaField(_("What happens next"), filters=[clean])
    you_can_text = TextAreaField(_("What the customer can do"), filters=[clean])


def _read(form: StatusForm, _row: Status | None) -> StatusValues:
    return StatusValues(
        form.name.data or "",
        form.state.data,
        form.pauses_clock.data,
        form.is_active.data,
        form.customer_text.data or "",
        form.next_text.data or "",
        form.you_can_text.data or "",
    )


STATUSES = Editor(
    path="statuses",
    model=Status,
    template="admin/statuses/edit.html",
    list_name=_("Statuses"),
    new_heading=_("Add a status"),
    added=_("Status added."),
    form=lambda _row: StatusForm,
    read=_read,
    values_of=status_values,
    add=add_status,
    change=change_status_values,
    delete=delete_status,
    move=move_status,
    more=lambda row: {
        "slug": row.slug if row else "",
        "placeholders": [f"{{{name}}}" for name in PLACEHOLDERS],
    },
)


@admin.get("/statuses")
def statuses() -> str:
    """Every status in its order, with what the customer reads."""
    return render_template("admin/statuses/list.html", rows=list(ticket_lists().statuses.values()))


@admin.route("/statuses/new", methods=["GET", "POST"])
def new_status() -> Response:
    """Add a status."""
    return add_with(STATUSES)


@admin.route("/statuses/<int:row_id>", methods=["GET", "POST"])
def status(row_id: int) -> Response:
    """One status."""
    return change_with(STATUSES, row_id)


@admin.post("/statuses/<int:row_id>/position")
def status_position(row_id: int) -> Response:
    """Move a status one place up or down."""
    return move_with(STATUSES, row_id)


@admin.post("/statuses/<int:row_id>/deletion")
def status_deletion(row_id: int) -> Response:
    """Delete a status that nothing uses."""
    return delete_with(STATUSES, row_id)

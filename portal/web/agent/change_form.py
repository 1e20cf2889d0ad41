"""The small forms that change one thing of a ticket: the same form as a floating menu and as a page of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from flask import Response, make_response, render_template, request

from portal.core.clock import parse_instant
from portal.core.errors import DeskError, Refused
from portal.core.words import _
from portal.people.actor import Actor
from portal.web.auth import current_actor
from portal.web.filters import local_input
from portal.web.forms import seen_version
from portal.web.htmx import is_htmx


@dataclass(frozen=True, slots=True)
class Choice:
    """One button. With `url` it leads to another form; `state` colours its dot, `detail` stands at its end."""

    value: str
    label: str
    state: str = ""
    detail: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Input:
    """One labelled field. `kind`: text, email, number, time (`datetime-local`), area or pick (with `options`)."""

    name: str
    label: str
    kind: str = "text"
    value: str = ""
    hint: str = ""
    options: tuple[Choice, ...] = ()
    is_required: bool = False
    is_last: bool = False
    error: str = ""
    rows: int = 3
    length: int = 0


@dataclass(frozen=True, slots=True)
class ChangeForm:
    """A small form. Choices send `name` with their value; inputs are sent with `button`.

    `id` names it in the page (`status-104218`), `origin` says where the way back leads, `stale` is the sentence of a
    409 with `again`, the choice that was made, to send once more; `error` a sentence that belongs to no input.
    """

    id: str
    number: str
    subject: str
    title: str
    action: str
    origin: str
    name: str = ""
    choices: tuple[Choice, ...] = ()
    current: str = ""
    has_filter: bool = False
    inputs: tuple[Input, ...] = ()
    button: str = ""
    tone: str = ""
    is_wide: bool = False
    version: int | None = None
    lead: str = ""
    hint: str = ""
    stale: str = ""
    again: Choice | None = None
    error: str = ""
    links: tuple[tuple[str, str], ...] = ()

    @property
    def menu_id(self) -> str:
        """The id of the floating menu, for answers that take its place."""
        return f"menu-{self.id}"

    @property
    def back(self) -> str:
        """Where leaving the page without a change leads."""
        return self.origin if self.origin.startswith("/") else f"/agent/tickets/{self.number}"


def version_drawn(ticket_version: int) -> int:
    """The version a form carries: what the page behind it was drawn with, so that a change since then is noticed."""
    drawn = seen_version(request.args.get("version"))
    return drawn if drawn is not None and drawn <= ticket_version else ticket_version


def show_form(form: ChangeForm, status: int = 200, *, in_place_of: str = "") -> Response:
    """The form as a fragment for htmx (in place of the one that was refused), else as a page."""
    if not is_htmx():
        return make_response(render_template("agent/ticket/change.html", form=form), status)
    response = make_response(render_template("agent/ticket/_menu.html", form=form), status)
    if request.method == "POST":
        response.headers["HX-Retarget"] = f"#{in_place_of or form.menu_id}"
        response.headers["HX-Reswap"] = "outerHTML"
    return response


def with_typed_values(form: ChangeForm) -> ChangeForm:
    """The form with what was typed into it."""
    return replace(form, inputs=tuple(replace(i, value=_typed(i)) for i in form.inputs))


def _typed(box: Input) -> str:
    if box.name not in request.form:
        return box.value
    text = request.form[box.name]
    if box.kind != "time":
        return text
    try:  # a browser's field takes the local form alone
        return local_input(parse_instant(text, current_actor().time_zone), current_actor().time_zone)
    except (ValueError, OverflowError):
        return text


def with_error(form: ChangeForm, error: DeskError) -> ChangeForm:
    """The form with a refusal beside the input it belongs to, else on top, and with what was typed."""
    form = with_typed_values(form)
    named = any(i.name == error.field for i in form.inputs)
    inputs = tuple(replace(i, error=error.message if i.name == error.field else "") for i in form.inputs)
    return replace(form, inputs=inputs, error="" if named else error.message, links=error.links)


def typed_instant(name: str, actor: Actor) -> datetime | None:
    """The instant of a time field, None when it is empty; of several fields of that name the first that is not.

    Raises Refused when it cannot be read, saying how a time is written.
    """
    text = next((value.strip() for value in request.form.getlist(name) if value.strip()), "")
    return read_instant(text, name, actor.time_zone) if text else None


def read_instant(text: str, name: str, time_zone: str) -> datetime:
    """An instant as product.md section 5 writes it. Raises Refused."""
    try:
        return parse_instant(text, time_zone)
    except (ValueError, OverflowError):
        raise Refused(
            _("This is not a time. Write it as year-month-dayThour:minute, for example 2026-03-14T16:30."), field=name
        ) from None

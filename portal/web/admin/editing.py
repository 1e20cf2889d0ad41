"""The one way administrators edit a thing: a form, an action, refusals beside their field, both values when stale."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from flask import Response, make_response, render_template, request
from wtforms import BooleanField, Field, HiddenField, SelectField, SelectMultipleField

from portal.core.clock import utc_now
from portal.core.database import transaction
from portal.core.errors import NotFound, Refused
from portal.core.once import first_result, keep_result, once_key
from portal.core.words import _
from portal.people.changes import get_row
from portal.people.stale import Stale, stamp
from portal.web.admin.frame import administrator, done
from portal.web.filters import new_once
from portal.web.forms import DeskForm


class AdminForm(DeskForm):
    """A form of administration. `seen`: what the row looked like; `once`: makes a double submit harmless."""

    seen = HiddenField()
    once = HiddenField()


@dataclass(frozen=True)
class Difference:
    """A field whose value now is another one than what was typed into a stale form."""

    label: str
    now: str


@dataclass(frozen=True)
class EditPage:
    """What the page of one thing shows besides its form."""

    heading: str
    list_name: str
    list_url: str
    url: str
    is_new: bool
    conflict: str = ""
    differences: tuple[Difference, ...] = ()
    refusal: str = ""
    delete_url: str = ""
    row_id: int = 0


@dataclass(frozen=True)
class Editor:
    """How one kind of thing is edited. `form` gives the form class, `read` its values, `fill` the other way round."""

    path: str
    model: Any
    template: str
    list_name: str
    new_heading: str
    added: str
    form: Callable[[Any], type[AdminForm]]
    read: Callable[[Any, Any], Any]
    values_of: Callable[[Any], Any]
    add: Callable[..., Any]
    change: Callable[..., Any]
    delete: Callable[..., Any] | None = None
    move: Callable[..., Any] | None = None
    fill: Callable[[Any], dict[str, Any]] = asdict
    more: Callable[[Any], dict[str, Any]] = lambda _row: {}

    @property
    def list_url(self) -> str:
        return f"/admin/{self.path}"

    def url_of(self, row: Any) -> str:
        """The address of one row's page."""
        return f"/admin/{self.path}/{row.id}"


def add_with(editor: Editor) -> Response:
    """GET: the empty form. POST: the new thing, or the form again with what is wrong (422)."""
    form_class = editor.form(None)
    page = EditPage(editor.new_heading, editor.list_name, editor.list_url, f"{editor.list_url}/new", is_new=True)
    if request.method == "GET":
        form = form_class(formdata=None)
        form.once.data = new_once()
        return _show(editor, page, form, None)
    form = form_class()
    if not form.validate():
        return _show(editor, page, form, None, status=422)
    try:
        url = add_once(
            editor.path,
            form.once.data or "",
            lambda: editor.url_of(editor.add(editor.read(form, None), by=administrator(), now=utc_now())),
        )
    except Refused as error:
        form.add_error(error)
        return _show(editor, page, form, None, status=422)
    return done(url, editor.added)


def add_once(path: str, once: str, add: Callable[[], str]) -> str:
    """The address `add` gives, or the one it gave for the same `once` value before (a double submit)."""
    if not once:
        return add()
    now = utc_now()
    key = once_key("admin", path, administrator().person_id, once)
    with transaction():
        earlier = first_result(key, now=now)
        if earlier:
            return earlier
        url = add()
        keep_result(key, url)
    return url


def filled(editor: Editor, row: Any) -> AdminForm:
    """The form of a row as it is stored now."""
    return _filled_with(editor, row, editor.values_of(row), seen=editor.values_of(row))


def _filled_with(editor: Editor, row: Any, values: Any, *, seen: Any) -> AdminForm:
    form = editor.form(row)(formdata=None, data=editor.fill(values))
    form.seen.data = stamp(seen)
    return form


def change_with(editor: Editor, row_id: int) -> Response:
    """GET: the form of a row. POST: the change, or the form again: 422 refused, 409 stale."""
    row = get_row(editor.model, row_id)
    if request.method == "GET":
        return _show(editor, _page_of(editor, row), filled(editor, row), row)
    form = editor.form(row)()
    if not form.validate():
        return _show(editor, _page_of(editor, row), form, row, status=422)
    try:
        event = editor.change(
            row, editor.read(form, row), by=administrator(), now=utc_now(), seen=form.seen.data or None
        )
    except Refused as error:
        form.add_error(error)
        return _show(editor, _page_of(editor, row), form, row, status=422)
    except Stale as error:
        return _show_stale(editor, row, error)
    return done(editor.url_of(row), _("Saved.") if event else _("Nothing was changed."))


def _page_of(editor: Editor, row: Any, **more: Any) -> EditPage:
    name = getattr(row, "name", None) or editor.values_of(row).name
    delete_url = f"{editor.url_of(row)}/deletion" if editor.delete else ""
    return EditPage(
        name,
        editor.list_name,
        editor.list_url,
        editor.url_of(row),
        is_new=False,
        delete_url=delete_url,
        row_id=row.id,
        **more,
    )


def _show_stale(editor: Editor, row: Any, error: Stale) -> Response:
    """What was typed stays in the form; beside it what is stored now; saving again applies what was typed."""
    stored = editor.values_of(row)
    form = _filled_with(editor, row, error.merged, seen=stored)
    found = differences(form, _filled_with(editor, row, stored, seen=stored))
    return _show(editor, _page_of(editor, row, conflict=error.message, differences=tuple(found)), form, row, status=409)


def _show(editor: Editor, page: EditPage, form: AdminForm, row: Any, *, status: int = 200) -> Response:
    return make_response(render_template(editor.template, page=page, form=form, **editor.more(row)), status)


def differences(typed: DeskForm, current: DeskForm) -> list[Difference]:
    """The fields whose stored value is not what was typed, with the stored value in words."""
    found = []
    for field in current:
        if not isinstance(field, HiddenField) and shown_value(field) != shown_value(typed[field.short_name]):
            found.append(Difference(field.label.text, shown_value(field)))
    return found


def shown_value(field: Field) -> str:
    """A field's value in words: the label of what is picked, on or off, the text itself."""
    if isinstance(field, BooleanField):
        return _("on") if field.data else _("off")
    if isinstance(field, SelectMultipleField):
        picked = {str(value) for value in field.data or ()}
        return ", ".join(str(c.label) for c in field.iter_choices() if str(c.value) in picked) or "–"
    if isinstance(field, SelectField):
        labels = {str(c.value): str(c.label) for c in _flat_choices(field)}
        return labels.get(str(field.data if field.data is not None else ""), "–")
    return str(field.data or "").replace("\r\n", "\n").strip() or "–"


def _flat_choices(field: SelectField) -> list[Any]:
    if field.has_groups():
        return [choice for _group, choices in field.iter_groups() for choice in choices]
    return list(field.iter_choices())


def delete_with(editor: Editor, row_id: int) -> Response:
    """Delete a row that nothing uses; else its page again, saying where it is used (422)."""
    row = get_row(editor.model, row_id)
    if editor.delete is None:
        raise NotFound(_("This cannot be deleted."))
    try:
        editor.delete(row, by=administrator(), now=utc_now())
    except Refused as error:
        return _show(editor, _page_of(editor, row, refusal=error.message), filled(editor, row), row, status=422)
    return done(editor.list_url, _("Deleted."))


def move_with(editor: Editor, row_id: int) -> Response:
    """Move a row one place up or down in its list (form field `step`: -1 or 1)."""
    row = get_row(editor.model, row_id)
    step = {"-1": -1, "1": 1}.get(request.form.get("step", ""))
    if editor.move is None or step is None:
        raise Refused(_("Say whether it moves up or down."))
    event = editor.move(row, step, by=administrator(), now=utc_now())
    return done(editor.list_url, _("Moved.") if event else _("It is at the end already."))

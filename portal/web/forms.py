"""The parent of every form: values cleaned, no second CSRF guard, errors as one list."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_wtf import FlaskForm
from werkzeug.datastructures import CombinedMultiDict
from wtforms import Field

from portal.core.errors import DeskError
from portal.core.text import clean_line, clean_text


class DeskForm(FlaskForm):
    """A form whose CSRF token was already checked by web/kept_forms.py for the whole request."""

    class Meta:
        csrf = False

        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            """Fields read the text parts alone: a file sent under a text's name is no text. Files: `request.files`."""
            found = super().wrap_formdata(form, formdata)  # type: ignore[misc]
            return request.form if isinstance(found, CombinedMultiDict) else found

    def add_error(self, error: DeskError) -> None:
        """Put an action's refusal beside the field it names, else above the form."""
        field = self._fields.get(error.field or "")
        if field is not None:
            field.errors = [*field.errors, error.message]
        else:
            self.form_errors.append(error.message)

    def problems(self) -> list[tuple[str, str, str]]:
        """(field id, label, sentence) of every error, for the summary above the form."""
        found: list[tuple[str, str, str]] = []
        for name, messages in self.errors.items():
            field: Field | None = self._fields.get(name or "")
            for message in messages:
                found.append((field.id if field else "", field.label.text if field else "", str(message)))
        return found


def one_line(value: str | None) -> str:
    """WTForms filter: a clean single line."""
    return clean_line(value)


def clean(value: str | None) -> str:
    """WTForms filter: clean text with its line breaks."""
    return clean_text(value)


def seen_version(value: str | None) -> int | None:
    """The `version` field of a form: the number, or None when it is absent (then nothing is compared)."""
    return int(value) if value and value.isascii() and value.isdigit() and len(value) < 15 else None

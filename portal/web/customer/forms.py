"""The forms customers fill in; field names are part of the contract (product.md section 5)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from flask import current_app
from itsdangerous import BadSignature, TimestampSigner
from wtforms import EmailField, HiddenField, MultipleFileField, StringField, TelField, TextAreaField
from wtforms.validators import ValidationError

from portal.core.clock import utc_now
from portal.core.errors import DeskError
from portal.core.text import clean_line
from portal.core.words import _
from portal.people.actions import good_address, good_name, good_phone
from portal.tickets.guards import good_subject, good_text
from portal.web.forms import DeskForm

HASTE_SECONDS = 3
_LINK = re.compile(r"https?://|www\.", re.IGNORECASE)


def checked(check: Callable[..., str], **options: Any) -> Callable[[Any, Any], None]:
    """A WTForms validator out of a check of the rooms: its refusal becomes the field's error, its result the value."""

    def validate(_form: Any, field: Any) -> None:
        try:
            field.data = check(field.data or "", **options)
        except DeskError as error:
            raise ValidationError(error.message) from error

    return validate


class NewTicketForm(DeskForm):
    """`POST /tickets/new` by somebody signed in. `website` is bait: people never see it."""

    topic = StringField(_("What is it about?"))
    subject = StringField(_("Subject"), [checked(good_subject)])
    message = TextAreaField(_("What happened?"), [checked(good_text, field="message")])
    files = MultipleFileField(_("Files"))
    once = HiddenField()
    website = StringField(_("Leave this empty"))
    started = HiddenField()

    def validate_website(self, field: Any) -> None:
        """Programs fill in every field they find."""
        if clean_line(field.data):
            field.data = ""
            raise ValidationError(_("This field has to stay empty. Look at the form again and send it once more."))

    def validate_started(self, field: Any) -> None:
        """Several links sent within seconds of opening the page: shown again, once. Without the field: no check."""
        if len(_LINK.findall(self.message.data or "")) > 1 and seconds_since(field.data) < HASTE_SECONDS:
            raise ValidationError(_("That was very quick. Look at your text once more, then send it."))


class GuestTicketForm(NewTicketForm):
    """`POST /tickets/new` by somebody who is not signed in."""

    name = StringField(_("Your name"), [checked(good_name)])
    email = EmailField(_("Your e-mail address"), [checked(good_address)])
    phone = TelField(_("Phone"), [checked(good_phone)])


class MessageForm(DeskForm):
    """`POST /tickets/<number>/messages`."""

    message = TextAreaField(_("Your message"), [checked(good_text, field="message")])
    files = MultipleFileField(_("Files"))
    once = HiddenField()


class FindForm(DeskForm):
    """`POST /tickets/find`; an empty number asks for a sign-in link."""

    email = EmailField(_("Your e-mail address"), [checked(good_address)])
    number = StringField(_("Ticket number"))


def started_now() -> str:
    """The signed time a form was drawn at."""
    return _signer().sign(b"new").decode()


def seconds_since(started: str | None) -> float:
    """How long ago a form was drawn; a very long time when the value is absent or not ours."""
    if not started:
        return float("inf")
    try:
        _value, moment = _signer().unsign(started, return_timestamp=True)
    except BadSignature:
        return float("inf")
    return max(0.0, (utc_now() - moment).total_seconds())


def _signer() -> TimestampSigner:
    return TimestampSigner(str(current_app.config["SECRET_KEY"]), salt="new-ticket-form")

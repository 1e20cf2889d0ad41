"""Checks several actions share: texts as they may be stored, and which status may be set by hand."""

from __future__ import annotations

from portal.core.errors import Refused
from portal.core.text import SUBJECT_LENGTH, TEXT_LENGTH, clean_line, clean_text, is_blank
from portal.core.words import _
from portal.tickets.models import Ticket
from portal.tickets.statuses import StatusCard


def good_subject(text: str) -> str:
    """The subject cleaned. Raises Refused when nothing of it is left or it is too long."""
    text = clean_line(text)
    if is_blank(text):
        raise Refused(_("Write a subject."), field="subject")
    if len(text) > SUBJECT_LENGTH:
        raise Refused(
            _("The subject is too long: %(most)s characters at most.") % {"most": f"{SUBJECT_LENGTH:,}"},
            field="subject",
        )
    return text


def good_text(text: str, *, field: str, may_be_empty: bool = False) -> str:
    """A message, reply or note cleaned. Raises Refused when it is empty (unless it may be) or too long."""
    text = clean_text(text)
    if is_blank(text):
        if may_be_empty:
            return ""
        raise Refused(_("Write something first."), field=field)
    if len(text) > TEXT_LENGTH:
        raise Refused(
            _("This text is too long: %(most)s characters at most.") % {"most": f"{TEXT_LENGTH:,}"}, field=field
        )
    return text


def refuse_if_gone(ticket: Ticket) -> None:
    """Raise Refused for a ticket in the trash or merged: it takes no changes until it is brought back."""
    if ticket.deleted_at is not None:
        raise Refused(_("This ticket is in the trash. Bring it back first."))
    if ticket.merged_into_id is not None:
        raise Refused(_("This ticket was merged into another one. Work on that one, or undo the merge."))


def refuse_new_by_hand(status: StatusCard) -> None:
    """Raise Refused for *New*, which nobody sets by hand, and for a status that is switched off."""
    if status.slug == "new":
        raise Refused(_("New is only for tickets nobody has looked at. Pick another status."), field="status")
    if not status.is_active:
        raise Refused(_("This status is switched off. Pick another one."), field="status")

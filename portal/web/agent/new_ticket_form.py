"""The form of a new ticket, as a script sends it and as an agent fills it."""

from __future__ import annotations

from wtforms import DateTimeLocalField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.widgets import EmailInput, TelInput

from portal.core.words import _
from portal.tickets.queries.new_ticket_page import NewTicketPage
from portal.tickets.queries.track import CHANNEL_WORDS
from portal.tickets.statuses import CHANNELS
from portal.web.forms import DeskForm, clean, one_line


class TimeField(StringField):
    """A `datetime-local` field that keeps what was typed; the route reads it in the agent's zone."""

    widget = DateTimeLocalField.widget


class NewTicketForm(DeskForm):
    """Fields of `POST /agent/tickets/new` (product.md section 5). The action checks the values."""

    email = StringField(_("E-mail address"), filters=[one_line], widget=EmailInput())
    name = StringField(_("Name"), filters=[one_line])
    phone = StringField(_("Phone"), filters=[one_line], widget=TelInput())
    channel = SelectField(_("How it came"), validate_choice=False, default="phone")
    topic = SelectField(_("Topic"), validate_choice=False)
    subject = StringField(_("Subject"), filters=[one_line])
    message = TextAreaField(_("What the customer says"), filters=[clean])
    reply = TextAreaField(_("First reply"), filters=[clean])
    note = TextAreaField(_("Internal note"), filters=[clean])
    assignee = SelectField(_("Assignee"), validate_choice=False)
    priority = SelectField(_("Priority"), validate_choice=False)
    due_at = TimeField(_("Due"))
    status = SelectField(_("Status"), validate_choice=False)
    once = HiddenField()


def fill_choices(form: NewTicketForm, page: NewTicketPage) -> None:
    """Put what can be chosen into the form."""
    form.channel.choices = [(channel, CHANNEL_WORDS[channel]) for channel in CHANNELS]
    form.topic.choices = [("", _("No topic")), *((str(t.id), t.path) for t in page.topics)]
    form.assignee.choices = [
        ("", _("As the topic says")),
        ("me", _("Me")),
        *((str(a.id), a.name) for a in page.agents),
        *((f"team:{t.id}", _("Team %(name)s") % {"name": t.name}) for t in page.teams),
    ]
    form.priority.choices = [("", _("As the topic says")), *((p.slug, p.name) for p in page.priorities)]
    form.status.choices = [("", _("New")), *((s.slug, s.name) for s in page.statuses)]

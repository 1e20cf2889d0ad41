"""Times people often mean, so that nobody has to type a date."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import request

from portal.core.clock import zone
from portal.core.errors import Refused
from portal.core.words import _
from portal.people.actor import Actor
from portal.web.agent.change_form import Choice
from portal.web.filters import near_words

CONFIDENCE_WORDS = (("likely", _("likely")), ("not_before", _("not before")), ("unknown", _("not known yet")))

_EVENING, _MORNING = 17, 9


def time_choices(actor: Actor, now: datetime) -> tuple[Choice, ...]:
    """Times people often mean, as exact instants: in 1 h, in 4 h, 17:00, 9:00 tomorrow, in a week."""
    local = now.astimezone(zone(actor.time_zone))
    evening = local.replace(hour=17, minute=0, second=0, microsecond=0)
    morning = (local + timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)
    moments = [(_("In 1 h"), now + timedelta(hours=1)), (_("In 4 h"), now + timedelta(hours=4))]
    if local < evening - timedelta(minutes=5):
        moments.append((_("Today"), evening))
    moments += [(_("Tomorrow"), morning), (_("In a week"), morning + timedelta(days=6))]
    return tuple(
        Choice(moment.isoformat(timespec="minutes"), label, detail=near_words(moment, now, actor.time_zone))
        for label, moment in moments
    )


def quick_updates(actor: Actor, now: datetime) -> tuple[Choice, ...]:
    """Usual times of a next update, in words the server understands when the form arrives."""
    local = now.astimezone(zone(actor.time_zone))
    choices = [Choice("30", _("in 30 min")), Choice("60", _("in 1 h"))]
    if local.hour < 17:
        choices.append(Choice("17:00", _("today 17:00")))
    else:
        choices.append(Choice("09:00", _("tomorrow 09:00")))
    return tuple(choices)


def quick_instant(actor: Actor, now: datetime) -> datetime | None:
    """The instant of the form's `next_update_in`: minutes from now, or the next time the clock shows it."""
    text = request.form.get("next_update_in", "").strip()
    if not text:
        return None
    if text in ("30", "60"):
        return now + timedelta(minutes=int(text))
    if text in ("17:00", "09:00"):
        local = now.astimezone(zone(actor.time_zone))
        wanted = local.replace(hour=int(text[:2]), minute=0, second=0, microsecond=0)
        return wanted if wanted > local else wanted + timedelta(days=1)
    raise Refused(_("Pick a time from the list, or type one."), field="next_update_at")

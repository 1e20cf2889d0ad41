"""Turns an event into a sentence, one for agents and one for customers; nothing else does.

A row needs kind, field, old, new, data, actor_kind, actor_name, is_public, undoes_id and happened_at. Sentences are
plain text. What agents read is in agent_wording.py, what customers read in customer_wording.py.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from portal.core.desk_settings import desk_setting
from portal.core.time_words import dated_words, moment_words
from portal.core.words import _
from portal.people.actor import Actor
from portal.tickets.agent_wording import AGENT, Clock, actor_words
from portal.tickets.customer_wording import CUSTOMER
from portal.tickets.history import read_instant


def agent_sentence(event: Any, viewer: Actor, *, now: datetime | None = None) -> str:
    """What happened, for agents, with who did it; times in the viewer's zone."""
    say = AGENT.get(event.kind)
    names = {"actor": actor_words(event)}
    if say is None:
        return _("%(actor)s: %(kind)s") % {**names, "kind": event.kind.replace(".", " ")}
    sentence = say(event, names["actor"], _clock(now, viewer.time_zone, event))
    return _("Undo: %(sentence)s") % {"sentence": sentence} if event.undoes_id else sentence


def customer_sentence(
    event: Any, viewer: Actor | None = None, *, time_zone: str = "", now: datetime | None = None
) -> str | None:
    """What happened, for customers; None for what is internal or told by an entry beside it."""
    if not event.is_public:
        return None
    say = CUSTOMER.get(event.kind)
    if say is None:
        return None
    return say(event, _clock(now, time_zone or (viewer.time_zone if viewer else ""), event))


def _clock(now: datetime | None, time_zone: str, event: Any) -> Clock:
    """Times near `now` as "14:30 today"; without it with their date."""
    zone_name = time_zone or str(desk_setting("site.time_zone"))

    def words(value: Any) -> str:
        try:
            instant = read_instant(value)
        except (TypeError, ValueError):
            instant = None
        if instant is None:
            return _("no time")
        return moment_words(instant, now, zone_name) if now else dated_words(instant, event.happened_at, zone_name)

    return words


__all__ = ["agent_sentence", "customer_sentence"]

"""The sentence on top of a customer's ticket: what it is, what happens next and by when, what you can do.

Every status has three texts that administrators edit. Placeholders: {by} {agent} {step} {party} {date} {resolution}.
A part whose placeholder has nothing to say is left out with its words; no text can make this fail.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from portal.core.desk_settings import desk_setting
from portal.core.text import excerpt
from portal.core.time_words import clock_words, date_words, dated_day, dated_words, moment_words, until_words
from portal.core.words import _
from portal.people.desk import desk
from portal.tickets.statuses import ACTIVE_STATES, ticket_lists

PLACEHOLDERS = ("by", "agent", "step", "party", "date", "resolution")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_RESOLUTION_LENGTH = 300


@dataclass(frozen=True, slots=True)
class CustomerWords:
    """Three plain texts; `next` and `you_can` may be empty."""

    now: str
    next: str
    you_can: str


def customer_words(
    ticket: Any, promises: Sequence[Any], *, now: datetime, time_zone: str = "", near: bool = True
) -> CustomerWords:
    """The words for a ticket as it is now.

    `ticket` has status_id, state, assignee_id, team_id, due_at, resolution, ended_at, is_reopened, is_answered,
    merged_into_id and parent_number; `promises` are its open ones and its missed ones that are still unanswered (kind,
    state, due_at, confidence). Not `near`: times as a letter says them, with their date. Makes no statement of its own.
    """
    time_zone = time_zone or str(desk_setting("site.time_zone"))
    if ticket.merged_into_id:
        return _joined(getattr(ticket, "parent_number", None))
    texts = _texts_of(ticket)
    if ticket.state not in ACTIVE_STATES:
        promises = ()
    values = _values(ticket, promises, now, time_zone, near=near)
    words = CustomerWords(*(_filled(text, values) for text in texts))
    return _with_promises(words, promises, now, time_zone, near=near)


def is_late(promise: Any, now: datetime) -> bool:
    """True for a promise that is past due and not answered yet."""
    return promise.state == "missed" or (promise.state == "open" and promise.due_at < now)


def late_words(kind: str, due_at: datetime, now: datetime, time_zone: str) -> str:
    """What a customer reads of a missed promise: never without words."""
    by = {"by": clock_words(due_at, now, time_zone)}
    if kind == "fix":
        return _("We expected it solved by %(by)s and are late.") % by
    if kind == "callback":
        return _("We promised to call you by %(by)s and are late.") % by
    return _("We promised news by %(by)s and are late.") % by


def promise_words(
    kind: str, due_at: datetime, confidence: str, now: datetime, time_zone: str, *, near: bool = True
) -> str:
    """An open promise as a sentence: "We write again by 14:30 today, in 25 minutes."; not `near`: with its date."""
    by = {"by": _when(due_at, now, time_zone, near=near)}
    if kind == "callback":
        return _("We call you by %(by)s.") % by
    if kind == "update":
        return _("We write again by %(by)s.") % by
    if confidence == "not_before":
        exact = moment_words if near else dated_words
        return _("It will not be solved before %(by)s.") % {"by": exact(due_at, now, time_zone)}
    if confidence == "unknown":
        return _("We hope to solve it by %(by)s, but cannot be sure yet.") % by
    return _("We expect it solved by %(by)s.") % by


def customer_name_of_owner(assignee_id: int | None, team_id: int | None) -> str:
    """Who has it, as a customer reads it: the agent's first name, else the team's or the site's name."""
    agent = desk().agents.get(assignee_id or 0)
    if agent is not None and agent.name:
        return agent.name.split(" ", 1)[0]
    team = desk().teams.get(team_id or 0)
    return team.name if team is not None else str(desk_setting("site.name"))


def _joined(parent_number: str | None) -> CustomerWords:
    if not parent_number:
        return CustomerWords(_("This was joined with another ticket."), _("We answer you there."), "")
    return CustomerWords(
        _("This was joined with ticket %(number)s.") % {"number": parent_number}, _("We answer you there."), ""
    )


def _texts_of(ticket: Any) -> tuple[str, str, str]:
    if ticket.is_reopened and ticket.state in ACTIVE_STATES and not ticket.is_answered:
        return _("Open again, with what you wrote."), _("Somebody looks at it by {by}."), _("add details")
    status = ticket_lists().statuses.get(ticket.status_id)
    if status is None:
        return _("We have your message."), "", ""
    return status.customer_text, status.next_text, status.you_can_text


def _values(ticket: Any, promises: Sequence[Any], now: datetime, time_zone: str, *, near: bool) -> dict[str, str]:
    """What the placeholders stand for; an empty one is left out with its words."""
    by, ends, day = _by(ticket, promises, now), _end(ticket), date_words if near else dated_day
    return {
        "by": _when(by, now, time_zone, near=near) if by else "",
        "agent": customer_name_of_owner(ticket.assignee_id, ticket.team_id),
        "step": "",
        "party": _("a supplier"),
        "date": day(ends, now, time_zone) if ends and ends > now else "",
        "resolution": excerpt(ticket.resolution or "", _RESOLUTION_LENGTH).rstrip(".").rstrip(),
    }


def _by(ticket: Any, promises: Sequence[Any], now: datetime) -> datetime | None:
    """The promised update, else the expected solution, else the ticket's due time, as long as it is still to come."""
    for kind in ("update", "fix"):
        times = [one.due_at for one in promises if one.kind == kind and one.state == "open" and one.due_at >= now]
        if times:
            return min(times)
    return ticket.due_at if ticket.due_at is not None and ticket.due_at > now else None


def _end(ticket: Any) -> datetime | None:
    """When a resolved ticket closes by itself, or when a closed one can no longer be reopened."""
    if ticket.ended_at is None or ticket.state in ACTIVE_STATES:
        return None
    name = "tickets.close_after_days" if ticket.state == "resolved" else "tickets.reopen_days"
    return ticket.ended_at + timedelta(days=desk_setting(name))


def _when(instant: datetime, now: datetime, time_zone: str, *, near: bool) -> str:
    if not near:
        return dated_words(instant, now, time_zone)
    span, exact = until_words(instant, now), moment_words(instant, now, time_zone)
    return _("%(exact)s, %(near)s") % {"exact": exact, "near": span} if span else exact


def _with_promises(
    words: CustomerWords, promises: Sequence[Any], now: datetime, time_zone: str, *, near: bool
) -> CustomerWords:
    """Add what is late, and what is promised beside the time in the status's own words."""
    said, you_can = [words.next], words.you_can
    coming = {one.kind: one for one in promises if one.state == "open" and one.due_at >= now}
    kinds = [kind for kind in ("fix", "callback") if kind in coming and (kind != "fix" or "update" in coming)]
    said += [
        promise_words(kind, coming[kind].due_at, coming[kind].confidence, now, time_zone, near=near) for kind in kinds
    ]
    late = _newest_late(promises, coming, now)
    if late is not None:
        said.insert(0, late_words(late.kind, late.due_at, now, time_zone))
        if late.kind != "callback":
            you_can = _("ask for news, or write to us here")
    return CustomerWords(words.now, " ".join(part for part in said if part), you_can)


def _newest_late(promises: Sequence[Any], coming: Mapping[str, Any], now: datetime) -> Any:
    late = [one for one in promises if is_late(one, now)]
    news = [one for one in late if one.kind != "fix" or "fix" not in coming]
    order = {"update": 2, "fix": 1, "callback": 0}
    return max(news, key=lambda one: (order.get(one.kind, 0), one.due_at), default=None)


def _filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its placeholders filled, sentence by sentence."""
    sentences = [_fill_sentence(part, values) for part in _SENTENCE_END.split(text.strip())]
    return " ".join(part for part in sentences if part)


def _fill_sentence(sentence: str, values: Mapping[str, str]) -> str:
    sentence = sentence.replace("*", "")
    clauses = [clause for clause in sentence.split(";") if _can_say(clause, values)]
    if not clauses:
        head, colon, _tail = sentence.partition(":")
        if not colon or not _can_say(head, values) or ";" in sentence:
            return ""
        clauses = [head]
    said = ";".join(clauses).strip()
    end = sentence.rstrip()[-1:]
    if end in ".!?" and said[-1:] not in ".!?":
        said += end
    return _PLACEHOLDER.sub(lambda match: values.get(match.group(1), ""), said)


def _can_say(part: str, values: Mapping[str, str]) -> bool:
    return bool(part.strip()) and all(values.get(name) for name in _PLACEHOLDER.findall(part))

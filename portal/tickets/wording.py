"""Turns an event into a sentence, one for agents and one for customers; nothing else does.

A row needs kind, field, old, new, data, actor_kind, actor_name, is_public, undoes_id and happened_at. Sentences are
plain text.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from portal.core.clock import utc_now
from portal.core.desk_settings import desk_setting
from portal.core.text import excerpt
from portal.core.time_words import moment_words
from portal.core.words import _
from portal.people.actor import Actor
from portal.people.desk import desk
from portal.tickets.history import read_instant
from portal.tickets.statuses import ACTIVE_STATES, ticket_lists

Clock = Callable[[Any], str]
"""Words of an ISO instant in the reader's zone."""

_SUBJECT_LENGTH = 80


def agent_sentence(event: Any, viewer: Actor, *, now: datetime | None = None) -> str:
    """What happened, for agents, with who did it; times in the viewer's zone."""
    say = _AGENT.get(event.kind)
    names = {"actor": _actor(event)}
    if say is None:
        return _("%(actor)s: %(kind)s") % {**names, "kind": event.kind.replace(".", " ")}
    sentence = say(event, names["actor"], _clock(now, viewer.time_zone))
    return _("%(sentence)s (undone)") % {"sentence": sentence} if event.undoes_id else sentence


def customer_sentence(
    event: Any, viewer: Actor | None = None, *, time_zone: str = "", now: datetime | None = None
) -> str | None:
    """What happened, for customers; None for what is internal or told by an entry beside it."""
    if not event.is_public:
        return None
    say = _CUSTOMER.get(event.kind)
    if say is None:
        return None
    return say(event, _clock(now, time_zone or (viewer.time_zone if viewer else "")))


def _clock(now: datetime | None, time_zone: str) -> Clock:
    now = now or utc_now()

    def words(value: Any) -> str:
        try:
            instant = read_instant(value)
        except (TypeError, ValueError):
            instant = None
        zone_name = time_zone or str(desk_setting("site.time_zone"))
        return moment_words(instant, now, zone_name) if instant else _("no time")

    return words


def _actor(event: Any) -> str:
    if event.actor_kind == "rule":
        return _("Topic %(name)s") % {"name": event.actor_name}
    return event.actor_name or _("Somebody")


def _status(slug: Any) -> str:
    return next((card.name for card in ticket_lists().statuses.values() if card.slug == slug), str(slug or "?"))


def _state(slug: Any) -> str:
    return next((card.state for card in ticket_lists().statuses.values() if card.slug == slug), "")


def _priority(slug: Any) -> str:
    return next((card.name for card in ticket_lists().priorities.values() if card.slug == slug), str(slug or "?"))


def _topic(topic_id: Any) -> str:
    card = ticket_lists().topics.get(topic_id) if topic_id else None
    return card.path if card else _("none")


def _department(department_id: Any) -> str:
    found = desk().departments.get(department_id)
    return found.name if found else _("a department that is gone")


def _agent(agent_id: Any) -> str:
    card = desk().agents.get(agent_id)
    return card.name if card else _("an agent who is gone")


def _team(team_id: Any) -> str:
    found = desk().teams.get(team_id)
    return _("team %(name)s") % {"name": found.name if found else "?"}


def _target(data: dict[str, Any]) -> str:
    by_kind = {"agent": _agent, "team": _team, "department": _department}
    return by_kind.get(str(data.get("target")), lambda _id: "?")(data.get("id"))


def _with_reason(sentence: str, event: Any) -> str:
    reason = event.data.get("reason") or event.data.get("words")
    return _("%(sentence)s: %(reason)s") % {"sentence": sentence, "reason": reason} if reason else sentence


def _opened(event: Any, actor: str, _when: Clock) -> str:
    channels = {
        "web": _("on the web"), "mail": _("by mail"), "api": _("through the API"), "phone": _("by phone"),
        "chat": _("in a chat"), "walk-in": _("at the counter"), "other": _("in another way"),
    }  # fmt: skip
    names = {"actor": actor, "channel": channels.get(event.data.get("channel", "web"), "")}
    if event.data.get("on_behalf"):
        return _("%(actor)s opened this ticket for the customer, who came %(channel)s") % names
    return _("%(actor)s opened this ticket %(channel)s") % names


def _status_changed(event: Any, actor: str, _when: Clock) -> str:
    return _("Status %(old)s → %(new)s by %(actor)s") % {
        "old": _status(event.old), "new": _status(event.new), "actor": actor,
    }  # fmt: skip


def _closed(event: Any, actor: str, _when: Clock) -> str:
    if event.data.get("automatic"):
        return _("Closed by itself: nobody answered")
    if event.data.get("confirmed"):
        return _("%(actor)s said that it works: closed") % {"actor": actor}
    return _("%(actor)s closed the ticket") % {"actor": actor}


def _assigned(event: Any, actor: str, _when: Clock) -> str:
    new, old = event.new or {}, event.old or {}
    agent_id, team_id = new.get("agent"), new.get("team")
    if agent_id is None:
        return _("%(actor)s gave the ticket to %(owner)s") % {"actor": actor, "owner": _team(team_id)}
    owner = _agent(agent_id)
    if owner == event.actor_name and event.actor_kind == "agent":
        if event.data.get("by_reply"):
            return _("%(actor)s took the ticket by replying") % {"actor": actor}
        return _("%(actor)s took the ticket") % {"actor": actor}
    if old.get("agent"):
        return _("%(actor)s gave the ticket from %(old)s to %(owner)s") % {
            "actor": actor, "old": _agent(old["agent"]), "owner": owner,
        }  # fmt: skip
    return _("%(actor)s gave the ticket to %(owner)s") % {"actor": actor, "owner": owner}


def _due_changed(event: Any, actor: str, when: Clock) -> str:
    names = {"actor": actor, "old": when(event.old), "new": when(event.new)}
    if event.new is None:
        return _("Due time %(old)s removed by %(actor)s") % names
    if event.old is None:
        return _("Due time set to %(new)s by %(actor)s") % names
    return _("Due time %(old)s → %(new)s by %(actor)s") % names


def _subject_changed(event: Any, actor: str, _when: Clock) -> str:
    return _("Subject “%(old)s” → “%(new)s” by %(actor)s") % {
        "old": excerpt(str(event.old), _SUBJECT_LENGTH), "new": excerpt(str(event.new), _SUBJECT_LENGTH),
        "actor": actor,
    }  # fmt: skip


def _department_changed(event: Any, actor: str, _when: Clock) -> str:
    sentence = _("Department %(old)s → %(new)s by %(actor)s") % {
        "old": _department(event.old), "new": _department(event.new), "actor": actor,
    }  # fmt: skip
    dropped = event.data.get("dropped")
    if dropped is None:
        return sentence
    return _("%(sentence)s; %(agent)s has no access there") % {"sentence": sentence, "agent": _agent(dropped)}


def _customer_changed(event: Any, actor: str, _when: Clock) -> str:
    return _("Customer %(old)s → %(new)s by %(actor)s") % {
        "old": event.data.get("old_name") or "?", "new": event.data.get("new_name") or "?", "actor": actor,
    }  # fmt: skip


def _promised(event: Any) -> str:
    kind = (event.field or "").partition(".")[2]
    return {"fix": _("a solution"), "callback": _("a call")}.get(kind, _("the next update"))


def _promise_made(event: Any, actor: str, when: Clock) -> str:
    names = {"actor": actor, "what": _promised(event), "by": when(event.new)}
    return _with_reason(_("%(actor)s promised %(what)s by %(by)s") % names, event)


def _promise_moved(event: Any, actor: str, when: Clock) -> str:
    names = {"actor": actor, "what": _promised(event), "old": when(event.old), "new": when(event.new)}
    return _with_reason(_("%(actor)s moved %(what)s from %(old)s to %(new)s") % names, event)


def _promise_kept(event: Any, actor: str, when: Clock) -> str:
    names = {"actor": actor, "what": _promised(event), "by": when(event.old)}
    if event.data.get("late"):
        return _("%(actor)s made the call promised by %(by)s, late") % names
    return _("Promise kept: %(what)s by %(by)s") % names


def _promise_missed(event: Any, _actor: str, when: Clock) -> str:
    return _("Promise missed: %(what)s by %(by)s") % {"what": _promised(event), "by": when(event.old)}


def _promise_withdrawn(event: Any, actor: str, when: Clock) -> str:
    names = {"actor": actor, "what": _promised(event), "by": when(event.old)}
    return _with_reason(_("%(actor)s withdrew the promise of %(what)s by %(by)s") % names, event)


def _linked(event: Any, actor: str, _when: Clock) -> str:
    names = {"actor": actor, "number": event.data.get("number") or event.new or event.old}
    if event.data.get("follows"):
        return _("This ticket follows ticket %(number)s, which ended too long ago to be reopened") % names
    if event.data.get("followed_by"):
        return _("%(actor)s wrote again: it goes on in ticket %(number)s") % names
    sentences = {
        "duplicate": _("%(actor)s linked ticket %(number)s as a duplicate"),
        "parent": _("%(actor)s made ticket %(number)s the parent of this one"),
        "child": _("%(actor)s made ticket %(number)s a child of this one"),
    }
    return sentences.get(event.data.get("link", ""), _("%(actor)s linked ticket %(number)s")) % names


def _rated(event: Any, actor: str, _when: Clock) -> str:
    return _("%(actor)s rated it %(rating)s of 5") % {"actor": actor, "rating": event.new}


def _simple(text: str) -> Callable[[Any, str, Clock], str]:
    """A sentence with no more than the actor, the name or the number in it."""

    def say(event: Any, actor: str, _when: Clock) -> str:
        data = event.data or {}
        return text % {"actor": actor, "name": data.get("name", ""), "number": data.get("number", "")}

    return say


_AGENT: dict[str, Callable[[Any, str, Clock], str]] = {
    "ticket.opened": _opened,
    "message.posted": _simple(_("%(actor)s wrote a message")),
    "reply.sent": _simple(_("%(actor)s replied")),
    "note.added": _simple(_("%(actor)s wrote a note")),
    "mention.made": _simple(_("%(actor)s mentioned %(name)s")),
    "status.changed": _status_changed,
    "ticket.resolved": _simple(_("%(actor)s resolved the ticket")),
    "ticket.closed": _closed,
    "ticket.reopened": _simple(_("%(actor)s reopened the ticket")),
    "ticket.assigned": _assigned,
    "ticket.released": _simple(_("%(actor)s released the ticket")),
    "priority.changed": lambda event, actor, _when: (
        _("Priority %(old)s → %(new)s by %(actor)s")
        % {"old": _priority(event.old), "new": _priority(event.new), "actor": actor}
    ),
    "due.changed": _due_changed,
    "topic.changed": lambda event, actor, _when: (
        _("Topic %(old)s → %(new)s by %(actor)s") % {"old": _topic(event.old), "new": _topic(event.new), "actor": actor}
    ),
    "subject.changed": _subject_changed,
    "department.changed": _department_changed,
    "customer.changed": _customer_changed,
    "promise.made": _promise_made,
    "promise.moved": _promise_moved,
    "promise.kept": _promise_kept,
    "promise.missed": _promise_missed,
    "promise.withdrawn": _promise_withdrawn,
    "collaborator.added": _simple(_("%(actor)s added %(name)s as a collaborator")),
    "collaborator.removed": _simple(_("%(actor)s removed %(name)s from the collaborators")),
    "referral.added": lambda event, actor, _when: (
        _("%(actor)s referred the ticket to %(target)s") % {"actor": actor, "target": _target(event.data)}
    ),
    "referral.removed": lambda event, actor, _when: (
        _("%(actor)s took the referral to %(target)s back") % {"actor": actor, "target": _target(event.data)}
    ),
    "link.added": _linked,
    "link.removed": _simple(_("%(actor)s removed the link to ticket %(number)s")),
    "ticket.merged": _simple(_("%(actor)s merged this ticket into ticket %(number)s")),
    "merge.received": _simple(_("%(actor)s merged ticket %(number)s into this one")),
    "ticket.unmerged": _simple(_("%(actor)s took the merge into ticket %(number)s back")),
    "merge.undone": _simple(_("%(actor)s took the merge of ticket %(number)s into this one back")),
    "ticket.trashed": _simple(_("%(actor)s moved the ticket to the trash")),
    "ticket.restored": _simple(_("%(actor)s brought the ticket back from the trash")),
    "ticket.rated": _rated,
    "address.proven": _simple(_("%(actor)s proved their address")),
    "access.given": _simple(_("%(actor)s made a secure link for the customer")),
    "access.revoked": _simple(_("%(actor)s made the ticket's secure links useless")),
    "confirmation.given": _simple(_("%(actor)s said whether it works")),
    "news.asked": _simple(_("%(actor)s asked for news")),
}


def _first_name(name: str) -> str:
    return name.split(" ", 1)[0] if name else str(desk_setting("site.name"))


def _c_opened(event: Any, _when: Clock) -> str:
    if event.data.get("on_behalf"):
        return _("%(agent)s opened this ticket for you.") % {"agent": _first_name(event.actor_name)}
    return _("We received this.")


def _c_assigned(event: Any, _when: Clock) -> str | None:
    card = desk().agents.get((event.new or {}).get("agent") or 0)
    return _("%(agent)s is looking after this.") % {"agent": _first_name(card.name)} if card else None


def _c_resolved(event: Any, _when: Clock) -> str:
    resolution = excerpt(event.data.get("resolution") or "", 300).rstrip(".")
    if not resolution:
        return _("We think it is solved.")
    return _("We think it is solved: %(resolution)s.") % {"resolution": resolution}


def _c_closed(event: Any, _when: Clock) -> str:
    if event.data.get("automatic"):
        return _("Closed, since we heard nothing more.")
    return _("Closed: it works.") if event.data.get("confirmed") else _("Closed.")


def _c_status(event: Any, when: Clock) -> str | None:
    """Only an undo is public under this kind: the desk took solving, closing or reopening back."""
    old, new = _state(event.old), _state(event.new)
    if new in ACTIVE_STATES and old not in ACTIVE_STATES:
        return _("Open again: it is not solved yet.")
    if new == "resolved":
        return _c_resolved(event, when)
    return _("Closed.") if new == "closed" else None


def _c_what(event: Any) -> tuple[str, str]:
    """The promise as a noun and as what we do."""
    kind = (event.field or "").partition(".")[2]
    return {
        "fix": (_("a solution"), _("We expect it solved by %(by)s")),
        "callback": (_("a call"), _("We call you by %(by)s")),
    }.get(kind, (_("news"), _("We write again by %(by)s")))


def _c_promise_made(event: Any, when: Clock) -> str:
    confidence, by = event.data.get("confidence"), {"by": when(event.new)}
    text = _c_what(event)[1]
    if confidence == "not_before":
        text = _("It will not be solved before %(by)s")
    elif confidence == "unknown":
        text = _("We hope to solve it by %(by)s, but cannot be sure yet")
    return _full_stop(_with_reason(text % by, event))


def _c_promise_moved(event: Any, when: Clock) -> str:
    names = {"what": _c_what(event)[0], "old": when(event.old), "new": when(event.new)}
    return _full_stop(_with_reason(_("We promised %(what)s by %(old)s; it is now %(new)s") % names, event))


def _c_promise_kept(event: Any, when: Clock) -> str | None:
    if event.field == "promise.callback":
        return _("We called you, late. We are sorry.") if event.data.get("late") else _("We called you.")
    return None


def _c_promise_missed(event: Any, when: Clock) -> str:
    return _("We promised %(what)s by %(by)s and are late.") % {"what": _c_what(event)[0], "by": when(event.old)}


def _c_promise_withdrawn(event: Any, when: Clock) -> str:
    names = {"what": _c_what(event)[0], "by": when(event.old)}
    return _full_stop(_with_reason(_("We can no longer promise %(what)s by %(by)s") % names, event))


def _c_linked(event: Any, _when: Clock) -> str | None:
    names = {"number": event.data.get("number") or event.new}
    if event.data.get("follows"):
        return _("This goes on from ticket %(number)s.") % names
    return _("This goes on in ticket %(number)s.") % names if event.data.get("followed_by") else None


def _full_stop(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."


def _c_simple(text: str) -> Callable[[Any, Clock], str]:
    def say(event: Any, _when: Clock) -> str:
        data = event.data or {}
        return text % {"name": data.get("name", ""), "number": data.get("number", "")}

    return say


_CUSTOMER: dict[str, Callable[[Any, Clock], str | None]] = {
    "ticket.opened": _c_opened,
    "ticket.assigned": _c_assigned,
    "ticket.resolved": _c_resolved,
    "ticket.closed": _c_closed,
    "ticket.reopened": _c_simple(_("Open again.")),
    "status.changed": _c_status,
    "promise.made": _c_promise_made,
    "promise.moved": _c_promise_moved,
    "promise.kept": _c_promise_kept,
    "promise.missed": _c_promise_missed,
    "promise.withdrawn": _c_promise_withdrawn,
    "collaborator.added": _c_simple(_("%(name)s now follows this ticket.")),
    "collaborator.removed": _c_simple(_("%(name)s no longer follows this ticket.")),
    "link.added": _c_linked,
    "ticket.merged": _c_simple(_("This was joined with ticket %(number)s.")),
    "ticket.unmerged": _c_simple(_("This is a ticket of its own again.")),
    "news.asked": _c_simple(_("You asked for news.")),
}

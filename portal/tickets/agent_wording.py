"""Events as agents read them: kind by kind, with who did it and names instead of ids."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from portal.core.text import excerpt
from portal.core.words import _
from portal.people.desk import desk
from portal.tickets.statuses import ticket_lists

Clock = Callable[[Any], str]
"""Words of an ISO instant in the reader's zone."""

_SUBJECT_LENGTH = 80


def actor_words(event: Any) -> str:
    """Who did it, as agents read it."""
    if event.actor_kind == "rule":
        return _("Topic %(name)s") % {"name": event.actor_name}
    return event.actor_name or _("Somebody")


def _status(slug: Any) -> str:
    return next((card.name for card in ticket_lists().statuses.values() if card.slug == slug), str(slug or "?"))


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


def with_reason(sentence: str, event: Any) -> str:
    """The sentence with the reason or the words that were given along."""
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
    if event.data.get("again"):
        return _("Open again: the promise of %(what)s by %(by)s") % names
    return with_reason(_("%(actor)s promised %(what)s by %(by)s") % names, event)


def _promise_moved(event: Any, actor: str, when: Clock) -> str:
    names = {"actor": actor, "what": _promised(event), "old": when(event.old), "new": when(event.new)}
    return with_reason(_("%(actor)s moved %(what)s from %(old)s to %(new)s") % names, event)


def _promise_kept(event: Any, actor: str, when: Clock) -> str:
    names = {"actor": actor, "what": _promised(event), "by": when(event.old)}
    if event.data.get("late"):
        return _("%(actor)s made the call promised by %(by)s, late") % names
    return _("Promise kept: %(what)s by %(by)s") % names


def _promise_missed(event: Any, _actor: str, when: Clock) -> str:
    return _("Promise missed: %(what)s by %(by)s") % {"what": _promised(event), "by": when(event.old)}


def _promise_withdrawn(event: Any, actor: str, when: Clock) -> str:
    names = {"actor": actor, "what": _promised(event), "by": when(event.old)}
    return with_reason(_("%(actor)s withdrew the promise of %(what)s by %(by)s") % names, event)


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


AGENT: dict[str, Callable[[Any, str, Clock], str]] = {
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

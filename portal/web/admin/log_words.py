"""What the security log says: a sentence for each kind of line, and changes as old → new."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from portal.core.words import _

SENTENCES: dict[str, str] = {
    "sign-in": _("signed in"),
    "sign-in.failed": _("failed to sign in"),
    "sign-out": _("signed out"),
    "password.changed": _("changed their own password"),
    "tickets.flood": _("Unusually many tickets are being opened"),
    "agent.added": _("added the agent %(name)s"),
    "agent.changed": _("changed the agent %(name)s"),
    "agent.password_set": _("set a new password for %(name)s"),
    "agent.deactivated": _("switched off the agent %(name)s"),
    "agent.activated": _("switched on the agent %(name)s"),
    "department.added": _("added the department %(name)s"),
    "department.changed": _("changed the department %(name)s"),
    "department.deleted": _("deleted the department %(name)s"),
    "team.added": _("added the team %(name)s"),
    "team.changed": _("changed the team %(name)s"),
    "team.deleted": _("deleted the team %(name)s"),
    "role.added": _("added the role %(name)s"),
    "role.changed": _("changed the role %(name)s"),
    "role.deleted": _("deleted the role %(name)s"),
    "topic.added": _("added the help topic %(name)s"),
    "topic.changed": _("changed the help topic %(name)s"),
    "topic.moved": _("moved the help topic %(name)s"),
    "topic.deleted": _("deleted the help topic %(name)s"),
    "status.added": _("added the status %(name)s"),
    "status.changed": _("changed the status %(name)s"),
    "status.moved": _("moved the status %(name)s"),
    "status.deleted": _("deleted the status %(name)s"),
    "priority.added": _("added the priority %(name)s"),
    "priority.changed": _("changed the priority %(name)s"),
    "priority.moved": _("moved the priority %(name)s"),
    "priority.deleted": _("deleted the priority %(name)s"),
    "organization.added": _("added the organization %(name)s"),
    "organization.changed": _("changed the organization %(name)s"),
    "organization.deleted": _("deleted the organization %(name)s"),
    "organization.member_added": _("added a member to %(name)s"),
    "organization.member_removed": _("took a member out of %(name)s"),
    "settings.changed": _("changed settings"),
}

LABELS: dict[str, str] = {
    "name": _("Name"),
    "address": _("Address"),
    "department": _("Department"),
    "role": _("Role"),
    "further_departments": _("Further departments"),
    "teams": _("Teams"),
    "limited_to_own": _("Limited to own"),
    "is_administrator": _("Administrator"),
    "is_active": _("Active"),
    "is_public": _("Public"),
    "was_customer": _("Was a customer"),
    "lead": _("Lead"),
    "members": _("Members"),
    "member": _("Member"),
    "organization": _("Organization"),
    "permissions": _("Permissions"),
    "parent_id": _("Below"),
    "description": _("Description"),
    "department_id": _("Department"),
    "priority_id": _("Priority"),
    "assignee": _("First assignee"),
    "resolution_rule": _("Resolution text"),
    "cause_rule": _("Root cause"),
    "position": _("Place"),
    "rank": _("Rank"),
    "state": _("State"),
    "pauses_clock": _("Pauses the clock"),
    "customer_text": _("What it is"),
    "next_text": _("What happens next"),
    "you_can_text": _("What they can do"),
    "shares_tickets": _("Shares tickets"),
    "site.name": _("Site name"),
    "site.time_zone": _("Time zone"),
    "tickets.claim_on_reply": _("Replying takes it"),
    "tickets.reopen_days": _("Reopen window"),
    "tickets.close_after_days": _("Close resolved after"),
    "tickets.trash_days": _("Keep the trash for"),
    "tickets.customer_may_close": _("Customers may close"),
    "tickets.default_topic_id": _("Default topic"),
    "tickets.default_department_id": _("Default department"),
    "tickets.open_per_address_hour": _("Tickets by address"),
    "tickets.open_per_network_hour": _("Tickets by network"),
    "tickets.trusted_networks": _("Trusted networks"),
    "sessions.agent_hours": _("Agents stay signed in for"),
    "sessions.agent_idle_minutes": _("Agents may be idle for"),
    "sessions.customer_days": _("Customers stay signed in for"),
    "sessions.customer_idle_days": _("Customers may be away for"),
}

Namer = Callable[[str, Any], str | None]


def sentence(kind: str, detail: Mapping[str, Any]) -> str:
    """The line in words, after the name of whoever did it; an unknown kind reads as it is stored."""
    words = SENTENCES.get(kind)
    return words % {"name": detail.get("name") or ""} if words else kind.replace(".", " ").replace("_", " ")


def change_lines(detail: Mapping[str, Any], name_of: Namer) -> list[tuple[str, str, str]]:
    """(what, old, new) of each value that changed; of lists only what went and what came, of new things what is set."""
    lines = []
    changes: Mapping[str, Any] = detail.get("changes") or {}
    is_new = all(old is None for old, _new in changes.values())
    for key, (old, new) in changes.items():
        if is_new and (new in (None, "", [], False) or key == "name"):
            continue
        if isinstance(old, list) and isinstance(new, list):
            gone, came = [v for v in old if v not in new], [v for v in new if v not in old]
            lines.append((LABELS.get(key, key), _joined(gone), _joined(came)))
        else:
            lines.append((LABELS.get(key, key), _shown(key, old, name_of), _shown(key, new, name_of)))
    return lines


def _joined(values: list[Any]) -> str:
    return ", ".join(str(value) for value in values)


def _shown(key: str, value: Any, name_of: Namer) -> str:
    if isinstance(value, bool):
        return _("on") if value else _("off")
    if value is None or value == "" or value == []:
        return ""
    if isinstance(value, list):
        return _joined(value)
    return name_of(key, value) or str(value)

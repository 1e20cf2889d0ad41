"""Which events the viewer may take back: the right of the change itself, as product.md section 3 asks."""

from __future__ import annotations

from typing import Any

from portal.people.actor import Actor
from portal.tickets import policy
from portal.tickets.actions import is_undoable
from portal.tickets.queries.next_statuses import status_permission
from portal.tickets.statuses import ticket_lists

_PERMISSIONS = {
    "priority": "ticket.edit",
    "due": "ticket.edit",
    "topic": "ticket.edit",
    "subject": "ticket.edit",
    "collaborator": "ticket.edit",
    "assignee": "ticket.assign",
    "department": "ticket.transfer",
    "customer": "ticket.customer",
    "promise": "ticket.reply",
    "referral": "ticket.refer",
    "link": "ticket.link",
    "merged": "ticket.merge",
    "merge": "ticket.merge",
    "trash": "ticket.delete",
}
"""By the event's field, what stands after a colon or dot left out."""


def may_undo(viewer: Actor, event: Any, ticket: Any) -> bool:
    """True when the viewer holds the right to make the change that takes this event back.

    `ticket` needs `state`, `department_id`, `deleted_at` and `merged_into_id`. A merged or trashed ticket takes back
    nothing but the merge or the trashing.
    """
    if not is_undoable(event.kind) or (event.kind == "promise.kept" and event.field != "promise.callback"):
        return False
    field = event.field.partition(":")[0].partition(".")[0]
    if ticket.deleted_at is not None and field != "trash":
        return False
    if ticket.merged_into_id is not None and field not in ("merge", "trash"):
        return False
    if field == "status":
        return _may_undo_status(viewer, event, ticket)
    permission = _PERMISSIONS.get(field)
    return permission is not None and policy.can(viewer, permission, ticket)


def _may_undo_status(viewer: Actor, event: Any, ticket: Any) -> bool:
    old = next((card for card in ticket_lists().statuses.values() if card.slug == event.old), None)
    return old is not None and policy.can(viewer, status_permission(ticket.state, old.state), ticket)

"""The list of permissions, with a sentence each, and the roles a new desk starts with (product.md section 4)."""

from __future__ import annotations

from portal.core.words import _

PERMISSIONS: dict[str, str] = {
    "ticket.create": _("Open tickets for customers."),
    "ticket.edit": _("Change priority, due time, topic, subject and collaborators."),
    "ticket.assign": _("Take, assign and release tickets."),
    "ticket.transfer": _("Move tickets to another department."),
    "ticket.refer": _("Let another agent, team or department see a ticket."),
    "ticket.reply": _("Reply to customers, promise times, set open and waiting statuses."),
    "ticket.note": _("Write internal notes."),
    "ticket.close": _("Resolve and close tickets."),
    "ticket.reopen": _("Reopen resolved and closed tickets."),
    "ticket.delete": _("Move tickets to the trash and back."),
    "ticket.merge": _("Merge tickets."),
    "ticket.link": _("Link tickets."),
    "ticket.customer": _("Change a ticket's customer."),
    "ticket.export": _("Export tickets."),
    "canned.manage": _("Manage canned replies."),
    "knowledge.manage": _("Manage help articles."),
    "ban.manage": _("Ban addresses."),
    "report.see": _("See reports."),
    "runbook.override": _("Resolve while required runbook steps are open."),
}

SHIPPED_ROLES: dict[str, list[str]] = {
    "All access": list(PERMISSIONS),
    "Expanded": [p for p in PERMISSIONS if p not in ("ticket.delete", "ban.manage", "runbook.override")],
    "Limited": [
        "ticket.create",
        "ticket.assign",
        "ticket.transfer",
        "ticket.refer",
        "ticket.reply",
        "ticket.note",
        "ticket.merge",
        "ticket.link",
    ],
    "View only": [],
}

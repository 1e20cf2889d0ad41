"""Where tickets use what administrators name, in words: what portal/people/usage.py asks before deleting anything."""

from __future__ import annotations

import json

from sqlalchemy import String, cast, func, literal, or_, select

from portal.core.database import db
from portal.core.words import _, ngettext
from portal.people.changes import setting_value
from portal.people.usage import MOST_COUNTED, NEEDS, SOFT_USES, WORDS
from portal.tickets.models import Event, HelpTopic, Referral

HISTORY_FIELDS = {
    "department": "department",
    "help_topic": "topic",
    "status": "status",
    "priority": "priority",
    "team": "assignee",
}
"""Table → the field of the events whose old and new values name its rows."""

SETTINGS = {"department": "tickets.default_department_id", "help_topic": "tickets.default_topic_id"}


def _history_values(table: str, row_id: int, slug: str) -> list[str]:
    """How an event's value names the row, as JSON text on either store."""
    if table == "team":
        return [f'%"team": {row_id}}}%', f'%"team":{row_id}}}%', f'%"team": {row_id},%']
    return [json.dumps(slug or row_id)]


def is_in_history(table: str, row_id: int, slug: str = "") -> bool:
    """True when the timeline of any ticket names the row: its events could not be read without it."""
    field = HISTORY_FIELDS.get(table)
    if field is None:
        return False
    values = _history_values(table, row_id, slug)
    texts = (cast(Event.old, String), cast(Event.new, String))
    found = select(literal(1)).where(Event.field == field, or_(*(t.like(v) for t in texts for v in values))).limit(1)
    return db.session.execute(found).first() is not None


def _soft_uses(table: str, row_id: int) -> list[str]:
    uses: list[str] = []
    if table in ("agent", "team", "department"):
        inner = (
            select(literal(1))
            .where(Referral.target_kind == table, Referral.target_id == row_id)
            .limit(MOST_COUNTED + 1)
        )
        number = db.session.execute(select(func.count()).select_from(inner.subquery())).scalar_one()
        if number:
            uses.append(ngettext("%(n)s referral", "%(n)s referrals", number) % {"n": number})
    if table in SETTINGS and setting_value(SETTINGS[table]) == row_id:
        uses.append(_("the settings"))
    if table in ("department", "help_topic", "team") and is_in_history(table, row_id):
        uses.append(_("the history of tickets"))
    return uses


def _needs(table: str, row_id: int) -> list[str]:
    """The active help topics that send new tickets to a department, team or agent."""
    columns = {"department": HelpTopic.department_id, "team": HelpTopic.team_id, "agent": HelpTopic.assignee_id}
    if table not in columns:
        return []
    names = db.session.execute(
        select(HelpTopic.name).where(columns[table] == row_id, HelpTopic.is_active).order_by(HelpTopic.name).limit(10)
    ).scalars()
    return [_("the help topic %(name)s") % {"name": name} for name in names]


WORDS.update(
    {
        "ticket.department_id": lambda n: ngettext("%(n)s ticket", "%(n)s tickets", n),
        "ticket.team_id": lambda n: ngettext("%(n)s ticket", "%(n)s tickets", n),
        "ticket.assignee_id": lambda n: ngettext("%(n)s ticket", "%(n)s tickets", n),
        "ticket.topic_id": lambda n: ngettext("%(n)s ticket", "%(n)s tickets", n),
        "ticket.status_id": lambda n: ngettext("%(n)s ticket", "%(n)s tickets", n),
        "ticket.priority_id": lambda n: ngettext("%(n)s ticket", "%(n)s tickets", n),
        "help_topic.department_id": lambda n: ngettext("%(n)s help topic", "%(n)s help topics", n),
        "help_topic.team_id": lambda n: ngettext("%(n)s help topic", "%(n)s help topics", n),
        "help_topic.priority_id": lambda n: ngettext("%(n)s help topic", "%(n)s help topics", n),
        "help_topic.parent_id": lambda n: ngettext("%(n)s topic below it", "%(n)s topics below it", n),
    }
)
SOFT_USES.append(_soft_uses)
NEEDS.append(_needs)

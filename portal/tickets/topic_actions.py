"""What administrators change of help topics: where a new ticket goes and what resolving it asks for."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from portal.core.database import db
from portal.core.errors import Refused
from portal.core.words import _
from portal.people.actor import Actor
from portal.people.changes import (
    delete_row,
    desk_change,
    existing,
    good_name,
    good_words,
    lock_row,
    names_of,
    note_change,
    refuse_taken_name,
    setting_value,
)
from portal.people.models import Agent, Department, Person, SecurityEvent, Team
from portal.people.setting_actions import SETTING_RULES
from portal.people.stale import merge_stale
from portal.people.usage import refuse_used
from portal.tickets.models import HelpTopic, Priority

RULES = ("none", "optional", "required")
DESCRIPTION_LENGTH = 2_000
MOST_LEVELS = 6
AT_THE_END = 1_000_000


@dataclass(frozen=True)
class TopicValues:
    """What a help topic is made of. `assignee`: an agent's id ("12"), a team's ("team:3"), or ""."""

    name: str
    department_id: int
    parent_id: int | None = None
    description: str = ""
    priority_id: int | None = None
    assignee: str = ""
    is_public: bool = True
    is_active: bool = True
    resolution_rule: str = "optional"
    cause_rule: str = "optional"


def topic_values(topic: HelpTopic) -> TopicValues:
    """The topic's values as they are stored."""
    assignee = str(topic.assignee_id) if topic.assignee_id else f"team:{topic.team_id}" if topic.team_id else ""
    return TopicValues(
        topic.name,
        topic.department_id,
        topic.parent_id,
        topic.description,
        topic.priority_id,
        assignee,
        topic.is_public,
        topic.is_active,
        topic.resolution_rule,
        topic.cause_rule,
    )


def _good_topic(values: TopicValues, old: TopicValues | None, besides: int | None) -> TopicValues:
    """The values cleaned. What is switched off may stay where it was, but not be picked anew."""
    name = good_name(values.name)
    siblings = select(HelpTopic.id, HelpTopic.name).where(HelpTopic.parent_id.is_not_distinct_from(values.parent_id))
    refuse_taken_name({row.id: row.name for row in db.session.execute(siblings)}, name, besides=besides)
    _refuse_circle(values.parent_id, besides)
    department = existing(Department, values.department_id, field="department_id")
    if department is None or not department.is_active:
        raise Refused(_("Pick a department that is switched on."), field="department_id")
    priority = existing(Priority, values.priority_id, field="priority_id")
    if priority is not None and not priority.is_active and (old is None or old.priority_id != priority.id):
        raise Refused(_("Pick a priority that is switched on."), field="priority_id")
    _read_assignee(values.assignee)
    if values.resolution_rule not in RULES or values.cause_rule not in RULES:
        raise Refused(_("Pick what resolving asks for from the list."), field="resolution_rule")
    return TopicValues(
        name,
        values.department_id,
        values.parent_id,
        good_words(values.description, field="description", most=DESCRIPTION_LENGTH),
        values.priority_id,
        values.assignee,
        values.is_public,
        values.is_active,
        values.resolution_rule,
        values.cause_rule,
    )


def _refuse_circle(parent_id: int | None, topic_id: int | None) -> None:
    """Raise Refused when the parent does not exist, is the topic itself or lies below it, or nests too deep."""
    parents = {row.id: row.parent_id for row in db.session.execute(select(HelpTopic.id, HelpTopic.parent_id))}
    level, current = 1, parent_id
    while current is not None:
        if current not in parents:
            raise Refused(_("What you picked does not exist any more. Pick again."), field="parent_id")
        if current == topic_id:
            raise Refused(_("A topic cannot lie below itself. Pick another parent."), field="parent_id")
        level, current = level + 1, parents[current]
        if level > MOST_LEVELS:
            raise Refused(_("Topics nest at most %(most)s levels deep.") % {"most": MOST_LEVELS}, field="parent_id")


def _read_assignee(text: str) -> tuple[int | None, int | None]:
    """(agent id, team id). Raises Refused for one that does not exist or is switched off."""
    kind, _colon, value = text.rpartition(":")
    if not text:
        return None, None
    if kind in ("", "team") and value.isascii() and value.isdigit() and len(value) < 10:
        row = existing(Team if kind else Agent, int(value), field="assignee")
        if row.is_active:
            return (None, row.id) if kind else (row.id, None)
    raise Refused(_("Pick an agent or team that is switched on."), field="assignee")


def _readable(values: TopicValues) -> dict[str, Any]:
    agent_id, team_id = _read_assignee_ids(values.assignee)
    agent = db.session.execute(
        select(Person.name).join(Agent, Agent.person_id == Person.id).where(Agent.id == agent_id)
    ).scalar()
    return {
        **asdict(values),
        "department_id": names_of(Department).get(values.department_id),
        "parent_id": names_of(HelpTopic).get(values.parent_id or 0),
        "priority_id": names_of(Priority).get(values.priority_id or 0),
        "assignee": agent or names_of(Team).get(team_id or 0),
    }


def _read_assignee_ids(text: str) -> tuple[int | None, int | None]:
    kind, _colon, value = text.rpartition(":")
    return (None, int(value)) if kind else (int(value) if value else None, None)


def _put(topic: HelpTopic, values: TopicValues) -> None:
    plain = asdict(values)
    topic.assignee_id, topic.team_id = _read_assignee_ids(plain.pop("assignee"))
    for field, value in plain.items():
        setattr(topic, field, value)


def _in_order() -> list[HelpTopic]:
    order = (HelpTopic.position, HelpTopic.name, HelpTopic.id)
    return list(db.session.execute(select(HelpTopic).order_by(*order)).scalars())


def _renumber(topics: list[HelpTopic]) -> None:
    """Number the topics as a reader walks them: each one followed by those below it."""
    below: dict[int | None, list[HelpTopic]] = {}
    for topic in topics:
        below.setdefault(topic.parent_id, []).append(topic)
    number, waiting = 0, list(reversed(below.get(None, [])))
    while waiting:
        topic, number = waiting.pop(), number + 1
        topic.position = number
        waiting += reversed(below.get(topic.id, []))
    db.session.flush()


def add_topic(values: TopicValues, *, by: Actor, now: datetime) -> HelpTopic:
    """Add a help topic after its siblings. Raises Refused, naming the field, for bad values."""
    with desk_change(by):
        new = _good_topic(values, None, None)
        topic = HelpTopic(position=AT_THE_END)
        _put(topic, new)
        db.session.add(topic)
        db.session.flush()
        _renumber(_in_order())
        note_change("topic.added", subject_id=topic.id, name=new.name, new=_readable(new), by=by, now=now)
    return topic


def change_topic_values(
    topic: HelpTopic, values: TopicValues, *, by: Actor, now: datetime, seen: str | None = None
) -> SecurityEvent | None:
    """Change a help topic; None when nothing differs.

    Raises Conflict, and Refused for bad values, a circle of parents, or switching off the desk's default topic.
    """
    with desk_change(by):
        lock_row(topic)
        old = topic_values(topic)
        values = merge_stale("topic", topic.id, old, values, seen)
        new = _good_topic(values, old, topic.id)
        if new == old:
            return None
        if old.is_active and not new.is_active and setting_value("tickets.default_topic_id") == topic.id:
            raise Refused(
                _("Tickets without a topic get this one. Pick another one in the settings first."), field="is_active"
            )
        _put(topic, new)
        if new.parent_id != old.parent_id:
            topic.position = AT_THE_END
            db.session.flush()
            _renumber(_in_order())
        return note_change(
            "topic.changed", subject_id=topic.id, name=new.name, old=_readable(old), new=_readable(new), by=by, now=now
        )


def move_topic(topic: HelpTopic, step: int, *, by: Actor, now: datetime) -> SecurityEvent | None:
    """Move a topic up (`step` -1) or down (1) among those with the same parent; None at the end."""
    with desk_change(by):
        lock_row(topic)
        topics = _in_order()
        siblings = [row for row in topics if row.parent_id == topic.parent_id]
        place = siblings.index(topic)
        if not 0 <= place + step < len(siblings):
            return None
        siblings.insert(place + step, siblings.pop(place))
        _renumber(siblings + [row for row in topics if row.parent_id != topic.parent_id])
        return note_change(
            "topic.moved",
            subject_id=topic.id,
            name=topic.name,
            old={"position": place + 1},
            new={"position": place + step + 1},
            by=by,
            now=now,
        )


def delete_topic(topic: HelpTopic, *, by: Actor, now: datetime) -> SecurityEvent:
    """Delete a topic that no ticket, topic or setting uses. Raises Refused, saying where it is used."""
    with desk_change(by):
        lock_row(topic)
        refuse_used("help_topic", topic.id, topic.name)
        return delete_row(topic, "topic.deleted", by=by, now=now)


def _default_topic(value: Any, name: str) -> int | None:
    topic = existing(HelpTopic, value, field=name)
    if topic is not None and not topic.is_active:
        raise Refused(_("Pick a topic that is switched on."), field=name)
    return topic and topic.id


SETTING_RULES["tickets.default_topic_id"] = _default_topic

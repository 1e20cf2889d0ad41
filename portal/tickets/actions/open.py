"""Opening a ticket, by its customer or by an agent on behalf."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from portal.core.clock import FAR_FUTURE
from portal.core.database import db, transaction
from portal.core.desk_settings import desk_setting
from portal.core.errors import Forbidden, Refused
from portal.core.files import KeptFile
from portal.core.words import _
from portal.people.actor import Actor
from portal.people.desk import desk
from portal.people.models import Person
from portal.tickets.facts import place
from portal.tickets.guards import good_subject, good_text
from portal.tickets.history import record
from portal.tickets.models import Ticket
from portal.tickets.numbers import take_number
from portal.tickets.policy import require
from portal.tickets.search_text import index_ticket
from portal.tickets.statuses import CHANNELS, ENDED_STATES, TopicCard, ticket_lists


@dataclass(frozen=True)
class NewTicket:
    """A request to open a ticket, the same from every channel.

    `assignee` as in `assign`; `priority` and `status` are slugs; `tell` sends the customer a confirmation; `files`
    belong to the message; `is_address_proven` is False for a guest whose address nobody has proven yet.
    """

    subject: str
    message: str
    customer_id: int
    channel: str = "web"
    topic_id: int | None = None
    department_id: int | None = None
    priority: str | None = None
    assignee: str = ""
    due_at: datetime | None = None
    status: str | None = None
    reply: str = ""
    note: str = ""
    files: Sequence[KeptFile] = ()
    tell: bool = True
    is_address_proven: bool = True


def topic_for(topic_id: int | None, *, by: Actor) -> TopicCard | None:
    """The topic a ticket is opened under: the one named, else the desk's default. Raises Refused for a wrong one."""
    topics = ticket_lists().topics
    if topic_id is None:
        topic_id = desk_setting("tickets.default_topic_id")
        topic = topics.get(topic_id or 0)
        return topic if topic is not None and topic.is_active else None
    topic = topics.get(topic_id)
    if topic is None or not topic.is_active or not (topic.is_public or by.is_agent or by.kind == "system"):
        raise Refused(_("Pick what it is about from the list."), field="topic")
    return topic


def department_for(new: NewTicket, topic: TopicCard | None) -> int:
    """The department: named, else the topic's, else the desk's default, else the first active one."""
    departments = desk().departments
    for candidate in (
        new.department_id,
        topic.department_id if topic else None,
        desk_setting("tickets.default_department_id"),
    ):
        if candidate is not None and candidate in departments and departments[candidate].is_active:
            return candidate
    for department in departments.values():
        if department.is_active:
            return department.id
    raise Refused(_("This desk has no department yet. An administrator adds one."))


def open_ticket(new: NewTicket, *, by: Actor, now: datetime) -> Ticket:
    """Open a ticket: number given, topic applied, message written, confirmation and alerts queued.

    An agent's first reply, note, assignee, status and due time are part of the same transaction. Raises Refused and
    Forbidden; nothing is half made then.
    """
    from portal.tickets.actions.assignment import assign, set_assignee
    from portal.tickets.actions.entries import add_note, reply, write_entry
    from portal.tickets.actions.status import change_status

    subject = good_subject(new.subject)
    message = good_text(new.message, field="message", may_be_empty=bool(new.files)) or _("(files only)")
    if new.channel not in CHANNELS:
        raise Refused(_("Pick how the customer reached you from the list."), field="channel")
    if new.due_at is not None and new.due_at <= now:
        raise Refused(_("This time has passed. Pick one that is still to come."), field="due_at")
    lists = ticket_lists()
    topic = topic_for(new.topic_id, by=by)
    priority = lists.priorities.get(topic.priority_id or 0) if topic else None
    if new.priority:
        priority = lists.priority(new.priority)
    priority = priority or lists.default_priority()
    status = next((card for card in lists.statuses.values() if card.slug == "new"), lists.first_status("open"))
    with transaction():
        customer = db.session.execute(select(Person.id, Person.name).where(Person.id == new.customer_id)).one()
        ticket = Ticket(
            number=take_number(),
            subject=subject,
            customer_id=customer.id,
            topic_id=topic.id if topic else None,
            department_id=department_for(new, topic),
            status_id=status.id,
            state=status.state,
            shelf=status.state,
            is_active=True,
            is_listed=True,
            priority_id=priority.id,
            priority_rank=priority.rank,
            channel=new.channel,
            is_address_proven=new.is_address_proven,
            due_at=new.due_at,
            due_sort=new.due_at or FAR_FUTURE,
            created_at=now,
            updated_at=now,
            last_message_at=now,
            preview="",
            stage=1,
            version=1,
            resolution="",
            cause="",
            is_answered=False,
            reopened_count=0,
            is_reopened=False,
            rating_comment="",
        )
        place(ticket)
        if by.is_agent:
            require(by, "ticket.create", ticket)
        elif by.kind not in ("customer", "guest", "system"):
            raise Forbidden(_("You may not open tickets."))
        db.session.add(ticket)
        db.session.flush()
        author = by if not by.is_agent else Actor(kind="customer", name=customer.name, person_id=customer.id)
        index_ticket(ticket)
        entry = write_entry(ticket, "message", message, by=author, now=now, channel=new.channel, files=new.files)
        record(
            ticket,
            "ticket.opened",
            by=by,
            now=now,
            is_public=True,
            entry_id=entry.id,
            data={"channel": new.channel, "tell": new.tell, "on_behalf": by.is_agent},
        )
        _apply_rest(ticket, new, topic, by=by, now=now, steps=(assign, set_assignee, add_note, reply, change_status))
    return ticket


def _apply_rest(
    ticket: Ticket, new: NewTicket, topic: TopicCard | None, *, by: Actor, now: datetime, steps: tuple
) -> None:
    assign, set_assignee, add_note, reply, change_status = steps
    if new.assignee:
        assign(ticket, new.assignee, by=by, now=now)
    elif topic is not None and (topic.assignee_id or topic.team_id):
        card = desk().agents.get(topic.assignee_id or 0)
        set_assignee(
            ticket,
            card.id if card is not None and card.is_active else None,
            topic.team_id,
            by=Actor(kind="rule", name=topic.name),
            now=now,
        )
    if new.note:
        add_note(ticket, new.note, by=by, now=now)
    if new.reply:
        reply(ticket, new.reply, by=by, now=now, status=new.status or None)
    elif new.status and new.status != "new":
        status = ticket_lists().status(new.status)
        if status.id != ticket.status_id:
            if status.state in ENDED_STATES and not by.is_agent:
                raise Forbidden(_("You may not set this status."))
            change_status(ticket, new.status, by=by, now=now)

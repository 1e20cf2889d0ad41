"""What an empty database starts with: statuses, priorities, roles, one department, one topic (product.md section 3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from portal.core.database import db, transaction
from portal.core.desk_settings import touch_desk
from portal.core.words import _
from portal.people.models import Department, Role
from portal.people.permissions import SHIPPED_ROLES
from portal.tickets.models import HelpTopic, Priority, Status


@dataclass(frozen=True)
class DefaultStatus:
    """A status a new desk has; the texts are what a customer reads (customer_words.py fills the placeholders)."""

    slug: str
    name: str
    state: str
    position: int
    pauses_clock: bool
    customer_text: str
    next_text: str
    you_can_text: str


@dataclass(frozen=True)
class DefaultPriority:
    """A priority a new desk has."""

    slug: str
    name: str
    rank: int


DEFAULT_STATUSES: tuple[DefaultStatus, ...] = (
    DefaultStatus(
        "new",
        _("New"),
        "open",
        1,
        False,
        _("We have your message."),
        _("Somebody looks at it by {by}."),
        _("add details or a picture"),
    ),
    DefaultStatus(
        "open",
        _("Open"),
        "open",
        2,
        False,
        _("{agent} is looking after this."),
        _("You hear from us by {by}."),
        _("write to us here"),
    ),
    DefaultStatus(
        "in-progress",
        _("In progress"),
        "open",
        3,
        False,
        _("We are working on it: {step}."),
        _("Next news by {by}."),
        _("nothing needed"),
    ),
    DefaultStatus(
        "waiting-on-customer",
        _("Waiting on customer"),
        "waiting",
        4,
        True,
        _("We need something from you."),
        _("We go on as soon as you answer; we ask again on {date}."),
        _("answer below"),
    ),
    DefaultStatus(
        "waiting-on-third-party",
        _("Waiting on third party"),
        "waiting",
        5,
        True,
        _("We wait for {party}."),
        _("We check again by {by}."),
        _("nothing needed"),
    ),
    DefaultStatus(
        "resolved",
        _("Resolved"),
        "resolved",
        6,
        True,
        _("We think it is solved: {resolution}."),
        _("It closes by itself on {date}."),
        _("*It works, close it* · *It still does not work*"),
    ),
    DefaultStatus(
        "closed",
        _("Closed"),
        "closed",
        7,
        True,
        _("Done."),
        "",
        _("*Still a problem?* until {date}"),
    ),
)

DEFAULT_PRIORITIES: tuple[DefaultPriority, ...] = (
    DefaultPriority("low", _("Low"), 1),
    DefaultPriority("normal", _("Normal"), 2),
    DefaultPriority("high", _("High"), 3),
    DefaultPriority("urgent", _("Urgent"), 4),
)

DEFAULT_DEPARTMENT = _("Support")
DEFAULT_TOPIC = _("General")


def create_defaults(now: datetime) -> bool:
    """Fill what an empty database lacks, each kind of thing only when there is none of it, in one transaction.

    Gives True when anything was made. `now` is there for callers that stamp; nothing made here has a time.
    """
    with transaction():
        made = [_make_statuses(), _make_priorities(), _make_roles(), _make_department(), _make_topic()]
        if any(made):
            touch_desk()
    return any(made)


def _is_empty(model: type) -> bool:
    return db.session.execute(select(model).limit(1)).first() is None


def _make_statuses() -> bool:
    if not _is_empty(Status):
        return False
    for default in DEFAULT_STATUSES:
        db.session.add(
            Status(
                slug=default.slug,
                name=default.name,
                state=default.state,
                position=default.position,
                pauses_clock=default.pauses_clock,
                customer_text=default.customer_text,
                next_text=default.next_text,
                you_can_text=default.you_can_text,
            )
        )
    db.session.flush()
    return True


def _make_priorities() -> bool:
    if not _is_empty(Priority):
        return False
    for default in DEFAULT_PRIORITIES:
        db.session.add(Priority(slug=default.slug, name=default.name, rank=default.rank))
    db.session.flush()
    return True


def _make_roles() -> bool:
    if not _is_empty(Role):
        return False
    for name, permissions in SHIPPED_ROLES.items():
        db.session.add(Role(name=name, permissions=list(permissions)))
    db.session.flush()
    return True


def _make_department() -> bool:
    if not _is_empty(Department):
        return False
    db.session.add(Department(name=DEFAULT_DEPARTMENT))
    db.session.flush()
    return True


def _make_topic() -> bool:
    if not _is_empty(HelpTopic):
        return False
    department_id = db.session.execute(select(Department.id).order_by(Department.id).limit(1)).scalar_one()
    db.session.add(HelpTopic(name=DEFAULT_TOPIC, department_id=department_id, position=1))
    db.session.flush()
    return True

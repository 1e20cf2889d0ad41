"""The ticket itself, and the register of numbers ever given."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.clock import FAR_FUTURE
from portal.core.database import Base, UtcDateTime


class NumberTaken(Base):
    """A number that was given once and never again, also after its ticket was purged (cases C56)."""

    __tablename__ = "number_taken"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)


def _orders(
    family: str,
    *first: str,
    where: str = "",
    due: str = "due_sort",
    then: tuple[str, ...] = (),
    counted: tuple[str, ...] = (),
) -> tuple[Index, ...]:
    """One index an order of a queue (by due time, last change, priority, opening), for one way a queue selects.

    `first` is what the queue asks to be equal, `where` keeps the index to the rows it can show, `then` is read from
    the index while walking it, `counted` too where the queue is counted. queues/shipped.py has the queues.
    """
    on_sqlite = where.replace("is_active", "is_active = 1")
    partial = {"sqlite_where": text(on_sqlite), "postgresql_where": text(where)} if where else {}
    orders = {"due": (due,), "updated": ("updated_at",), "priority": ("priority_rank",), "opened": ()}
    found = []
    for name, columns in orders.items():
        further = (*then, *counted) if name == "opened" else then
        names = dict.fromkeys((*first, *columns, "id", *further))
        found.append(Index(f"ix_ticket_{family}_{name}", *names, **partial))  # type: ignore[arg-type]
    return tuple(found)


class Ticket(Base):
    """One request. Columns from `shelf` on are kept by actions so that lists need no computing:

    - `shelf`: the state while listed, else `merged` or `trash`; `is_active`: listed and open or waiting;
      `is_listed`: neither merged nor in the trash
    - `promise_due_at`: earliest promise that is open, or missed and unanswered; `due_sort`: the earlier of `due_at`
      and it, far future without
    - `stage` 1 to 4 and the instant each stop was last reached (product.md section 3)
    - `ended_at`: last time it became resolved or closed; the reopen window counts from it
    - `version`: grows by one with every event; the mapper refuses to overwrite a newer one
    """

    __tablename__ = "ticket"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    subject: Mapped[str] = mapped_column(Text)
    customer_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    topic_id: Mapped[int | None] = mapped_column(ForeignKey("help_topic.id"))
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"))
    status_id: Mapped[int] = mapped_column(ForeignKey("status.id"))
    priority_id: Mapped[int] = mapped_column(ForeignKey("priority.id"))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    channel: Mapped[str] = mapped_column(String(10))
    is_address_proven: Mapped[bool] = mapped_column(default=True)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    resolution: Mapped[str] = mapped_column(Text, default="")
    cause: Mapped[str] = mapped_column(Text, default="")
    is_answered: Mapped[bool] = mapped_column(default=False)
    first_replied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_message_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_reply_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reopened_count: Mapped[int] = mapped_column(default=0)
    is_reopened: Mapped[bool] = mapped_column(default=False)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    rating: Mapped[int | None] = mapped_column()
    rating_comment: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)

    state: Mapped[str] = mapped_column(String(10))
    shelf: Mapped[str] = mapped_column(String(10))
    is_active: Mapped[bool] = mapped_column(default=True)
    is_listed: Mapped[bool] = mapped_column(default=True)
    priority_rank: Mapped[int] = mapped_column(default=2)
    promise_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    due_sort: Mapped[datetime] = mapped_column(UtcDateTime, default=FAR_FUTURE)
    preview: Mapped[str] = mapped_column(String(200), default="")
    stage: Mapped[int] = mapped_column(default=1)
    assigned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    working_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    solved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version, "version_id_generator": False}
    __table_args__ = (
        *_orders("shelf", "shelf", then=("is_answered",), counted=("department_id", "assignee_id", "team_id")),
        *_orders("kept", where="deleted_at IS NULL"),
        *_orders("active", where="is_active", then=("due_sort",)),
        *_orders("unassigned", where="is_active AND assignee_id IS NULL AND team_id IS NULL"),
        *_orders("mine", "assignee_id", where="is_active AND assignee_id IS NOT NULL"),
        *_orders("team", "team_id", where="is_active AND assignee_id IS NULL AND team_id IS NOT NULL"),
        *_orders("promised", where="is_active AND promise_due_at IS NOT NULL", due="promise_due_at"),
        Index("ix_ticket_customer", "customer_id", "updated_at", "id"),
        Index("ix_ticket_autoclose", "shelf", "ended_at"),
        Index(
            "ix_ticket_trash",
            "deleted_at",
            sqlite_where=text("deleted_at IS NOT NULL"),
            postgresql_where=text("deleted_at IS NOT NULL"),
        ),
    )

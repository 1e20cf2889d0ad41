"""What administrators name: statuses, priorities, help topics (product.md section 3)."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Base


class Status(Base):
    """A named status of one state. The three texts are what a customer reads (spec/incidents.md section 7)."""

    __tablename__ = "status"
    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(10))
    position: Mapped[int] = mapped_column(default=0)
    is_active: Mapped[bool] = mapped_column(default=True)
    pauses_clock: Mapped[bool] = mapped_column(default=False)
    customer_text: Mapped[str] = mapped_column(Text, default="")
    next_text: Mapped[str] = mapped_column(Text, default="")
    you_can_text: Mapped[str] = mapped_column(Text, default="")


class Priority(Base):
    """How urgent; `rank` grows with urgency (Low 1 … Urgent 4) and is what lists are ordered by."""

    __tablename__ = "priority"
    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    rank: Mapped[int] = mapped_column(default=2)
    is_active: Mapped[bool] = mapped_column(default=True)


class HelpTopic(Base):
    """What a customer picks; decides department, priority, first assignee and what resolving asks for.

    `resolution_rule` and `cause_rule`: none, optional or required.
    """

    __tablename__ = "help_topic"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text, default="")
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("help_topic.id"))
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"))
    priority_id: Mapped[int | None] = mapped_column(ForeignKey("priority.id"))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    is_public: Mapped[bool] = mapped_column(default=True)
    is_active: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int] = mapped_column(default=0)
    resolution_rule: Mapped[str] = mapped_column(String(10), default="optional")
    cause_rule: Mapped[str] = mapped_column(String(10), default="optional")

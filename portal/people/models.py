"""Tables of people and of the desk's structure (product.md sections 2 and 4)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Base, UtcDateTime


class Organization(Base):
    """A company or branch that customers belong to; `shares_tickets` lets its members see each other's."""

    __tablename__ = "organization"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    shares_tickets: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Person(Base):
    """Anybody who writes: a customer, or an agent when a row in `agent` points here."""

    __tablename__ = "person"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    phone: Mapped[str] = mapped_column(String(50), default="")
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"), index=True)
    time_zone: Mapped[str] = mapped_column(String(64), default="")
    password_hash: Mapped[str] = mapped_column(String(200), default="")
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PersonAddress(Base):
    """An e-mail address of a person. `address_key` is how it is compared; `proven_at` is set by a mailed link."""

    __tablename__ = "person_address"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    address: Mapped[str] = mapped_column(String(254))
    address_key: Mapped[str] = mapped_column(String(320), unique=True)
    is_main: Mapped[bool] = mapped_column(default=True)
    proven_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Role(Base):
    """A named set of permissions (people/permissions.py), held by an agent in a department."""

    __tablename__ = "role"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    permissions: Mapped[list[str]] = mapped_column(JSON, default=list)


class Department(Base):
    """Where tickets live; agents see the tickets of theirs. `is_public` shows its name to customers."""

    __tablename__ = "department"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    is_public: Mapped[bool] = mapped_column(default=True)
    is_active: Mapped[bool] = mapped_column(default=True)


class Team(Base):
    """Agents across departments who can be given a ticket together."""

    __tablename__ = "team"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    lead_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id", use_alter=True))
    is_active: Mapped[bool] = mapped_column(default=True)


class Agent(Base):
    """A person who answers. `role_id` holds in the primary department; further ones are in `agent_department`."""

    __tablename__ = "agent"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), unique=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"))
    role_id: Mapped[int] = mapped_column(ForeignKey("role.id"))
    is_administrator: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)
    limited_to_own: Mapped[bool] = mapped_column(default=False)
    default_queue: Mapped[str] = mapped_column(String(60), default="")
    signature: Mapped[str] = mapped_column(Text, default="")


class AgentDepartment(Base):
    """A further department of an agent and the role held there."""

    __tablename__ = "agent_department"
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"), primary_key=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"), primary_key=True)
    role_id: Mapped[int] = mapped_column(ForeignKey("role.id"))


class TeamMember(Base):
    """Membership of an agent in a team."""

    __tablename__ = "team_member"
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"), primary_key=True, index=True)


class WebSession(Base):
    """A browser that is signed in as a person (`ticket_id` empty) or holds a secure link (that one ticket).

    Lives on the server; the browser holds only a random token, of which the hash is kept (reliability.md S2).
    """

    __tablename__ = "web_session"
    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    ticket_id: Mapped[int | None] = mapped_column()
    link_id: Mapped[int | None] = mapped_column(ForeignKey("access_link.id"))
    is_agent: Mapped[bool] = mapped_column(default=False)
    user_agent: Mapped[str] = mapped_column(String(200), default="")
    network: Mapped[str] = mapped_column(String(64), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class AccessLink(Base):
    """A secure ticket link (`purpose` ticket) or a magic link (`purpose` sign-in). Only the hash is kept.

    `is_mailed` says that it reached the person by mail only, so that using it proves the address.
    """

    __tablename__ = "access_link"
    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    purpose: Mapped[str] = mapped_column(String(20))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    address_id: Mapped[int | None] = mapped_column(ForeignKey("person_address.id"))
    ticket_id: Mapped[int | None] = mapped_column(index=True)
    is_mailed: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SecurityEvent(Base):
    """Sign-ins, failures, changes of rights and of the desk: who, when, from where (reliability.md S5)."""

    __tablename__ = "security_event"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40), index=True)
    person_id: Mapped[int | None] = mapped_column(index=True)
    actor_name: Mapped[str] = mapped_column(String(200), default="")
    network: Mapped[str] = mapped_column(String(64), default="")
    detail: Mapped[dict] = mapped_column(JSON, default=dict)
    happened_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


__all__ = [
    "AccessLink",
    "Agent",
    "AgentDepartment",
    "Department",
    "Organization",
    "Person",
    "PersonAddress",
    "Role",
    "SecurityEvent",
    "Team",
    "TeamMember",
    "WebSession",
]

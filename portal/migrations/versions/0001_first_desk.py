"""The first desk: every table, its indexes, and the full-text index over tickets' words."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make everything in an empty database."""
    _setting()
    _outbox()
    _counted_try()
    _first_result()
    _kept_form()
    _stored_file()
    _job()
    _organization()
    _person()
    _person_address()
    _role()
    _department()
    _agent()
    _team()
    _agent_department()
    _team_member()
    _access_link()
    _web_session()
    _security_event()
    _status()
    _priority()
    _help_topic()
    _number_taken()
    _ticket()
    _collaborator()
    _referral()
    _mention()
    _ticket_link()
    _entry()
    _attachment()
    _event()
    _promise()
    _ticket_text()
    for statement in _SQLITE_SEARCH if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL_SEARCH:
        op.get_bind().exec_driver_sql(statement)


def _setting() -> None:
    op.create_table(
        "setting",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_setting")),
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("letter", sa.String(length=60), nullable=False),
        sa.Column("delivery_id", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.Column("event_id", sa.Integer(), nullable=True),
        sa.Column("entry_id", sa.Integer(), nullable=True),
        sa.Column("context", sa.JSON(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease", sa.String(length=64), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("delivery_id", name=op.f("uq_outbox_delivery_id")),
    )
    op.create_index(op.f("ix_outbox_person_id"), "outbox", ["person_id"], unique=False)
    op.create_index("ix_outbox_state_next_try_at", "outbox", ["state", "next_try_at", "id"], unique=False)
    op.create_index(op.f("ix_outbox_ticket_id"), "outbox", ["ticket_id"], unique=False)


def _counted_try() -> None:
    op.create_table(
        "counted_try",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("bucket", sa.String(length=64), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counted_try")),
    )
    op.create_index("ix_counted_try_bucket_happened_at", "counted_try", ["bucket", "happened_at"], unique=False)
    op.create_index(op.f("ix_counted_try_happened_at"), "counted_try", ["happened_at"], unique=False)


def _first_result() -> None:
    op.create_table(
        "first_result",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("result", sa.String(length=500), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_first_result")),
    )
    op.create_index(op.f("ix_first_result_created_at"), "first_result", ["created_at"], unique=False)


def _kept_form() -> None:
    op.create_table(
        "kept_form",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=500), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_kept_form")),
    )
    op.create_index(op.f("ix_kept_form_created_at"), "kept_form", ["created_at"], unique=False)


def _stored_file() -> None:
    op.create_table(
        "stored_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_file")),
        sa.UniqueConstraint("sha256", name=op.f("uq_stored_file_sha256")),
    )


def _job() -> None:
    op.create_table(
        "job",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("next_run_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_run_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seconds", sa.Double(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("lease", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_job")),
    )


def _organization() -> None:
    op.create_table(
        "organization",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("shares_tickets", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization")),
        sa.UniqueConstraint("name", name=op.f("uq_organization_name")),
    )


def _person() -> None:
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("phone", sa.String(length=50), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=True),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_person_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    op.create_index(op.f("ix_person_organization_id"), "person", ["organization_id"], unique=False)


def _person_address() -> None:
    op.create_table(
        "person_address",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("address_key", sa.String(length=320), nullable=False),
        sa.Column("is_main", sa.Boolean(), nullable=False),
        sa.Column("proven_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_person_address_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_address")),
        sa.UniqueConstraint("address_key", name=op.f("uq_person_address_address_key")),
    )
    op.create_index(op.f("ix_person_address_person_id"), "person_address", ["person_id"], unique=False)


def _role() -> None:
    op.create_table(
        "role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("permissions", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role")),
        sa.UniqueConstraint("name", name=op.f("uq_role_name")),
    )


def _department() -> None:
    op.create_table(
        "department",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_department")),
        sa.UniqueConstraint("name", name=op.f("uq_department_name")),
    )


def _agent() -> None:
    op.create_table(
        "agent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.Column("is_administrator", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("limited_to_own", sa.Boolean(), nullable=False),
        sa.Column("default_queue", sa.String(length=60), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_agent_department_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_agent_person_id")),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name=op.f("fk_agent_role_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent")),
        sa.UniqueConstraint("person_id", name=op.f("uq_agent_person_id")),
    )


def _team() -> None:
    op.create_table(
        "team",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("lead_id", sa.Integer(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["agent.id"], name=op.f("fk_team_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        sa.UniqueConstraint("name", name=op.f("uq_team_name")),
    )


def _agent_department() -> None:
    op.create_table(
        "agent_department",
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_agent_department_agent_id")),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_agent_department_department_id")),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name=op.f("fk_agent_department_role_id")),
        sa.PrimaryKeyConstraint("agent_id", "department_id", name=op.f("pk_agent_department")),
    )


def _team_member() -> None:
    op.create_table(
        "team_member",
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_team_member_agent_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_team_member_team_id")),
        sa.PrimaryKeyConstraint("team_id", "agent_id", name=op.f("pk_team_member")),
    )
    op.create_index(op.f("ix_team_member_agent_id"), "team_member", ["agent_id"], unique=False)


def _access_link() -> None:
    op.create_table(
        "access_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("address_id", sa.Integer(), nullable=True),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.Column("is_mailed", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["address_id"], ["person_address.id"], name=op.f("fk_access_link_address_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_access_link_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_access_link_token_hash")),
    )
    op.create_index(op.f("ix_access_link_expires_at"), "access_link", ["expires_at"], unique=False)
    op.create_index(op.f("ix_access_link_person_id"), "access_link", ["person_id"], unique=False)
    op.create_index(op.f("ix_access_link_ticket_id"), "access_link", ["ticket_id"], unique=False)


def _web_session() -> None:
    op.create_table(
        "web_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.Column("link_id", sa.Integer(), nullable=True),
        sa.Column("is_agent", sa.Boolean(), nullable=False),
        sa.Column("user_agent", sa.String(length=200), nullable=False),
        sa.Column("network", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["access_link.id"], name=op.f("fk_web_session_link_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_web_session_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_web_session_token_hash")),
    )
    op.create_index(op.f("ix_web_session_expires_at"), "web_session", ["expires_at"], unique=False)
    op.create_index(op.f("ix_web_session_person_id"), "web_session", ["person_id"], unique=False)


def _security_event() -> None:
    op.create_table(
        "security_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.String(length=200), nullable=False),
        sa.Column("network", sa.String(length=64), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_security_event")),
    )
    op.create_index(op.f("ix_security_event_happened_at"), "security_event", ["happened_at"], unique=False)
    op.create_index(op.f("ix_security_event_kind"), "security_event", ["kind"], unique=False)
    op.create_index(op.f("ix_security_event_person_id"), "security_event", ["person_id"], unique=False)


def _status() -> None:
    op.create_table(
        "status",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("pauses_clock", sa.Boolean(), nullable=False),
        sa.Column("customer_text", sa.Text(), nullable=False),
        sa.Column("next_text", sa.Text(), nullable=False),
        sa.Column("you_can_text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status")),
        sa.UniqueConstraint("slug", name=op.f("uq_status_slug")),
    )


def _priority() -> None:
    op.create_table(
        "priority",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_priority")),
        sa.UniqueConstraint("slug", name=op.f("uq_priority_slug")),
    )


def _help_topic() -> None:
    op.create_table(
        "help_topic",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("priority_id", sa.Integer(), nullable=True),
        sa.Column("assignee_id", sa.Integer(), nullable=True),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("resolution_rule", sa.String(length=10), nullable=False),
        sa.Column("cause_rule", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(["assignee_id"], ["agent.id"], name=op.f("fk_help_topic_assignee_id")),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_help_topic_department_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["help_topic.id"], name=op.f("fk_help_topic_parent_id")),
        sa.ForeignKeyConstraint(["priority_id"], ["priority.id"], name=op.f("fk_help_topic_priority_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_help_topic_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_help_topic")),
    )


def _number_taken() -> None:
    op.create_table(
        "number_taken",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number_taken")),
        sa.UniqueConstraint("number", name=op.f("uq_number_taken_number")),
    )


def _ticket() -> None:
    op.create_table(
        "ticket",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("topic_id", sa.Integer(), nullable=True),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("status_id", sa.Integer(), nullable=False),
        sa.Column("priority_id", sa.Integer(), nullable=False),
        sa.Column("assignee_id", sa.Integer(), nullable=True),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("is_address_proven", sa.Boolean(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolution", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("is_answered", sa.Boolean(), nullable=False),
        sa.Column("first_replied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_message_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_reply_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reopened_count", sa.Integer(), nullable=False),
        sa.Column("is_reopened", sa.Boolean(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("merged_into_id", sa.Integer(), nullable=True),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("rating_comment", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("shelf", sa.String(length=10), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("is_listed", sa.Boolean(), nullable=False),
        sa.Column("priority_rank", sa.Integer(), nullable=False),
        sa.Column("promise_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_sort", sa.DateTime(timezone=True), nullable=False),
        sa.Column("preview", sa.String(length=200), nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("working_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("solved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["assignee_id"], ["agent.id"], name=op.f("fk_ticket_assignee_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["person.id"], name=op.f("fk_ticket_customer_id")),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_ticket_department_id")),
        sa.ForeignKeyConstraint(["merged_into_id"], ["ticket.id"], name=op.f("fk_ticket_merged_into_id")),
        sa.ForeignKeyConstraint(["priority_id"], ["priority.id"], name=op.f("fk_ticket_priority_id")),
        sa.ForeignKeyConstraint(["status_id"], ["status.id"], name=op.f("fk_ticket_status_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_ticket_team_id")),
        sa.ForeignKeyConstraint(["topic_id"], ["help_topic.id"], name=op.f("fk_ticket_topic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket")),
        sa.UniqueConstraint("number", name=op.f("uq_ticket_number")),
    )
    op.create_index(
        "ix_ticket_active_due",
        "ticket",
        ["due_sort", "id"],
        unique=False,
        sqlite_where=sa.text("is_active = 1"),
        postgresql_where=sa.text("is_active"),
    )
    op.create_index(
        "ix_ticket_active_opened",
        "ticket",
        ["id", "due_sort"],
        unique=False,
        sqlite_where=sa.text("is_active = 1"),
        postgresql_where=sa.text("is_active"),
    )
    op.create_index(
        "ix_ticket_active_priority",
        "ticket",
        ["priority_rank", "id", "due_sort"],
        unique=False,
        sqlite_where=sa.text("is_active = 1"),
        postgresql_where=sa.text("is_active"),
    )
    op.create_index(
        "ix_ticket_active_updated",
        "ticket",
        ["updated_at", "id", "due_sort"],
        unique=False,
        sqlite_where=sa.text("is_active = 1"),
        postgresql_where=sa.text("is_active"),
    )
    op.create_index("ix_ticket_autoclose", "ticket", ["shelf", "ended_at"], unique=False)
    op.create_index("ix_ticket_customer", "ticket", ["customer_id", "updated_at", "id"], unique=False)
    op.create_index(
        "ix_ticket_kept_due",
        "ticket",
        ["due_sort", "id"],
        unique=False,
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        "ix_ticket_kept_opened",
        "ticket",
        ["id"],
        unique=False,
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        "ix_ticket_kept_priority",
        "ticket",
        ["priority_rank", "id"],
        unique=False,
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        "ix_ticket_kept_updated",
        "ticket",
        ["updated_at", "id"],
        unique=False,
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(op.f("ix_ticket_merged_into_id"), "ticket", ["merged_into_id"], unique=False)
    op.create_index(
        "ix_ticket_mine_due",
        "ticket",
        ["assignee_id", "due_sort", "id"],
        unique=False,
        sqlite_where=sa.text("is_active = 1 AND assignee_id IS NOT NULL"),
        postgresql_where=sa.text("is_active AND assignee_id IS NOT NULL"),
    )
    op.create_index(
        "ix_ticket_mine_opened",
        "ticket",
        ["assignee_id", "id"],
        unique=False,
        sqlite_where=sa.text("is_active = 1 AND assignee_id IS NOT NULL"),
        postgresql_where=sa.text("is_active AND assignee_id IS NOT NULL"),
    )
    op.create_index(
        "ix_ticket_mine_priority",
        "ticket",
        ["assignee_id", "priority_rank", "id"],
        unique=False,
        sqlite_where=sa.text("is_active = 1 AND assignee_id IS NOT NULL"),
        postgresql_where=sa.text("is_active AND assignee_id IS NOT NULL"),
    )
    op.create_index(
        "ix_ticket_mine_updated",
        "ticket",
        ["assignee_id", "updated_at", "id"],
        unique=False,
        sqlite_where=sa.text("is_active = 1 AND assignee_id IS NOT NULL"),
        postgresql_where=sa.text("is_active AND assignee_id IS NOT NULL"),
    )
    op.create_index(
        "ix_ticket_promised_due",
        "ticket",
        ["promise_due_at", "id"],
        unique=False,
        sqlite_where=sa.text("is_active = 1 AND promise_due_at IS NOT NULL"),
        postgresql_where=sa.text("is_active AND promise_due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_ticket_promised_opened",
        "ticket",
        ["id"],
        unique=False,
        sqlite_where=sa.text("is_active = 1 AND promise_due_at IS NOT NULL"),
        postgresql_where=sa.text("is_active AND promise_due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_ticket_promised_priority",
        "ticket",
        ["priority_rank", "id"],
        unique=False,
        sqlite_where=sa.text("is_active = 1 AND promise_due_at IS NOT NULL"),
        postgresql_where=sa.text("is_active AND promise_due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_ticket_promised_updated",
        "ticket",
        ["updated_at", "id"],
        unique=False,
        sqlite_where=sa.text("is_active = 1 AND promise_due_at IS NOT NULL"),
        postgresql_where=sa.text("is_active AND promise_due_at IS NOT NULL"),
    )
    op.create_index("ix_ticket_shelf_due", "ticket", ["shelf", "due_sort", "id", "is_answered"], unique=False)
    op.create_index(
        "ix_ticket_shelf_opened",
        "ticket",
        ["shelf", "id", "is_answered", "department_id", "assignee_id", "team_id"],
        unique=False,
    )
    op.create_index("ix_ticket_shelf_priority", "ticket", ["shelf", "priority_rank", "id", "is_answered"], unique=False)
    op.create_index("ix_ticket_shelf_updated", "ticket", ["shelf", "updated_at", "id", "is_answered"], unique=False)
    op.create_index(
        "ix_ticket_team_due",
        "ticket",
        ["team_id", "due_sort", "id"],
        unique=False,
        sqlite_where=sa.text("is_active = 1 AND assignee_id IS NULL AND team_id IS NOT NULL"),
        postgresql_where=sa.text("is_active AND assignee_id IS NULL AND team_id IS NOT NULL"),
    )
    op.create_index(
        "ix_ticket_team_opened",
        "ticket",
        ["team_id", "id"],
        unique=False,
        sqlite_where=sa.text("is_active = 1 AND assignee_id IS NULL AND team_id IS NOT NULL"),
        postgresql_where=sa.text("is_active AND assignee_id IS NULL AND team_id IS NOT NULL"),
    )
    op.create_index(
        "ix_ticket_team_priority",
        "ticket",
        ["team_id", "priority_rank", "id"],
        unique=False,
        sqlite_where=sa.text("is_active = 1 AND assignee_id IS NULL AND team_id IS NOT NULL"),
        postgresql_where=sa.text("is_active AND assignee_id IS NULL AND team_id IS NOT NULL"),
    )
    op.create_index(
        "ix_ticket_team_updated",
        "ticket",
        ["team_id", "updated_at", "id"],
        unique=False,
        sqlite_where=sa.text("is_active = 1 AND assignee_id IS NULL AND team_id IS NOT NULL"),
        postgresql_where=sa.text("is_active AND assignee_id IS NULL AND team_id IS NOT NULL"),
    )
    op.create_index(
        "ix_ticket_trash",
        "ticket",
        ["deleted_at"],
        unique=False,
        sqlite_where=sa.text("deleted_at IS NOT NULL"),
        postgresql_where=sa.text("deleted_at IS NOT NULL"),
    )
    op.create_index(
        "ix_ticket_unassigned_due",
        "ticket",
        ["due_sort", "id"],
        unique=False,
        sqlite_where=sa.text("is_active = 1 AND assignee_id IS NULL AND team_id IS NULL"),
        postgresql_where=sa.text("is_active AND assignee_id IS NULL AND team_id IS NULL"),
    )
    op.create_index(
        "ix_ticket_unassigned_opened",
        "ticket",
        ["id"],
        unique=False,
        sqlite_where=sa.text("is_active = 1 AND assignee_id IS NULL AND team_id IS NULL"),
        postgresql_where=sa.text("is_active AND assignee_id IS NULL AND team_id IS NULL"),
    )
    op.create_index(
        "ix_ticket_unassigned_priority",
        "ticket",
        ["priority_rank", "id"],
        unique=False,
        sqlite_where=sa.text("is_active = 1 AND assignee_id IS NULL AND team_id IS NULL"),
        postgresql_where=sa.text("is_active AND assignee_id IS NULL AND team_id IS NULL"),
    )
    op.create_index(
        "ix_ticket_unassigned_updated",
        "ticket",
        ["updated_at", "id"],
        unique=False,
        sqlite_where=sa.text("is_active = 1 AND assignee_id IS NULL AND team_id IS NULL"),
        postgresql_where=sa.text("is_active AND assignee_id IS NULL AND team_id IS NULL"),
    )


def _collaborator() -> None:
    op.create_table(
        "collaborator",
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_collaborator_person_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_collaborator_ticket_id")),
        sa.PrimaryKeyConstraint("ticket_id", "person_id", name=op.f("pk_collaborator")),
    )
    op.create_index(op.f("ix_collaborator_person_id"), "collaborator", ["person_id"], unique=False)


def _referral() -> None:
    op.create_table(
        "referral",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("target_kind", sa.String(length=10), nullable=False),
        sa.Column("target_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_referral_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral")),
        sa.UniqueConstraint(
            "ticket_id", "target_kind", "target_id", name=op.f("uq_referral_ticket_id_target_kind_target_id")
        ),
    )
    op.create_index("ix_referral_target", "referral", ["target_kind", "target_id", "ticket_id"], unique=False)


def _mention() -> None:
    op.create_table(
        "mention",
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("mentioned_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_mention_agent_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_mention_ticket_id")),
        sa.PrimaryKeyConstraint("agent_id", "ticket_id", name=op.f("pk_mention")),
    )
    op.create_index("ix_mention_agent_at", "mention", ["agent_id", "mentioned_at", "ticket_id"], unique=False)


def _ticket_link() -> None:
    op.create_table(
        "ticket_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("from_id", sa.Integer(), nullable=False),
        sa.Column("to_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["from_id"], ["ticket.id"], name=op.f("fk_ticket_link_from_id")),
        sa.ForeignKeyConstraint(["to_id"], ["ticket.id"], name=op.f("fk_ticket_link_to_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_link")),
        sa.UniqueConstraint("from_id", "to_id", "kind", name=op.f("uq_ticket_link_from_id_to_id_kind")),
    )
    op.create_index(op.f("ix_ticket_link_to_id"), "ticket_link", ["to_id"], unique=False)


def _entry() -> None:
    op.create_table(
        "entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("thread_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("author_kind", sa.String(length=10), nullable=False),
        sa.Column("author_name", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("body_html", sa.Text(), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_entry_author_id")),
        sa.ForeignKeyConstraint(["thread_id"], ["ticket.id"], name=op.f("fk_entry_thread_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_entry_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry")),
    )
    op.create_index(op.f("ix_entry_author_id"), "entry", ["author_id"], unique=False)
    op.create_index("ix_entry_thread_created", "entry", ["thread_id", "created_at", "id"], unique=False)
    op.create_index(op.f("ix_entry_ticket_id"), "entry", ["ticket_id"], unique=False)


def _attachment() -> None:
    op.create_table(
        "attachment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_attachment_entry_id")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_attachment_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
        sa.UniqueConstraint("key", name=op.f("uq_attachment_key")),
    )
    op.create_index(op.f("ix_attachment_entry_id"), "attachment", ["entry_id"], unique=False)
    op.create_index(op.f("ix_attachment_file_id"), "attachment", ["file_id"], unique=False)


def _event() -> None:
    op.create_table(
        "event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("field", sa.String(length=40), nullable=True),
        sa.Column("old", sa.JSON(), nullable=True),
        sa.Column("new", sa.JSON(), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("actor_kind", sa.String(length=10), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.String(length=200), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=True),
        sa.Column("undoes_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_event_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    op.create_index("ix_event_ticket_field_version", "event", ["ticket_id", "field", "version"], unique=False)
    op.create_index("ix_event_ticket_happened", "event", ["ticket_id", "happened_at", "id"], unique=False)
    op.create_index(op.f("ix_event_undoes_id"), "event", ["undoes_id"], unique=False)


def _promise() -> None:
    op.create_table(
        "promise",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confidence", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("made_by_name", sa.String(length=200), nullable=False),
        sa.Column("made_in_entry_id", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("moved_to_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_promise_made_by_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_promise_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promise")),
    )
    op.create_index("ix_promise_state_due", "promise", ["state", "due_at", "id"], unique=False)
    op.create_index("ix_promise_ticket", "promise", ["ticket_id", "id"], unique=False)
    op.create_index(
        "uq_promise_one_open",
        "promise",
        ["ticket_id", "kind"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )


def _ticket_text() -> None:
    op.create_table(
        "ticket_text",
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("public", sa.Text(), nullable=False),
        sa.Column("internal", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_text_ticket_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_ticket_text")),
    )


_SQLITE_SEARCH = (
    """
    CREATE VIRTUAL TABLE ticket_fts USING fts5(
        public, internal, content='ticket_text', content_rowid='ticket_id',
        tokenize='ascii', prefix='2 3 4 5 6 7', columnsize=0
    )
    """,
    """
    CREATE TRIGGER ticket_text_added AFTER INSERT ON ticket_text BEGIN
        INSERT INTO ticket_fts (rowid, public, internal) VALUES (new.ticket_id, new.public, new.internal);
    END
    """,
    """
    CREATE TRIGGER ticket_text_removed AFTER DELETE ON ticket_text BEGIN
        INSERT INTO ticket_fts (ticket_fts, rowid, public, internal)
        VALUES ('delete', old.ticket_id, old.public, old.internal);
    END
    """,
    """
    CREATE TRIGGER ticket_text_changed AFTER UPDATE OF ticket_id, public, internal ON ticket_text
    WHEN old.ticket_id <> new.ticket_id OR old.public <> new.public OR old.internal <> new.internal
    BEGIN
        INSERT INTO ticket_fts (ticket_fts, rowid, public, internal)
        VALUES ('delete', old.ticket_id, old.public, old.internal);
        INSERT INTO ticket_fts (rowid, public, internal) VALUES (new.ticket_id, new.public, new.internal);
    END
    """,
    """
    INSERT INTO ticket_fts (ticket_fts) VALUES ('rebuild')
    """,
)

_POSTGRESQL_SEARCH = (
    """
    ALTER TABLE ticket_text SET (toast_tuple_target = 8160),
        ADD COLUMN public_vector tsvector
            GENERATED ALWAYS AS (to_tsvector('pg_catalog.simple'::regconfig, public)) STORED,
        ADD COLUMN all_vector tsvector
            GENERATED ALWAYS AS (to_tsvector('pg_catalog.simple'::regconfig, public || ' ' || internal)) STORED
    """,
    """
    CREATE INDEX ix_ticket_text_public_vector ON ticket_text USING gin (public_vector)
    """,
    """
    CREATE INDEX ix_ticket_text_all_vector ON ticket_text USING gin (all_vector)
    """,
)

"""What administrators change of the desk's structure: departments and roles."""

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
    good_name,
    lock_row,
    names_of,
    note_change,
    refuse_taken_name,
    setting_value,
)
from portal.people.models import Agent, AgentDepartment, Department, Role, SecurityEvent
from portal.people.permissions import PERMISSIONS
from portal.people.sessions import end_sessions_of
from portal.people.stale import merge_stale
from portal.people.usage import refuse_needed, refuse_used


@dataclass(frozen=True)
class DepartmentValues:
    """What a department is made of. `is_public` shows its name to customers."""

    name: str
    is_public: bool = True
    is_active: bool = True


@dataclass(frozen=True)
class RoleValues:
    """What a role is made of: its name and permissions (people/permissions.py)."""

    name: str
    permissions: frozenset[str] = frozenset()


# departments


def department_values(department: Department) -> DepartmentValues:
    """The department's values as they are stored."""
    return DepartmentValues(department.name, department.is_public, department.is_active)


def _good_department(values: DepartmentValues, besides: int | None) -> DepartmentValues:
    name = good_name(values.name)
    refuse_taken_name(names_of(Department), name, besides=besides)
    return DepartmentValues(name, values.is_public, values.is_active)


def add_department(values: DepartmentValues, *, by: Actor, now: datetime) -> Department:
    """Add a department. Raises Refused for an empty, too long or taken name."""
    with desk_change(by):
        department = Department(**asdict(_good_department(values, None)))
        db.session.add(department)
        db.session.flush()
        note_change("department.added", subject_id=department.id, name=department.name, by=by, now=now)
    return department


def change_department(
    department: Department, values: DepartmentValues, *, by: Actor, now: datetime, seen: str | None = None
) -> SecurityEvent | None:
    """Change a department; None when nothing differs.

    Raises Conflict when it is not what the form was drawn from, Refused for a bad name, for the last active one, and
    for switching off what new tickets are sent to.
    """
    with desk_change(by):
        lock_row(department)
        old = department_values(department)
        values = merge_stale("department", department.id, old, values, seen)
        new = _good_department(values, department.id)
        if new == old:
            return None
        if old.is_active and not new.is_active:
            _refuse_needed_department(department)
        department.name, department.is_public, department.is_active = new.name, new.is_public, new.is_active
        return note_change(
            "department.changed",
            subject_id=department.id,
            name=new.name,
            old=asdict(old),
            new=asdict(new),
            by=by,
            now=now,
        )


def _refuse_needed_department(department: Department) -> None:
    others = select(Department.id).where(Department.is_active, Department.id != department.id).limit(1)
    if db.session.execute(others).first() is None:
        raise Refused(_("This is the last active department. Add or switch on another one first."), field="is_active")
    if setting_value("tickets.default_department_id") == department.id:
        raise Refused(
            _("New tickets go to this department by default. Pick another one in the settings first."),
            field="is_active",
        )
    refuse_needed("department", department.id)


def delete_department(department: Department, *, by: Actor, now: datetime) -> SecurityEvent:
    """Delete a department that nothing uses. Raises Refused, saying where it is used."""
    with desk_change(by):
        lock_row(department)
        refuse_used("department", department.id, department.name)
        _refuse_needed_department(department)
        return delete_row(department, "department.deleted", by=by, now=now)


# roles


def role_values(role: Role) -> RoleValues:
    """The role's values as they are stored."""
    return RoleValues(role.name, frozenset(role.permissions))


def _good_role(values: RoleValues, besides: int | None) -> RoleValues:
    name = good_name(values.name)
    refuse_taken_name(names_of(Role), name, besides=besides)
    unknown = values.permissions - PERMISSIONS.keys()
    if unknown:
        raise Refused(_("There is no such permission. Load the page again."), field="permissions")
    return RoleValues(name, values.permissions)


def _in_order(permissions: frozenset[str]) -> list[str]:
    return [permission for permission in PERMISSIONS if permission in permissions]


def _readable_role(values: RoleValues) -> dict[str, Any]:
    return {"name": values.name, "permissions": _in_order(values.permissions)}


def add_role(values: RoleValues, *, by: Actor, now: datetime) -> Role:
    """Add a role. Raises Refused for a bad name or an unknown permission."""
    with desk_change(by):
        new = _good_role(values, None)
        role = Role(name=new.name, permissions=_in_order(new.permissions))
        db.session.add(role)
        db.session.flush()
        note_change("role.added", subject_id=role.id, name=role.name, new=_readable_role(new), by=by, now=now)
    return role


def change_role(
    role: Role, values: RoleValues, *, by: Actor, now: datetime, seen: str | None = None
) -> SecurityEvent | None:
    """Change a role; None when nothing differs. Raises Conflict, and Refused for a bad name or permission.

    When it gains a permission, the agents who hold it sign in again (a new session at a rise of
    rights); administrators, who hold every permission already, do not.
    """
    with desk_change(by):
        lock_row(role)
        old = role_values(role)
        values = merge_stale("role", role.id, old, values, seen)
        new = _good_role(values, role.id)
        if new == old:
            return None
        role.name, role.permissions = new.name, _in_order(new.permissions)
        if new.permissions - old.permissions:
            for person_id in _holders(role.id):
                end_sessions_of(person_id)
        return note_change(
            "role.changed",
            subject_id=role.id,
            name=new.name,
            old=_readable_role(old),
            new=_readable_role(new),
            by=by,
            now=now,
        )


def _holders(role_id: int) -> list[int]:
    """The persons who hold a role in any department and are no administrators."""
    further = select(AgentDepartment.agent_id).where(AgentDepartment.role_id == role_id)
    return list(
        db.session.execute(
            select(Agent.person_id).where((Agent.role_id == role_id) | Agent.id.in_(further), ~Agent.is_administrator)
        ).scalars()
    )


def delete_role(role: Role, *, by: Actor, now: datetime) -> SecurityEvent:
    """Delete a role that no agent holds. Raises Refused, saying where it is used, and for the last one."""
    with desk_change(by):
        lock_row(role)
        refuse_used("role", role.id, role.name, advice=_("Give them another role first."))
        if db.session.execute(select(Role.id).where(Role.id != role.id).limit(1)).first() is None:
            raise Refused(_("The desk needs at least one role."))
        return delete_row(role, "role.deleted", by=by, now=now)

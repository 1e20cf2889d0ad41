"""What administrators change of agents: who they are, what they may do, their password, whether they work here."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update

from portal.core.database import db
from portal.core.desk_settings import desk_setting
from portal.core.errors import Refused
from portal.core.text import address_key
from portal.core.words import _
from portal.people.actions import find_or_make_person, find_person, good_address
from portal.people.actor import Actor
from portal.people.changes import desk_change, good_name, lock_row, names_of, note_change
from portal.people.links import revoke_links_of
from portal.people.models import (
    Agent,
    AgentDepartment,
    Department,
    Person,
    PersonAddress,
    Role,
    SecurityEvent,
    Team,
    TeamMember,
)
from portal.people.passwords import check_password_rules, hash_password
from portal.people.sessions import end_sessions_of
from portal.people.sign_in import forget_failures
from portal.people.stale import merge_stale

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True)
class AgentValues:
    """What an administrator decides about an agent. `further`: (department id, role id) pairs besides the primary."""

    name: str
    address: str
    department_id: int
    role_id: int
    further: tuple[tuple[int, int], ...] = ()
    team_ids: frozenset[int] = frozenset()
    limited_to_own: bool = False
    is_administrator: bool = False


def make_password() -> str:
    """A password to be shown once: 20 letters and digits that cannot be mistaken for each other, in four groups."""
    return "-".join("".join(secrets.choice(_LETTERS) for _i in range(5)) for _group in range(4))


def agent_values(agent: Agent) -> AgentValues:
    """The agent's values as they are stored: three statements."""
    name, address = db.session.execute(
        select(Person.name, PersonAddress.address)
        .outerjoin(PersonAddress, (PersonAddress.person_id == Person.id) & PersonAddress.is_main)
        .where(Person.id == agent.person_id)
    ).one()
    further = db.session.execute(
        select(AgentDepartment.department_id, AgentDepartment.role_id).where(AgentDepartment.agent_id == agent.id)
    )
    teams = db.session.execute(select(TeamMember.team_id).where(TeamMember.agent_id == agent.id)).scalars()
    return AgentValues(
        name=name,
        address=address or "",
        department_id=agent.department_id,
        role_id=agent.role_id,
        further=tuple(sorted((row.department_id, row.role_id) for row in further)),
        team_ids=frozenset(teams),
        limited_to_own=agent.limited_to_own,
        is_administrator=agent.is_administrator,
    )


def _good_agent(values: AgentValues) -> AgentValues:
    """The values cleaned. Raises Refused, naming the field, for what is wrong."""
    departments, roles, teams = names_of(Department), names_of(Role), names_of(Team)
    gone = _("What you picked does not exist any more. Pick again.")
    if values.department_id not in departments:
        raise Refused(gone, field="department_id")
    if values.role_id not in roles:
        raise Refused(gone, field="role_id")
    further = {department: role for department, role in values.further if department != values.department_id}
    if further.keys() - departments.keys() or set(further.values()) - roles.keys():
        raise Refused(gone, field="further")
    if values.team_ids - teams.keys():
        raise Refused(gone, field="team_ids")
    return AgentValues(
        name=good_name(values.name),
        address=good_address(values.address, field="address"),
        department_id=values.department_id,
        role_id=values.role_id,
        further=tuple(sorted(further.items())),
        team_ids=values.team_ids,
        limited_to_own=values.limited_to_own,
        is_administrator=values.is_administrator,
    )


def _readable(values: AgentValues) -> dict[str, Any]:
    departments, roles, teams = names_of(Department), names_of(Role), names_of(Team)
    return {
        "name": values.name,
        "address": values.address,
        "department": departments.get(values.department_id),
        "role": roles.get(values.role_id),
        "further_departments": [f"{departments.get(d)}: {roles.get(r)}" for d, r in values.further],
        "teams": sorted(teams[team_id] for team_id in values.team_ids),
        "limited_to_own": values.limited_to_own,
        "is_administrator": values.is_administrator,
    }


def _good_password(password: str, values: AgentValues) -> str:
    """The hash of a password that keeps the rules. Raises Refused, naming the rule."""
    check_password_rules(password, forbidden=(desk_setting("site.name"), values.name, values.address))
    return hash_password(password)


def add_agent(values: AgentValues, *, password: str, by: Actor, now: datetime) -> Agent:
    """Add an agent. A customer with that address becomes one: same person, same tickets, new name and password.

    Raises Refused for bad values, a bad password, and an address that belongs to an agent already.
    """
    new = _good_agent(values)
    password_hash = _good_password(password, new)
    with desk_change(by):
        new = _good_agent(values)
        found = find_or_make_person(new.address, new.name, now=now)
        if db.session.execute(select(Agent.id).where(Agent.person_id == found.id)).first() is not None:
            raise Refused(
                _("This address already belongs to the agent %(name)s.") % {"name": found.name}, field="address"
            )
        end_sessions_of(found.id)
        revoke_links_of(found.id, now=now)
        db.session.execute(
            update(Person)
            .where(Person.id == found.id)
            .values(name=new.name, password_hash=password_hash, is_active=True)
        )
        agent = Agent(
            person_id=found.id,
            department_id=new.department_id,
            role_id=new.role_id,
            is_administrator=new.is_administrator,
            limited_to_own=new.limited_to_own,
        )
        db.session.add(agent)
        db.session.flush()
        _put_memberships(agent.id, new)
        note_change(
            "agent.added",
            subject_id=agent.id,
            name=new.name,
            new={**_readable(new), "was_customer": not found.is_new},
            by=by,
            now=now,
        )
    return agent


def _put_memberships(agent_id: int, values: AgentValues) -> None:
    db.session.execute(delete(AgentDepartment).where(AgentDepartment.agent_id == agent_id))
    db.session.execute(delete(TeamMember).where(TeamMember.agent_id == agent_id))
    further = [{"agent_id": agent_id, "department_id": d, "role_id": r} for d, r in values.further]
    teams = [{"agent_id": agent_id, "team_id": team_id} for team_id in sorted(values.team_ids)]
    if further:
        db.session.execute(insert(AgentDepartment), further)
    if teams:
        db.session.execute(insert(TeamMember), teams)
    db.session.execute(
        update(Team).where(Team.lead_id == agent_id, Team.id.not_in(sorted(values.team_ids))).values(lead_id=None)
    )


def change_agent(
    agent: Agent, values: AgentValues, *, by: Actor, now: datetime, seen: str | None = None
) -> SecurityEvent | None:
    """Change an agent; None when nothing differs. A rise of rights ends their sessions.

    Raises Conflict when the agent is not what the form was drawn from, Refused for bad values, for an address that
    is somebody else's, and when the last active administrator would be none any more.
    """
    with desk_change(by):
        lock_row(agent)
        old = agent_values(agent)
        values = merge_stale("agent", agent.id, old, values, seen)
        new = _good_agent(values)
        if new == old:
            return None
        if old.is_administrator and not new.is_administrator:
            refuse_last_administrator(agent)
        if new.address != old.address:
            _move_address(agent.person_id, new.address, now=now)
        rises = _rises(old, new)
        db.session.execute(update(Person).where(Person.id == agent.person_id).values(name=new.name))
        agent.department_id, agent.role_id = new.department_id, new.role_id
        agent.is_administrator, agent.limited_to_own = new.is_administrator, new.limited_to_own
        _put_memberships(agent.id, new)
        if rises:
            end_sessions_of(agent.person_id)
        return note_change(
            "agent.changed", subject_id=agent.id, name=new.name, old=_readable(old), new=_readable(new), by=by, now=now
        )


def _move_address(person_id: int, address: str, *, now: datetime) -> None:
    """Make this the person's main address; links that were mailed to the old one end."""
    found = find_person(address)
    if found is not None and found.id != person_id:
        raise Refused(_("This address already belongs to %(name)s.") % {"name": found.name}, field="address")
    mine = PersonAddress.person_id == person_id
    if found is not None and found.address == address:
        db.session.execute(update(PersonAddress).where(mine).values(is_main=PersonAddress.address == address))
    else:
        db.session.execute(
            update(PersonAddress)
            .where(mine & (PersonAddress.address_key == address_key(address) if found else PersonAddress.is_main))
            .values(address=address, address_key=address_key(address), proven_at=None)
        )
    revoke_links_of(person_id, now=now)


def _rises(old: AgentValues, new: AgentValues) -> bool:
    """True when the new values allow something that the old ones did not."""
    if old.is_administrator:
        return False
    if new.is_administrator or (old.limited_to_own and not new.limited_to_own):
        return True
    permissions = {row.id: set(row.permissions) for row in db.session.execute(select(Role.id, Role.permissions))}
    before = {**dict(old.further), old.department_id: old.role_id}
    after = {**dict(new.further), new.department_id: new.role_id}
    return any(
        department not in before or permissions[role] - permissions[before[department]]
        for department, role in after.items()
    )


def refuse_last_administrator(agent: Agent) -> None:
    """Raise Refused when no other active administrator is left. Call inside `desk_change()`, which makes it true."""
    if not (agent.is_administrator and agent.is_active):
        return
    others = (
        select(Agent.id)
        .join(Person, Person.id == Agent.person_id)
        .where(Agent.is_administrator, Agent.is_active, Person.is_active, Agent.id != agent.id)
        .limit(1)
    )
    if db.session.execute(others).first() is None:
        raise Refused(
            _("This is the last active administrator. Make somebody else an administrator first."),
            field="is_administrator",
        )


def set_agent_password(agent: Agent, password: str, *, by: Actor, now: datetime) -> SecurityEvent:
    """Give an agent a new password; ends all their sessions and links. Raises Refused, naming the rule it breaks."""
    password_hash = _good_password(password, agent_values(agent))
    with desk_change(by):
        lock_row(agent)
        db.session.execute(update(Person).where(Person.id == agent.person_id).values(password_hash=password_hash))
        end_sessions_of(agent.person_id)
        revoke_links_of(agent.person_id, now=now)
        forget_failures(agent_values(agent).address)
        return note_change("agent.password_set", subject_id=agent.id, name=agent_values(agent).name, by=by, now=now)


def deactivate_agent(agent: Agent, *, by: Actor, now: datetime) -> SecurityEvent | None:
    """Switch an agent off: signed out at once, cannot sign in, gets no work. None when already off.

    Their name stays on everything they wrote. What they own is handed over by portal/tickets/hand_over.py, which
    calls this. Raises Refused for the last active administrator.
    """
    with desk_change(by):
        lock_row(agent)
        if not agent.is_active:
            return None
        refuse_last_administrator(agent)
        agent.is_active = False
        end_sessions_of(agent.person_id)
        revoke_links_of(agent.person_id, now=now)
        db.session.execute(update(Team).where(Team.lead_id == agent.id).values(lead_id=None))
        return note_change("agent.deactivated", subject_id=agent.id, name=agent_values(agent).name, by=by, now=now)


def activate_agent(agent: Agent, *, by: Actor, now: datetime) -> SecurityEvent | None:
    """Switch an agent on again, with the password, departments and teams they had. None when already on."""
    with desk_change(by):
        lock_row(agent)
        if agent.is_active:
            return None
        agent.is_active = True
        db.session.execute(update(Person).where(Person.id == agent.person_id).values(is_active=True))
        return note_change("agent.activated", subject_id=agent.id, name=agent_values(agent).name, by=by, now=now)

"""Teams: agents across departments who can be given a ticket together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select

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
)
from portal.people.models import Agent, Person, SecurityEvent, Team, TeamMember
from portal.people.stale import merge_stale
from portal.people.usage import refuse_needed, refuse_used


@dataclass(frozen=True)
class TeamValues:
    """What a team is made of; the lead is one of the members. Ids are agents'."""

    name: str
    lead_id: int | None = None
    member_ids: frozenset[int] = frozenset()
    is_active: bool = True


def team_values(team: Team) -> TeamValues:
    """The team's values as they are stored: one statement."""
    members = db.session.execute(select(TeamMember.agent_id).where(TeamMember.team_id == team.id)).scalars()
    return TeamValues(team.name, team.lead_id, frozenset(members), team.is_active)


def _good_team(values: TeamValues, besides: int | None) -> TeamValues:
    name = good_name(values.name)
    refuse_taken_name(names_of(Team), name, besides=besides)
    members = values.member_ids | ({values.lead_id} if values.lead_id else set())
    known = set(db.session.execute(select(Agent.id).where(Agent.id.in_(members))).scalars())
    if members - known:
        raise Refused(_("One of the agents does not exist any more. Pick again."), field="member_ids")
    return TeamValues(name, values.lead_id, frozenset(members), values.is_active)


def _agent_names(ids: Iterable[int]) -> dict[int, str]:
    rows = db.session.execute(
        select(Agent.id, Person.name).join(Person, Person.id == Agent.person_id).where(Agent.id.in_(list(ids)))
    )
    return {row.id: row.name for row in rows}


def _readable_team(values: TeamValues) -> dict[str, Any]:
    names = _agent_names(values.member_ids | ({values.lead_id} if values.lead_id else set()))
    return {
        "name": values.name,
        "lead": names.get(values.lead_id or 0, ""),
        "is_active": values.is_active,
        "members": sorted(names[agent_id] for agent_id in values.member_ids),
    }


def put_members(team_id: int, member_ids: Iterable[int]) -> None:
    """Make these agents the team's members. Call inside a `transaction()`."""
    db.session.execute(delete(TeamMember).where(TeamMember.team_id == team_id))
    rows = [{"team_id": team_id, "agent_id": agent_id} for agent_id in sorted(member_ids)]
    if rows:
        db.session.execute(insert(TeamMember), rows)


def add_team(values: TeamValues, *, by: Actor, now: datetime) -> Team:
    """Add a team. Raises Refused for a bad name or an unknown agent."""
    with desk_change(by):
        new = _good_team(values, None)
        team = Team(name=new.name, lead_id=new.lead_id, is_active=new.is_active)
        db.session.add(team)
        db.session.flush()
        put_members(team.id, new.member_ids)
        note_change("team.added", subject_id=team.id, name=team.name, new=_readable_team(new), by=by, now=now)
    return team


def change_team(
    team: Team, values: TeamValues, *, by: Actor, now: datetime, seen: str | None = None
) -> SecurityEvent | None:
    """Change a team; None when nothing differs.

    Raises Conflict, and Refused for a bad name or for switching off what new tickets are sent to.
    """
    with desk_change(by):
        lock_row(team)
        old = team_values(team)
        values = merge_stale("team", team.id, old, values, seen)
        new = _good_team(values, team.id)
        if new == old:
            return None
        if old.is_active and not new.is_active:
            refuse_needed("team", team.id)
        team.name, team.lead_id, team.is_active = new.name, new.lead_id, new.is_active
        put_members(team.id, new.member_ids)
        return note_change(
            "team.changed",
            subject_id=team.id,
            name=new.name,
            old=_readable_team(old),
            new=_readable_team(new),
            by=by,
            now=now,
        )


def delete_team(team: Team, *, by: Actor, now: datetime) -> SecurityEvent:
    """Delete a team that no ticket or topic uses; its members just leave. Raises Refused, saying where it is used."""
    with desk_change(by):
        lock_row(team)
        refuse_used("team", team.id, team.name, besides=("team_member.team_id",))
        put_members(team.id, ())
        return delete_row(team, "team.deleted", by=by, now=now)

"""Web sessions on the server: started at sign-in or by a secure link, ended by time, sign-out or a change of rights.

The browser holds a random token inside its signed cookie; the table holds the token's hash (reliability.md S2).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, bindparam, delete, select, update

from portal.core.database import db, transaction
from portal.core.desk_settings import VERSION, desk_setting
from portal.core.models import Setting
from portal.core.reading import run
from portal.core.tokens import new_token, token_hash
from portal.people.actor import Actor
from portal.people.desk import desk
from portal.people.models import AccessLink, Agent, Organization, Person, PersonAddress, WebSession

_SEEN_EVERY = timedelta(minutes=1)
"""`seen_at` is written at most this often, so that reading pages stays reading."""


def start_session(
    person_id: int,
    *,
    is_agent: bool,
    now: datetime,
    ticket_id: int | None = None,
    link_id: int | None = None,
    user_agent: str = "",
    network: str = "",
) -> str:
    """Start a session and give its token. With `ticket_id` it is for that one ticket."""
    if is_agent:
        lasts = timedelta(hours=desk_setting("sessions.agent_hours"))
    else:
        lasts = timedelta(days=desk_setting("sessions.customer_days"))
    token = new_token()
    with transaction():
        db.session.add(
            WebSession(
                token_hash=token_hash(token),
                person_id=person_id,
                ticket_id=ticket_id,
                link_id=link_id,
                is_agent=is_agent,
                user_agent=user_agent[:200],
                network=network[:64],
                created_at=now,
                seen_at=now,
                expires_at=now + lasts,
            )
        )
    return token


def end_session(token: str) -> None:
    """End the session of a token; nothing happens when there is none."""
    with transaction():
        db.session.execute(delete(WebSession).where(WebSession.token_hash == token_hash(token)))


def end_sessions_of(person_id: int, *, besides: int | None = None) -> None:
    """End every session of a person, but the one with the id `besides`. Joins a running `transaction()`."""
    with transaction():
        statement = delete(WebSession).where(WebSession.person_id == person_id)
        if besides is not None:
            statement = statement.where(WebSession.id != besides)
        db.session.execute(statement)


@lru_cache(maxsize=1)
def _session_select() -> Any:
    return (
        select(
            WebSession.id,
            WebSession.person_id,
            WebSession.ticket_id,
            WebSession.is_agent,
            WebSession.seen_at,
            WebSession.expires_at,
            WebSession.token_hash,
            Person.name,
            Person.time_zone,
            Person.organization_id,
            Person.is_active,
            PersonAddress.address,
            Organization.shares_tickets,
            Agent.id.label("agent_id"),
            AccessLink.is_mailed,
            AccessLink.revoked_at,
            AccessLink.expires_at.label("link_expires_at"),
            select(Setting.value).where(Setting.name == VERSION).scalar_subquery().label("desk_version"),
        )
        .join(Person, Person.id == WebSession.person_id)
        .outerjoin(PersonAddress, (PersonAddress.person_id == Person.id) & PersonAddress.is_main)
        .outerjoin(Organization, Organization.id == Person.organization_id)
        .outerjoin(Agent, Agent.person_id == Person.id)
        .outerjoin(AccessLink, AccessLink.id == WebSession.link_id)
    )


@lru_cache(maxsize=1)
def _session_by_hash() -> Any:
    return _session_select().where(WebSession.token_hash == bindparam("hash"))


@lru_cache(maxsize=1)
def _sessions_by_hash() -> Any:
    return _session_select().where(WebSession.token_hash.in_(bindparam("hashes", expanding=True)))


def find_sessions(tokens: list[str]) -> list[Row[Any]]:
    """The rows of the sessions with these tokens, with all that `actor_of_session` needs: one statement."""
    hashes = [token_hash(token) for token in tokens]
    return list(run(_sessions_by_hash(), hashes=hashes).all())


def find_session(token: str) -> Row[Any] | None:
    """The row of the session with this token, or None: one statement."""
    return run(_session_by_hash(), hash=token_hash(token)).first()


def is_alive(row: Row[Any], now: datetime) -> bool:
    """True while neither the session's time nor its idle time is over and its person and link still count."""
    if row.expires_at <= now or not row.is_active or row.revoked_at is not None:
        return False
    if row.link_expires_at is not None and row.link_expires_at <= now:
        return False
    if row.is_agent:
        idle = timedelta(minutes=desk_setting("sessions.agent_idle_minutes"))
    else:
        idle = timedelta(days=desk_setting("sessions.customer_idle_days"))
    return now - row.seen_at <= idle


def touch_session(row: Row[Any], now: datetime) -> None:
    """Remember that the session was used now; writes at most once a minute."""
    if now - row.seen_at >= _SEEN_EVERY:
        with transaction():
            db.session.execute(update(WebSession).where(WebSession.id == row.id).values(seen_at=now))


def actor_of_session(row: Row[Any], site_time_zone: str) -> Actor | None:
    """Who a living session acts as; None when an agent's session belongs to somebody who is no agent any more."""
    common = {
        "name": row.name,
        "person_id": row.person_id,
        "address": row.address or "",
        "time_zone": row.time_zone or site_time_zone,
        "organization_id": row.organization_id,
        "session_id": row.id,
    }
    if row.ticket_id is not None:
        return Actor(kind="guest", ticket_id=row.ticket_id, proves_address=bool(row.is_mailed), **common)
    if not row.is_agent:
        return Actor(kind="customer", sees_organization=bool(row.shares_tickets), **common)
    card = desk().agents.get(row.agent_id) if row.agent_id is not None else None
    if card is None or not card.is_active:
        return None
    return agent_actor(card.id, **common)


def agent_actor(agent_id: int, **common: Any) -> Actor:
    """The actor of an agent, from the cached desk. Raises KeyError for an unknown agent."""
    structure = desk()
    card = structure.agents[agent_id]
    common.setdefault("name", card.name)
    common.setdefault("person_id", card.person_id)
    common.setdefault("address", card.address)
    common.setdefault("time_zone", card.time_zone or desk_setting("site.time_zone"))
    return Actor(
        kind="agent",
        agent_id=card.id,
        is_administrator=card.is_administrator,
        limited_to_own=card.limited_to_own,
        permissions=structure.role_permissions.get(card.role_id, frozenset()),
        departments={
            department_id: structure.role_permissions.get(role_id, frozenset())
            for department_id, role_id in card.departments.items()
        },
        team_ids=card.team_ids,
        default_queue=card.default_queue,
        **common,
    )

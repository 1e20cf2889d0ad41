"""Adding people from the command line, by the same actions as the pages."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update

from portal.cli.troubles import Trouble
from portal.core.database import db, transaction
from portal.core.desk_settings import desk_setting
from portal.core.words import _
from portal.people.actions import find_or_make_person, find_person, good_address, good_name
from portal.people.actor import SYSTEM
from portal.people.agent_actions import AgentValues, add_agent
from portal.people.models import Agent, Department, Person, Role
from portal.people.passwords import check_password_rules, hash_password
from portal.people.security_log import log_security
from portal.people.sessions import end_sessions_of
from portal.people.sign_in import forget_failures


def has_administrator() -> bool:
    """True when somebody administers the desk."""
    return (
        db.session.execute(select(Agent.id).where(Agent.is_administrator, Agent.is_active).limit(1)).first() is not None
    )


def check_new_agent(
    email: str, name: str, *, department: str | None, desk_role: str | None, is_administrator: bool
) -> AgentValues:
    """The values of a new agent, checked before a password is asked for. Raises Refused or Trouble."""
    values = AgentValues(
        name=good_name(name),
        address=good_address(email),
        department_id=_id_of(Department, department),
        role_id=_id_of(Role, desk_role or ("All access" if is_administrator else "Expanded"), must=bool(desk_role)),
        is_administrator=is_administrator,
    )
    found = find_person(values.address)
    if found and db.session.execute(select(Agent.id).where(Agent.person_id == found.id)).first():
        raise Trouble(_("%(email)s belongs to an agent already.") % {"email": values.address})
    return values


def _id_of(model: type[Department] | type[Role], name: str | None, *, must: bool = True) -> int:
    rows = db.session.execute(select(model.id, model.name).order_by(model.id)).all()
    for row in rows:
        if name is None or row.name.casefold() == name.strip().casefold():
            return row.id
    if rows and not must:
        return rows[0].id
    kind = _("department") if model is Department else _("role")
    raise Trouble(
        _("There is no %(kind)s %(name)s. There are: %(known)s.")
        % {"kind": kind, "name": name or "", "known": ", ".join(row.name for row in rows) or _("none")}
    )


def add_desk_agent(values: AgentValues, *, password: str, now: datetime) -> None:
    """Add an agent or administrator. Raises Refused, naming the rule a password breaks."""
    add_agent(values, password=password, by=SYSTEM, now=now)


def check_new_customer(email: str, name: str) -> None:
    """Raises Refused or Trouble when there cannot be such a customer."""
    good_name(name)
    found = find_person(good_address(email))
    if found and db.session.execute(select(Agent.id).where(Agent.person_id == found.id)).first():
        raise Trouble(_("%(email)s belongs to an agent already.") % {"email": found.address})


def add_customer(email: str, name: str, *, password: str, now: datetime) -> int:
    """Add a customer who signs in with a password, or give one to a known person; gives the person's id."""
    check_password_rules(password, forbidden=(desk_setting("site.name"), name, email))
    password_hash = hash_password(password)
    with transaction():
        person = find_or_make_person(email, name, now=now)
        db.session.execute(
            update(Person).where(Person.id == person.id).values(password_hash=password_hash, is_active=True)
        )
        end_sessions_of(person.id)
        forget_failures(email)
        log_security("customer.added" if person.is_new else "password.set", by=SYSTEM, now=now, person_id=person.id)
    return person.id

"""What administrators change of organizations: name, whether members see each other's tickets, who belongs to it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import select, update

from portal.core.database import db
from portal.core.errors import NotFound, Refused
from portal.core.words import _
from portal.people.actions import find_person, good_address
from portal.people.actor import Actor
from portal.people.changes import delete_row, desk_change, good_name, lock_row, note_change
from portal.people.models import Organization, Person, SecurityEvent
from portal.people.stale import merge_stale
from portal.people.usage import refuse_used


@dataclass(frozen=True)
class OrganizationValues:
    """What an organization is made of."""

    name: str
    shares_tickets: bool = False


def organization_values(organization: Organization) -> OrganizationValues:
    """The organization's values as they are stored."""
    return OrganizationValues(organization.name, organization.shares_tickets)


def _good_organization(values: OrganizationValues, besides: int | None) -> OrganizationValues:
    name = good_name(values.name)
    same = select(Organization.id, Organization.name).where(Organization.name.ilike(_like(name), escape="\\"))
    for row in db.session.execute(same):
        if row.id != besides:
            raise Refused(_("There is already one called “%(name)s”.") % {"name": row.name}, field="name")
    return OrganizationValues(name, values.shares_tickets)


def _like(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")


def add_organization(values: OrganizationValues, *, by: Actor, now: datetime) -> Organization:
    """Add an organization. Raises Refused for an empty, too long or taken name."""
    with desk_change(by):
        new = _good_organization(values, None)
        organization = Organization(name=new.name, shares_tickets=new.shares_tickets, created_at=now)
        db.session.add(organization)
        db.session.flush()
        note_change("organization.added", subject_id=organization.id, name=new.name, new=asdict(new), by=by, now=now)
    return organization


def change_organization(
    organization: Organization, values: OrganizationValues, *, by: Actor, now: datetime, seen: str | None = None
) -> SecurityEvent | None:
    """Change an organization; None when nothing differs. Raises Conflict, and Refused for a bad name."""
    with desk_change(by):
        lock_row(organization)
        old = organization_values(organization)
        values = merge_stale("organization", organization.id, old, values, seen)
        new = _good_organization(values, organization.id)
        if new == old:
            return None
        organization.name, organization.shares_tickets = new.name, new.shares_tickets
        return note_change(
            "organization.changed",
            subject_id=organization.id,
            name=new.name,
            old=asdict(old),
            new=asdict(new),
            by=by,
            now=now,
        )


def delete_organization(organization: Organization, *, by: Actor, now: datetime) -> SecurityEvent:
    """Delete an organization without members. Raises Refused, saying how many it has."""
    with desk_change(by):
        lock_row(organization)
        refuse_used("organization", organization.id, organization.name, advice=_("Take them out first."))
        return delete_row(organization, "organization.deleted", by=by, now=now)


def add_member(organization: Organization, address: str, *, by: Actor, now: datetime) -> SecurityEvent | None:
    """Make the person with that address a member, out of any other organization. None when they are one already.

    Raises Refused when nobody has the address.
    """
    found = find_person(good_address(address, field="address"))
    if found is None:
        raise Refused(_("Nobody with this address has written yet."), field="address")
    with desk_change(by):
        lock_row(organization)
        old = db.session.execute(
            select(Person.organization_id, Organization.name)
            .outerjoin(Organization, Organization.id == Person.organization_id)
            .where(Person.id == found.id)
        ).one()
        if old.organization_id == organization.id:
            return None
        db.session.execute(update(Person).where(Person.id == found.id).values(organization_id=organization.id))
        return note_change(
            "organization.member_added",
            subject_id=organization.id,
            name=organization.name,
            old={"member": None, "organization": old.name},
            new={"member": found.name, "organization": organization.name},
            by=by,
            now=now,
        )


def remove_member(organization: Organization, person_id: int, *, by: Actor, now: datetime) -> SecurityEvent:
    """Take a person out of the organization. Raises NotFound when they are no member."""
    with desk_change(by):
        lock_row(organization)
        name = db.session.execute(
            select(Person.name).where(Person.id == person_id, Person.organization_id == organization.id)
        ).scalar()
        if name is None:
            raise NotFound(_("This person is no member any more."))
        db.session.execute(update(Person).where(Person.id == person_id).values(organization_id=None))
        return note_change(
            "organization.member_removed",
            subject_id=organization.id,
            name=organization.name,
            old={"member": name},
            new={"member": None},
            by=by,
            now=now,
        )

"""Organizations: list, add, change, members, delete."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Response, make_response, render_template, request
from sqlalchemy import func, select
from wtforms import BooleanField, StringField

from portal.core.clock import utc_now
from portal.core.database import db
from portal.core.errors import Refused
from portal.core.words import _
from portal.people.changes import get_row
from portal.people.models import Organization, Person, PersonAddress
from portal.people.organization_actions import (
    OrganizationValues,
    add_member,
    add_organization,
    change_organization,
    delete_organization,
    organization_values,
    remove_member,
)
from portal.web.admin import admin
from portal.web.admin.editing import AdminForm, Editor, EditPage, add_with, change_with, delete_with
from portal.web.admin.frame import administrator, done
from portal.web.admin.keyset import KeysetPage, keyset
from portal.web.forms import DeskForm, one_line


@dataclass(frozen=True)
class OrganizationRow:
    """An organization of the list."""

    id: int
    name: str
    shares_tickets: bool
    members: int


@dataclass(frozen=True)
class MemberRow:
    """A member of an organization."""

    id: int
    name: str
    address: str


class OrganizationForm(AdminForm):
    """An organization."""

    name = StringField(_("Name"), filters=[one_line])
    shares_tickets = BooleanField(_("Members see each other's tickets"))


class MemberForm(DeskForm):
    """The address of a person who becomes a member."""

    address = StringField(_("E-mail address"), filters=[one_line])


def _read(form: OrganizationForm, _row: Organization | None) -> OrganizationValues:
    return OrganizationValues(form.name.data or "", form.shares_tickets.data)


def _more(row: Organization | None) -> dict[str, Any]:
    if row is None:
        return {}
    return {"members": member_page(row.id), "member_form": MemberForm(formdata=None, prefix="member-")}


ORGANIZATIONS = Editor(
    path="organizations",
    model=Organization,
    template="admin/organizations/edit.html",
    list_name=_("Organizations"),
    new_heading=_("Add an organization"),
    added=_("Organization added."),
    form=lambda _row: OrganizationForm,
    read=_read,
    values_of=organization_values,
    add=add_organization,
    change=change_organization,
    delete=delete_organization,
    more=_more,
)


def member_page(organization_id: int) -> KeysetPage:
    """A page of members by name: one statement, over the members' index."""
    statement = (
        select(Person.id, Person.name, PersonAddress.address)
        .outerjoin(PersonAddress, (PersonAddress.person_id == Person.id) & PersonAddress.is_main)
        .where(Person.organization_id == organization_id)
    )
    url = f"/admin/organizations/{organization_id}"
    return keyset(statement, Person.name, Person.id, url=url, make=lambda row: MemberRow(row.id, row.name, row.address))


@admin.get("/organizations")
def organizations() -> str:
    """A page of organizations by name: two statements."""
    statement = select(Organization.id, Organization.name, Organization.shares_tickets)
    found = keyset(statement, Organization.name, Organization.id, url="/admin/organizations", make=lambda row: row)
    members = _member_counts([row.id for row in found.rows])
    rows = [OrganizationRow(r.id, r.name, r.shares_tickets, members.get(r.id, 0)) for r in found.rows]
    return render_template("admin/organizations/list.html", rows=rows, pages=found)


def _member_counts(ids: list[int]) -> dict[int, int]:
    rows = db.session.execute(
        select(Person.organization_id, func.count())
        .where(Person.organization_id.in_(ids))
        .group_by(Person.organization_id)
    ).all()
    return {row[0]: row[1] for row in rows if row[0] is not None}


@admin.route("/organizations/new", methods=["GET", "POST"])
def new_organization() -> Response:
    """Add an organization."""
    return add_with(ORGANIZATIONS)


@admin.route("/organizations/<int:row_id>", methods=["GET", "POST"])
def organization(row_id: int) -> Response:
    """One organization with its members."""
    return change_with(ORGANIZATIONS, row_id)


@admin.post("/organizations/<int:row_id>/members")
def organization_members(row_id: int) -> Response:
    """Make the person with an address a member."""
    row = get_row(Organization, row_id)
    form = MemberForm(prefix="member-")
    try:
        event = add_member(row, form.address.data or request.form.get("address", ""), by=administrator(), now=utc_now())
    except Refused as error:
        form.add_error(error)
        return _show_with(row, form)
    return done(ORGANIZATIONS.url_of(row), _("Member added.") if event else _("They are a member already."))


def _show_with(row: Organization, form: MemberForm) -> Response:
    from portal.web.admin.editing import filled

    url = ORGANIZATIONS.url_of(row)
    page = EditPage(
        row.name,
        ORGANIZATIONS.list_name,
        ORGANIZATIONS.list_url,
        url,
        is_new=False,
        delete_url=f"{url}/deletion",
        row_id=row.id,
    )
    return make_response(
        render_template(
            ORGANIZATIONS.template,
            page=page,
            form=filled(ORGANIZATIONS, row),
            members=member_page(row.id),
            member_form=form,
        ),
        422,
    )


@admin.post("/organizations/<int:row_id>/members/<int:person_id>/removal")
def organization_member_removal(row_id: int, person_id: int) -> Response:
    """Take a member out; the person and their tickets stay."""
    row = get_row(Organization, row_id)
    remove_member(row, person_id if person_id < 2**31 else 0, by=administrator(), now=utc_now())
    return done(ORGANIZATIONS.url_of(row), _("Member taken out."))


@admin.post("/organizations/<int:row_id>/deletion")
def organization_deletion(row_id: int) -> Response:
    """Delete an organization without members."""
    return delete_with(ORGANIZATIONS, row_id)

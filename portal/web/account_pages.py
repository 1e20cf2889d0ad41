"""`/account`: one's own name, password and sessions; for customers and agents alike."""

from __future__ import annotations

from zoneinfo import available_timezones

from flask import Response, request
from wtforms import PasswordField, SelectField, StringField, TelField

from portal.core.clock import utc_now
from portal.core.database import db
from portal.core.errors import DeskError, Refused
from portal.core.words import _
from portal.people.actions import change_own_details, change_own_password, good_name, good_phone, good_time_zone
from portal.people.actor import Actor
from portal.people.models import Person
from portal.people.own_sessions import end_own_session, own_sessions
from portal.people.security_log import log_security
from portal.people.sessions import end_sessions_of
from portal.web.auth import SignInNeeded, current_actor, network, sign_in
from portal.web.auth_pages import auth
from portal.web.customer.door import notify, show
from portal.web.customer.forms import checked
from portal.web.forms import DeskForm
from portal.web.htmx import see_other


class DetailsForm(DeskForm):
    """`POST /account`."""

    name = StringField(_("Name"), [checked(good_name)])
    phone = TelField(_("Phone"), [checked(good_phone)])
    time_zone = SelectField(_("Time zone"), [checked(good_time_zone)], validate_choice=False)


class PasswordForm(DeskForm):
    """`POST /account/password`. The current password is asked of those who have one."""

    current = PasswordField(_("Current password"))
    password = PasswordField(_("New password"))


def _who() -> Actor:
    actor = current_actor()
    if not actor.is_signed_in or actor.person_id is None:
        raise SignInNeeded
    return actor


@auth.get("/account")
def account() -> tuple[str, int]:
    """The page: details, password, sessions."""
    return _show(_who())


@auth.post("/account")
def change_details() -> Response | tuple[str, int]:
    """Change name, phone and time zone."""
    actor = _who()
    form = DetailsForm()
    if not form.validate():
        return _show(actor, details=form, status=422)
    change_own_details(
        actor.person_id or 0,
        name=form.name.data or "",
        phone=form.phone.data or "",
        time_zone=form.time_zone.data or "",
    )
    notify(_("Your details are saved."))
    return see_other("/account")


@auth.post("/account/password")
def change_password() -> Response | tuple[str, int]:
    """Change the password: every other session and link ends, this browser gets a new session."""
    actor = _who()
    form = PasswordForm()
    now = utc_now()
    try:
        change_own_password(
            actor.person_id or 0,
            form.current.data or "",
            form.password.data or "",
            by=actor,
            network=network(),
            now=now,
        )
    except DeskError as error:
        form.add_error(error)
        return _show(actor, password=form, status=error.http_status)
    log_security("password.changed", by=actor, now=now, network=network())
    sign_in(actor.person_id or 0, is_agent=actor.is_agent, now=now)
    notify(_("Your password is changed. Every other browser is signed out."))
    return see_other("/account")


@auth.post("/account/sessions/end")
def end_session_of_mine() -> Response:
    """`session` = the id of one of one's own sessions, or `others`."""
    actor = _who()
    wanted = request.form.get("session", "")
    if wanted == "others":
        end_sessions_of(actor.person_id or 0, besides=actor.session_id)
    elif wanted.isascii() and wanted.isdigit() and len(wanted) < 15:
        end_own_session(int(wanted), by=actor)
    else:
        raise Refused(_("Pick the session to end from the list."))
    log_security("session.ended", by=actor, now=utc_now(), network=network())
    notify(_("Signed out there."))
    return see_other("/account")


def _show(
    actor: Actor, *, details: DetailsForm | None = None, password: PasswordForm | None = None, status: int = 200
) -> tuple[str, int]:
    now = utc_now()
    person = db.session.get_one(Person, actor.person_id)
    if details is None:
        details = DetailsForm(formdata=None, name=person.name, phone=person.phone, time_zone=person.time_zone)
    details.time_zone.choices = [("", _("As the site")), *((name, name) for name in sorted(available_timezones()))]
    return show(
        "auth/account.html",
        status=status,
        details=details,
        password=password or PasswordForm(formdata=None),
        has_password=bool(person.password_hash),
        address=actor.address,
        sessions=own_sessions(actor, now=now),
        now=now,
        zone=actor.time_zone,
    )

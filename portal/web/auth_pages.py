"""Signing in and out, and coming back to what was typed before."""

from __future__ import annotations

from flask import Blueprint, Response, request
from wtforms import EmailField, HiddenField, PasswordField

from portal.core.clock import utc_now
from portal.core.database import db, transaction
from portal.core.errors import DeskError, TooMany
from portal.core.text import ADDRESS_LENGTH, clean_line
from portal.core.words import _
from portal.people.actor import Actor
from portal.people.links import find_link, prove_address, use_up
from portal.people.models import AccessLink, Person, PersonAddress
from portal.people.security_log import log_security
from portal.people.sign_in import check_sign_in, forget_failures
from portal.web.auth import current_actor, network, sign_in, sign_out
from portal.web.customer.door import show
from portal.web.errors import error_page
from portal.web.forms import DeskForm
from portal.web.htmx import see_other
from portal.web.inside import inside
from portal.web.kept_forms import find_kept_form, show_again

auth = Blueprint("auth", __name__)


class SignInForm(DeskForm):
    """`POST /sign-in`."""

    email = EmailField(_("E-mail address"), filters=[clean_line])
    password = PasswordField(_("Password"))
    next = HiddenField()


def place_after(wanted: str | None, *, is_agent: bool) -> str:
    """Where somebody goes after signing in: where they wanted to, as long as it is inside the site and theirs."""
    default = "/agent" if is_agent else "/tickets"
    target = inside(wanted, default)
    is_of_desk = target.split("?")[0].split("#")[0].startswith(("/agent", "/admin"))
    return default if is_of_desk and not is_agent else target


@auth.get("/sign-in")
def sign_in_page() -> Response | tuple[str, int]:
    """The form; somebody signed in is led on."""
    actor = current_actor()
    wanted = request.args.get("next", "")
    if actor.is_signed_in:
        return see_other(place_after(wanted, is_agent=actor.is_agent))
    form = SignInForm()
    form.next.data = inside(wanted, "")
    return show("auth/sign_in.html", form=form)


@auth.post("/sign-in")
def sign_in_now() -> Response | tuple[str, int]:
    """Sign in with a new session; the answer does not tell whether the account exists."""
    form = SignInForm()
    address, password = (form.email.data or "")[:ADDRESS_LENGTH], form.password.data or ""
    if not address or not password:
        form.form_errors.append(_("Write your e-mail address and your password."))
        return show("auth/sign_in.html", status=422, form=form)
    now = utc_now()
    try:
        who = check_sign_in(address, password, network=network(), now=now)
    except DeskError as error:
        form.form_errors.append(error.message)
        page, status = show("auth/sign_in.html", status=error.http_status, form=form)
        headers = {"Retry-After": str(error.retry_after)} if isinstance(error, TooMany) else {}
        return Response(page, status, headers)
    sign_in(who.person_id, is_agent=who.is_agent, now=now)
    return see_other(place_after(form.next.data, is_agent=who.is_agent))


@auth.post("/sign-out")
def sign_out_now() -> Response:
    """End this browser's sessions; secure links of it too."""
    actor = current_actor()
    if actor.is_signed_in:
        log_security("sign-out", by=actor, now=utc_now(), network=network())
    sign_out()
    response = see_other("/")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@auth.get("/sign-in/<token>")
def magic_link(token: str) -> Response:
    """A page with one button; opening it, as mail scanners do, uses nothing up."""
    link = find_link(token, "sign-in", now=utc_now())
    if link is None:
        return _over()
    page, status = show("auth/magic_link.html", token=token)
    return _private(Response(page, status))


@auth.post("/sign-in/<token>")
def use_magic_link(token: str) -> Response:
    """The button: uses the link up, proves the address it was mailed to, and signs in to all own tickets."""
    now = utc_now()
    link = find_link(token, "sign-in", now=now)
    if link is None or not _use(link):
        return _over()
    sign_in(link.person_id, is_agent=False, now=now)
    return _private(see_other("/tickets"))


def _use(link: AccessLink) -> bool:
    now = utc_now()
    person = db.session.get(Person, link.person_id)
    if person is None or not person.is_active:
        return False
    with transaction():
        if not use_up(link, now=now):
            return False
        address = db.session.get(PersonAddress, link.address_id) if link.address_id else None
        if address is not None and link.is_mailed:
            prove_address(address.id, now=now)
            forget_failures(address.address)
        who = Actor(kind="customer", person_id=person.id, name=person.name)
        log_security("sign-in", by=who, now=now, network=network(), with_link=True)
    return True


def _over() -> Response:
    page, status = show("auth/magic_link_over.html", status=410)
    return _private(Response(page, status))


def _private(response: Response) -> Response:
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


@auth.get("/kept/<token>")
def send_again(token: str) -> Response:
    """What was typed before signing in again, with one button to send it."""
    kept = find_kept_form(token, now=utc_now())
    if kept is None:
        return error_page(410, _("What you typed was kept for a day and is gone now. Please write it again."))
    action, fields = kept
    return show_again(action, fields, 200, had_files=False)


from portal.web import account_pages  # noqa: E402, F401

"""Who is at the door: Flask-Login over server-side sessions, secure-link sessions, and the guards of the doors."""

from __future__ import annotations

import ipaddress
from datetime import datetime
from typing import Any

from flask import Flask, Response, abort, g, redirect, request, session, url_for
from flask_login import AnonymousUserMixin, LoginManager, UserMixin, current_user, login_user, logout_user

from portal.core.clock import utc_now
from portal.core.desk_settings import desk_setting
from portal.core.errors import Forbidden, NotFound
from portal.core.words import _
from portal.people.actor import NOBODY, Actor
from portal.people.sessions import (
    actor_of_session,
    end_session,
    find_session,
    find_sessions,
    is_alive,
    start_session,
    touch_session,
)
from portal.tickets.models import Ticket
from portal.tickets.policy import ticket_for

GUEST_SESSIONS = 5
"""How many secure links one browser may hold open at the same time."""


class Visitor(UserMixin):
    """Flask-Login's user: a living session and the actor it acts as. Its id is the session's token."""

    def __init__(self, token: str, actor: Actor):
        self.token = token
        self.actor = actor

    def get_id(self) -> str:
        return self.token


class NobodyHere(AnonymousUserMixin):
    """Flask-Login's anonymous user."""

    actor = NOBODY


login_manager = LoginManager()
login_manager.anonymous_user = NobodyHere
login_manager.session_protection = None


@login_manager.user_loader
def _load_visitor(token: str) -> Visitor | None:
    row = find_session(token)
    if row is None:
        return None
    g.desk_version = int(row.desk_version or 0)
    now = utc_now()
    if row.ticket_id is not None or not is_alive(row, now):
        return None
    actor = actor_of_session(row, desk_setting("site.time_zone"))
    if actor is None:
        return None
    touch_session(row, now)
    return Visitor(token, actor)


def current_actor() -> Actor:
    """Who acts in this request: an agent, a customer, or NOBODY (holders of a secure link: `guests()`)."""
    return current_user.actor


def guests() -> list[Actor]:
    """The actors of the secure-link sessions this browser holds: one statement, none without such sessions."""
    if "guests" not in g:
        tokens = [t for t in session.get("guests", []) if isinstance(t, str)][:GUEST_SESSIONS]
        now = utc_now()
        rows = find_sessions(tokens) if tokens else []
        if rows and "desk_version" not in g:
            g.desk_version = int(rows[0].desk_version or 0)
        alive = [row for row in rows if row.ticket_id is not None and is_alive(row, now)]
        for row in alive:
            touch_session(row, now)
        found = [actor_of_session(row, desk_setting("site.time_zone")) for row in alive]
        g.guests = [actor for actor in found if actor is not None]
    return g.guests


def ticket_at_door(number: str) -> tuple[Ticket, Actor]:
    """The ticket of a customer's page and who may see it: the person signed in, else the holder of a secure link.

    Raises NotFound for somebody signed in who may not see it, and SignInNeeded for nobody; both are the same for
    tickets that exist and that do not.
    """
    actor = current_actor()
    if actor.kind == "customer":
        try:
            return ticket_for(actor, number), actor
        except NotFound:
            pass
    for guest in guests():
        try:
            return ticket_for(guest, number), guest
        except NotFound:
            continue
    if actor.kind == "agent":
        return ticket_for(actor, number), actor
    if actor.kind == "nobody":
        raise SignInNeeded
    raise NotFound(_("There is no such ticket, or you may not see it."))


class SignInNeeded(Exception):
    """Somebody must sign in first; web/errors.py leads to the sign-in page and back."""


def network() -> str:
    """The network of the request, for limits and the security log: an IPv4 address, or the /64 of an IPv6 one."""
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return request.remote_addr or ""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def sign_in(person_id: int, *, is_agent: bool, now: datetime) -> None:
    """Sign this browser in with a new session; what the browser held before is dropped, secure links are kept."""
    held = session.get("guests", [])
    old = session.get("_user_id")
    if old:
        end_session(old)
    session.clear()
    token = start_session(
        person_id, is_agent=is_agent, now=now, user_agent=request.user_agent.string, network=network()
    )
    row = find_session(token)
    actor = actor_of_session(row, desk_setting("site.time_zone")) if row is not None else None
    if actor is None:
        end_session(token)
        raise Forbidden(_("This account is switched off."))
    login_user(Visitor(token, actor))
    session.pop("_id", None)  # Flask-Login's fingerprint of the browser: session_protection is off, so it is not used
    session.permanent = True
    if held and not is_agent:
        session["guests"] = held


def sign_out() -> None:
    """End this browser's sessions, also those of secure links, on the server and in the browser."""
    for token in [session.get("_user_id"), *session.get("guests", [])]:
        if isinstance(token, str):
            end_session(token)
    logout_user()
    session.clear()


def hold_ticket_link(link: Any, *, now: datetime) -> None:
    """Open a session for the one ticket of a secure link (people/models.AccessLink) in this browser."""
    for guest in guests():
        is_same = guest.ticket_id == link.ticket_id and guest.person_id == link.person_id
        if is_same and (guest.proves_address or not link.is_mailed):
            return
    token = start_session(
        link.person_id,
        is_agent=False,
        now=now,
        ticket_id=link.ticket_id,
        link_id=link.id,
        user_agent=request.user_agent.string,
        network=network(),
    )
    session["guests"] = [token, *session.get("guests", [])][:GUEST_SESSIONS]
    session.permanent = True
    g.pop("guests", None)


def lead_to_sign_in() -> Response:
    """303 to the sign-in page and back (htmx: 401 with HX-Redirect), product.md section 4."""
    wanted = request.full_path.rstrip("?") if request.method in ("GET", "HEAD") else request.path
    if request.headers.get("HX-Request") == "true":
        wanted = _page_of_htmx() or wanted
        target = url_for("auth.sign_in_page", next=wanted)
        return Response("", 401, {"HX-Redirect": target})
    return redirect(url_for("auth.sign_in_page", next=wanted), 303)  # type: ignore[return-value]


def _page_of_htmx() -> str:
    from urllib.parse import urlsplit

    parts = urlsplit(request.headers.get("HX-Current-URL", ""))
    return parts.path + (f"?{parts.query}" if parts.query else "")


def guard_doors() -> Response | None:
    """Keep everybody out of /agent and /admin who does not belong there; runs before every request."""
    path = request.path
    if path == "/agent" or path.startswith("/agent/"):
        return agents_only()
    if path == "/admin" or path.startswith("/admin/"):
        return administrators_only()
    return None


def agents_only() -> Response | None:
    """Nobody is led to sign in, a customer gets 404."""
    actor = current_actor()
    if actor.kind == "nobody":
        return lead_to_sign_in()
    if actor.kind != "agent":
        abort(404)
    return None


def administrators_only() -> Response | None:
    """As `agents_only`; an agent who is no administrator gets 403 with a sentence."""
    answer = agents_only()
    if answer is None and not current_actor().is_administrator:
        raise Forbidden(_("Only administrators may open this page. Ask one to do it or to give you the right."))
    return answer


def init_auth(app: Flask) -> None:
    """Attach Flask-Login and the guard to the application."""
    login_manager.init_app(app)
    app.before_request(guard_doors)

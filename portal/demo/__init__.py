"""`portal serve --demo`: plays the running example through the same actions as the pages, shifted into the past."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from flask import Flask, current_app
from sqlalchemy import select

from portal.core.clock import utc_now
from portal.core.database import db, transaction
from portal.core.desk_settings import desk_setting
from portal.core.errors import Refused
from portal.core.models import Outbox
from portal.core.words import _
from portal.demo.actors import make_actors
from portal.demo.cast import AGENTS, CUSTOMERS, GUEST, address_of, check_demo_password, hire, short_name
from portal.demo.plot import LASTS, Plot
from portal.notices.deliver import deliver
from portal.people.links import make_sign_in_link, make_ticket_link
from portal.people.models import Person
from portal.tickets.models import Ticket
from portal.tickets.statuses import ticket_lists

log = logging.getLogger("portal.demo")


def play(app: Flask, *, password: str = "") -> list[str]:
    """Play the example into an empty database; gives the lines that tell who signs in with what.

    Raises Refused when the database is not empty or the given password breaks the rules.
    """
    now = utc_now().replace(microsecond=0)
    start = now - LASTS
    with app.app_context():
        _refuse_unless_empty()
        check_demo_password(password)
        cast = hire(password, start=start)
        make_actors(cast)
        ticket_lists(), desk_setting("site.name")  # cached from here on
        with transaction():
            plot = Plot(cast, start)
            plot.play()
            token = make_ticket_link(plot.guest_ticket.id, plot.guest_id, now=now)
        db.session.remove()
    lines = [_line(role, address_of(name), cast.passwords[short_name(name)]) for name, role, *_rest in AGENTS]
    lines += [
        _line("customer", address_of(name), cast.passwords[short_name(name)])
        for name, _organization, signs_in in CUSTOMERS
        if signs_in
    ]
    return [*lines, _line("guest", address_of(GUEST), f"{app.config['PORTAL_URL']}/t/{token}")]


def _line(role: str, address: str, secret: str) -> str:
    return f"{role:<13}  {address:<20}  {secret}"


def _refuse_unless_empty() -> None:
    for model in (Person, Ticket):
        if db.session.execute(select(model.id).limit(1)).first() is not None:
            raise Refused(_("The demo needs an empty database, and this one is not. Type portal serve without --demo."))


def show_links(row: Outbox, now: datetime) -> str:
    """Deliver a row as ever, and write the link it is for into the log: in the demo nobody has a mailbox."""
    state = deliver(row, now)
    if row.person_id is None or now - row.created_at > timedelta(hours=1):
        return state
    root = current_app.config["PORTAL_URL"]
    if row.letter == "sign-in-link":
        link = f"{root}/sign-in/{make_sign_in_link(row.person_id, now=now)}"
        log.info("Sign-in link for %s: %s", row.address, link, extra={"shows_link": True})
    elif row.letter == "ticket-link" and row.ticket_id is not None:
        link = f"{root}/t/{make_ticket_link(row.ticket_id, row.person_id, now=now, is_mailed=True)}"
        log.info("Ticket link for %s: %s", row.address, link, extra={"shows_link": True})
    return state


__all__ = ["play", "show_links"]

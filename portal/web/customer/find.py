"""`/tickets/find` asks for a link; `/t/<token>` is one."""

from __future__ import annotations

from flask import Response, request

from portal.core.clock import utc_now
from portal.core.database import db
from portal.core.errors import TooMany
from portal.core.text import clean_line
from portal.intake.look_up import ask_for_link
from portal.people.links import find_link
from portal.tickets.models import Ticket
from portal.web.auth import hold_ticket_link, network
from portal.web.customer import customer
from portal.web.customer.door import show
from portal.web.customer.forms import FindForm
from portal.web.htmx import see_other


@customer.get("/tickets/find")
def find_page() -> tuple[str, int]:
    """The form."""
    form = FindForm()
    form.number.data = clean_line(request.args.get("number"))[:20]
    return show("customer/find.html", form=form, is_sent=False)


@customer.post("/tickets/find")
def find() -> Response | tuple[str, int]:
    """Ask for a link; the answer is the same whether address and number exist or not."""
    form = FindForm()
    if not form.validate():
        return show("customer/find.html", status=422, form=form, is_sent=False)
    number = clean_line(form.number.data).removeprefix("#").strip()
    try:
        ask_for_link(form.email.data, number, network=network(), now=utc_now())
    except TooMany as error:
        form.add_error(error)
        page, status = show("customer/find.html", status=429, form=form, is_sent=False)
        return Response(page, status, {"Retry-After": str(error.retry_after)})
    return see_other("/tickets/find/sent" if number else "/tickets/find/sent?all=1")


@customer.get("/tickets/find/sent")
def find_sent() -> tuple[str, int]:
    """What happens after asking for a link."""
    return show("customer/find.html", form=None, is_sent=True, is_for_all=bool(request.args.get("all")))


@customer.get("/t/<token>")
def secure_link(token: str) -> Response:
    """A secure link: opens a session for its one ticket and leads there. HEAD, as mail scanners send it, opens none."""
    now = utc_now()
    link = find_link(token, "ticket", now=now)
    ticket = db.session.get(Ticket, link.ticket_id) if link is not None else None
    if link is None or ticket is None or ticket.deleted_at is not None:
        page, status = show("customer/link_over.html", status=404)
        return _private(Response(page, status))
    if request.method != "HEAD":
        hold_ticket_link(link, now=now)
    return _private(see_other(f"/tickets/{ticket.number}"))


def _private(response: Response) -> Response:
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response

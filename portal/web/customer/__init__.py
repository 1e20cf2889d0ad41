"""The customers' door: open a ticket, follow it, find it."""

from flask import Blueprint

customer = Blueprint("customer", __name__)

from portal.web.customer import confirm, find, home, message, mine, new, one  # noqa: E402, F401

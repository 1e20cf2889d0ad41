"""The customers' door: open a ticket, follow it, find it."""

from flask import Blueprint

customer = Blueprint("customer", __name__)

import portal.web.customer.confirm  # noqa: E402
import portal.web.customer.find  # noqa: E402
import portal.web.customer.home  # noqa: E402
import portal.web.customer.message  # noqa: E402
import portal.web.customer.mine  # noqa: E402
import portal.web.customer.new  # noqa: E402
import portal.web.customer.one  # noqa: E402, F401

"""What becomes of made-up tickets, and how often."""

from __future__ import annotations

FATES = (
    ("closed", 78),
    ("resolved", 6),
    ("new", 3),
    ("open", 5),
    ("in-progress", 4),
    ("waiting-on-customer", 2),
    ("waiting-on-third-party", 1.5),
    ("trash", 0.5),
)
"""Where a ticket stands in the end, and how many in a hundred do."""

NAMES = [name for name, _share in FATES]
SHARES = [share for _name, share in FATES]
STATES = {
    "open": "open",
    "in-progress": "open",
    "waiting-on-customer": "waiting",
    "waiting-on-third-party": "waiting",
    "resolved": "resolved",
    "closed": "closed",
}
DUE_IN_HOURS = (-30, -4, 2, 6, 20, 30, 50, 75, 100, 150)

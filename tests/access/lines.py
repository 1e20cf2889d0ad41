"""The access matrix: one line for every route and method. A route without a line fails test_matrix.py.

A line says through which door a request goes, which permission it needs there, a body that is right, and the status of
an answer to somebody who may: one number, or one for each kind of ticket.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.access.people import (
    ADMINISTRATOR,
    AGENTS,
    CUSTOMERS,
    FOREIGN,
    GUEST,
    LIMITED,
    LIMITED_MAY,
    MERGED,
    NOBODY,
    OWN,
    SEES,
    TICKETS,
    TRASHED,
    Scene,
)  # fmt: skip

SIGN_IN = -303
"""Led to sign in: 303 to `/sign-in?next=…`, or 401 with `HX-Redirect` for htmx."""

EVERYBODY, SIGNED_IN, DESK, ADMINISTRATION, TICKET_OF_DESK, TICKET_OF_CUSTOMER = range(6)
Fields = dict[str, object]


@dataclass(frozen=True)
class Line:
    """One line. `done` holds for those who may; `body` gives the fields of a good form."""

    door: int
    permission: str = ""
    done: int | dict[str, int] = 200
    body: Callable[[Scene, str], Fields] = lambda _scene, _kind: {}
    of: dict[str, int] | None = None
    """Statuses that differ for single kinds of people."""

    def expected(self, person: str, kind: str, method: str) -> int:
        """The status this person gets for this kind of ticket, as a whole page."""
        if self.of and person in self.of:
            return self.of[person]
        done = self.done if isinstance(self.done, int) else self.done[kind]
        if self.door == EVERYBODY:
            return done
        if self.door == TICKET_OF_CUSTOMER:
            return self._of_customers(person, kind, method, done)
        if person in (NOBODY, GUEST):
            return SIGN_IN
        if self.door == SIGNED_IN:
            return done
        if person in CUSTOMERS:
            return 404
        if self.door == ADMINISTRATION:
            return done if person == ADMINISTRATOR else 403
        if self.door == TICKET_OF_DESK and person not in SEES[kind]:
            return 404
        if self.permission and person == LIMITED and self.permission not in LIMITED_MAY:
            return 403
        return done

    def _of_customers(self, person: str, kind: str, method: str, done: int) -> int:
        sees = person in SEES[kind]
        if person in (NOBODY, GUEST):
            return done if sees else SIGN_IN
        if person in AGENTS:
            return 303 if sees and method == "GET" else 404
        return done if sees else 404


def gone(done: int, refused: int = 422) -> dict[str, int]:
    """Done on living tickets, refused on those in the trash or merged."""
    return {OWN: done, FOREIGN: done, TRASHED: refused, MERGED: refused}


def form(permission: str, body: Callable[[Scene, str], Fields], *, name: str, shelf: int = 422) -> dict:
    """The two lines of a small form of a ticket: drawn by GET, applied by POST."""
    return {
        (f"agent.{name}", "GET"): Line(TICKET_OF_DESK, permission),
        (f"agent.{name}", "POST"): Line(TICKET_OF_DESK, permission, gone(303, shelf), body),
    }


def fixed(**fields: object) -> Callable[[Scene, str], Fields]:
    """A body that is the same for every ticket."""
    return lambda _scene, _kind: dict(fields)


def removal(name: str, permission: str) -> dict:
    """Taking something back that is not there: 404 for those who may, nothing said to the others."""
    return {(f"agent.{name}", "POST"): Line(TICKET_OF_DESK, permission, gone(404, 422))}


def admin_rows(plural: str, one: str, *, moves: bool = False, body: Fields | None = None) -> dict:
    """The lines of one kind of thing administrators keep."""
    lines = {
        (f"admin.{plural}", "GET"): Line(ADMINISTRATION),
        (f"admin.new_{one}", "GET"): Line(ADMINISTRATION),
        (f"admin.new_{one}", "POST"): Line(ADMINISTRATION, done=422),
        (f"admin.{one}", "GET"): Line(ADMINISTRATION),
        (f"admin.{one}", "POST"): Line(ADMINISTRATION, done=422),
        (f"admin.{one}_deletion", "POST"): Line(ADMINISTRATION, done=422),
    }
    if moves:
        lines[f"admin.{one}_position", "POST"] = Line(ADMINISTRATION, done=303, body=fixed(step="1"))
    return lines


def other(scene: Scene, kind: str) -> str:
    """The number of a ticket beside this one that both the customer's and the department's people see."""
    return scene.numbers[FOREIGN if kind == OWN else OWN]


LINES: dict[tuple[str, str], Line] = {
    ("operations.healthz", "GET"): Line(EVERYBODY),
    ("operations.readyz", "GET"): Line(EVERYBODY, done=503),
    **form("", fixed(status="in-progress"), name="status"),
    **form("edit", fixed(priority="urgent"), name="priority"),
    **form("edit", fixed(due_at="2031-01-01T10:00"), name="due"),
    **form("edit", lambda scene, _kind: {"topic": ""}, name="topic"),
    **form("edit", fixed(subject="Changed"), name="subject"),
    **form("assign", lambda scene, _kind: {"assignee": f"team:{scene.ids['team']}"}, name="assignment"),
    **form("close", fixed(resolution="Restored."), name="resolution"),
    **form("refer", lambda scene, _kind: {"to": str(scene.ids["jonas"])}, name="referrals"),
    **form("customer", fixed(email="new@customers.example"), name="ticket_customer"),
    **form("edit", fixed(email="new@customers.example", name="New"), name="collaborators"),
    **form("reply", fixed(next_update_at="2031-01-01T10:00"), name="promise"),
    **removal("remove_collaborator", "edit"),
    **removal("remove_referral", "refer"),
    **removal("remove_link", "link"),
}
assert set(TICKETS) == set(SEES)

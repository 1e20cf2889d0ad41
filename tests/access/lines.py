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
    COLLABORATOR,
    COLLEAGUE,
    CUSTOMERS,
    FOREIGN,
    GUEST,
    LIMITED,
    LIMITED_MAY,
    MERGED,
    NOBODY,
    OUTSIDE,
    OWN,
    OWN_ONLY,
    OWNER,
    SEES,
    STRANGER,
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
    of: dict[object, int] | None = None
    """Statuses that differ for a kind of person, or for one on one kind of ticket."""

    def expected(self, person: str, kind: str, method: str) -> int:
        """The status this person gets for this kind of ticket, as a whole page."""
        for special in ((person, kind), person):
            if self.of and special in self.of:
                return self.of[special]
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


def form(
    permission: str, body: Callable[[Scene, str], Fields], *, name: str, of: dict[object, int] | None = None
) -> dict:
    """The two lines of a small form of a ticket: drawn by GET, applied by POST."""
    return {
        (f"agent.{name}", "GET"): Line(TICKET_OF_DESK, permission, of=of),
        (f"agent.{name}", "POST"): Line(TICKET_OF_DESK, permission, gone(303), body, of),
    }


def fixed(**fields: object) -> Callable[[Scene, str], Fields]:
    """A body that is the same for every ticket."""
    return lambda _scene, _kind: dict(fields)


def removal(name: str, permission: str) -> dict:
    """Taking something back that is not there any more: as if it had just been done."""
    return {(f"agent.{name}", "POST"): Line(TICKET_OF_DESK, permission, gone(303))}


def admin_rows(plural: str, one: str, *, moves: bool = False, deletion: int = 422) -> dict:
    """The lines of one kind of thing administrators keep; the first of it is asked for."""
    lines = {
        (f"admin.{plural}", "GET"): Line(ADMINISTRATION),
        (f"admin.new_{one}", "GET"): Line(ADMINISTRATION),
        (f"admin.new_{one}", "POST"): Line(ADMINISTRATION, done=422),
        (f"admin.{one}", "GET"): Line(ADMINISTRATION),
        (f"admin.{one}", "POST"): Line(ADMINISTRATION, done=422),
    }
    if deletion:
        lines[f"admin.{one}_deletion", "POST"] = Line(ADMINISTRATION, done=deletion)
    if moves:
        lines[f"admin.{one}_position", "POST"] = Line(ADMINISTRATION, done=303, body=fixed(step="1"))
    return lines


NEW_TICKET = {
    "topic": "1", "name": "Gail Roe", "email": "gail@customers.example", "phone": "", "subject": "Cards do not work",
    "message": "Since this morning.",
}  # fmt: skip


def away_from(kind: str) -> str:
    """The department a ticket of this kind is not in."""
    return "support" if kind == FOREIGN else "operations"


def other(scene: Scene, kind: str) -> str:
    """The number of a ticket beside this one that the same people see."""
    return scene.numbers["beside foreign" if kind == FOREIGN else "beside"]


LINES: dict[tuple[str, str], Line] = {
    # what anybody may ask for
    ("operations.healthz", "GET"): Line(EVERYBODY),
    ("operations.readyz", "GET"): Line(EVERYBODY, done=503),
    ("favicon", "GET"): Line(EVERYBODY, done=302),
    ("static_file", "GET"): Line(EVERYBODY, done=404),
    ("customer.home", "GET"): Line(EVERYBODY),
    ("customer.new_page", "GET"): Line(EVERYBODY),
    ("customer.open_one", "POST"): Line(EVERYBODY, done=303, body=fixed(**NEW_TICKET)),
    ("customer.find_page", "GET"): Line(EVERYBODY),
    ("customer.find", "POST"): Line(EVERYBODY, done=303, body=fixed(email="priya@customers.example", number="999999")),
    ("customer.find_sent", "GET"): Line(EVERYBODY),
    ("customer.secure_link", "GET"): Line(EVERYBODY, done=404),
    ("auth.sign_in_page", "GET"): Line(EVERYBODY, done=303, of={NOBODY: 200, GUEST: 200}),
    ("auth.sign_in_now", "POST"): Line(EVERYBODY, done=422, body=fixed(email="ana@desk.example", password="wrong")),
    ("auth.sign_out_now", "POST"): Line(EVERYBODY, done=303),
    ("auth.magic_link", "GET"): Line(EVERYBODY, done=410),
    ("auth.use_magic_link", "POST"): Line(EVERYBODY, done=410),
    ("auth.send_again", "GET"): Line(EVERYBODY, done=410),
    # one's own account
    ("auth.account", "GET"): Line(SIGNED_IN),
    ("auth.change_details", "POST"): Line(SIGNED_IN, done=303, body=fixed(name="New Name", phone="", time_zone="")),
    ("auth.change_password", "POST"): Line(SIGNED_IN, done=422, body=fixed(current="wrong", password="x")),
    ("auth.end_session_of_mine", "POST"): Line(SIGNED_IN, done=303, body=fixed(session="others")),
    # a customer's ticket
    ("customer.mine", "GET"): Line(SIGNED_IN, of={GUEST: 200}),
    ("customer.one", "GET"): Line(TICKET_OF_CUSTOMER),
    ("customer.opened_page", "GET"): Line(TICKET_OF_CUSTOMER),
    ("customer.write", "POST"): Line(TICKET_OF_CUSTOMER, done=gone(303), body=fixed(message="More news.")),
    ("customer.confirmation", "POST"): Line(TICKET_OF_CUSTOMER, done=gone(303), body=fixed(works="yes")),
    ("customer.rating", "POST"): Line(
        TICKET_OF_CUSTOMER,
        done=422,
        body=fixed(rating="5"),
        of={(COLLEAGUE, OWN): 403, (COLLABORATOR, OWN): 403, (COLLEAGUE, MERGED): 403},
    ),
    ("customer.news", "POST"): Line(TICKET_OF_CUSTOMER, done=422),
    ("customer.address", "POST"): Line(
        TICKET_OF_CUSTOMER, done=422, of={(OWNER, OWN): 303, (OWNER, MERGED): 303, (STRANGER, FOREIGN): 303}
    ),
    ("files.file", "GET"): Line(SIGNED_IN, of={GUEST: 200, STRANGER: 404, OUTSIDE: 404, OWN_ONLY: 404}),
    # the desk
    ("agent.home", "GET"): Line(DESK, done=303),
    ("agent.queue", "GET"): Line(DESK),
    ("agent.queue_count_fragments", "GET"): Line(DESK),
    ("agent.search", "GET"): Line(DESK),
    ("agent.customers", "GET"): Line(DESK),
    ("agent.customer", "GET"): Line(DESK),
    ("agent.new_ticket", "GET"): Line(DESK, "create"),
    ("agent.new_ticket", "POST"): Line(
        DESK, "create", done=303, body=fixed(**NEW_TICKET, channel="phone"), of={OUTSIDE: 403}
    ),
    # an agent's ticket
    ("agent.ticket", "GET"): Line(TICKET_OF_DESK),
    ("agent.replies", "POST"): Line(TICKET_OF_DESK, "reply", gone(303), fixed(body="We are on it.")),
    ("agent.notes", "POST"): Line(TICKET_OF_DESK, "note", gone(303), fixed(body="Looks odd.")),
    **form("", fixed(status="in-progress"), name="status", of={(LIMITED, MERGED): 403}),
    **form("edit", fixed(priority="urgent"), name="priority"),
    **form("edit", fixed(due_at="2031-01-01T10:00"), name="due"),
    **form("edit", fixed(topic="1"), name="topic"),
    **form("edit", fixed(subject="Changed"), name="subject"),
    **form("assign", lambda scene, _kind: {"assignee": f"team:{scene.ids['team']}"}, name="assignment"),
    **form("transfer", lambda scene, kind: {"department": str(scene.ids[away_from(kind)])}, name="department"),
    **form("close", fixed(resolution="Restored."), name="resolution"),
    **form("refer", lambda scene, _kind: {"to": str(scene.ids["ana"])}, name="referrals"),
    **form("customer", fixed(email="new@customers.example"), name="ticket_customer"),
    **form("edit", fixed(email="new@customers.example", name="New"), name="collaborators"),
    **form("link", lambda scene, kind: {"number": other(scene, kind), "kind": "related"}, name="links"),
    **form("merge", lambda scene, kind: {"into": other(scene, kind)}, name="merge"),
    **form("reply", fixed(next_update_at="2031-01-01T10:00"), name="promise"),
    ("agent.trash", "GET"): Line(TICKET_OF_DESK, "delete"),
    ("agent.trash", "POST"): Line(TICKET_OF_DESK, "delete", {**gone(303), TRASHED: 303}),
    ("agent.restore", "POST"): Line(TICKET_OF_DESK, "delete", 303),
    ("agent.called", "POST"): Line(TICKET_OF_DESK, "reply", gone(303)),
    ("agent.undo", "POST"): Line(TICKET_OF_DESK, done=422),
    ("agent.secure_link", "POST"): Line(TICKET_OF_DESK, "reply", gone(200)),
    **removal("remove_collaborator", "edit"),
    **removal("remove_referral", "refer"),
    ("agent.remove_link", "POST"): Line(TICKET_OF_DESK, "link", 303),
    # administration
    ("admin.overview", "GET"): Line(ADMINISTRATION),
    ("admin.log", "GET"): Line(ADMINISTRATION),
    ("admin.outbox", "GET"): Line(ADMINISTRATION),
    ("admin.letter", "GET"): Line(ADMINISTRATION),
    ("admin.settings", "GET"): Line(ADMINISTRATION),
    ("admin.settings_section", "POST"): Line(ADMINISTRATION, done=404),
    ("admin.system", "GET"): Line(ADMINISTRATION),
    ("admin.agent_activation", "POST"): Line(ADMINISTRATION, done=303),
    ("admin.agent_deactivation", "GET"): Line(ADMINISTRATION),
    ("admin.agent_deactivation", "POST"): Line(ADMINISTRATION, done=303),
    ("admin.agent_password", "GET"): Line(ADMINISTRATION),
    ("admin.agent_password", "POST"): Line(ADMINISTRATION),
    ("admin.organization_members", "POST"): Line(ADMINISTRATION, done=422),
    ("admin.organization_member_removal", "POST"): Line(ADMINISTRATION, done=303),
    **admin_rows("agents", "agent", deletion=0),
    **admin_rows("departments", "department"),
    **admin_rows("organizations", "organization"),
    **admin_rows("priorities", "priority", moves=True, deletion=303),
    **admin_rows("roles", "role"),
    **admin_rows("statuses", "status", moves=True),
    **admin_rows("teams", "team", deletion=303),
    **admin_rows("topics", "topic", moves=True, deletion=303),
}
assert set(TICKETS) == set(SEES)

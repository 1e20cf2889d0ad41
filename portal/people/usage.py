"""Where a department, team, role, topic … is used, so that nothing in use is deleted.

Every foreign key that points to the row counts, whichever room owns it; rooms above add their words, and the uses that
are no foreign keys, when they are imported.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import func, literal, select

from portal.core.database import Base, db
from portal.core.errors import Refused
from portal.core.words import _, ngettext

MOST_COUNTED = 1_000

WORDS: dict[str, Callable[[int], str]] = {
    "agent.department_id": lambda n: ngettext("%(n)s agent", "%(n)s agents", n),
    "agent.role_id": lambda n: ngettext("%(n)s agent", "%(n)s agents", n),
    "agent_department.department_id": lambda n: ngettext(
        "%(n)s agent as a further department", "%(n)s agents as a further department", n
    ),
    "agent_department.role_id": lambda n: ngettext(
        "%(n)s agent in a further department", "%(n)s agents in a further department", n
    ),
    "team_member.team_id": lambda n: ngettext("%(n)s member", "%(n)s members", n),
    "person.organization_id": lambda n: ngettext("%(n)s customer", "%(n)s customers", n),
}
"""`table.column` → the words for so many of them."""

SOFT_USES: list[Callable[[str, int], list[str]]] = []
"""Functions (table, id) → words for uses that are no foreign keys."""

NEEDS: list[Callable[[str, int], list[str]]] = []
"""Functions (table, id) → words for what sends new tickets there, so that it cannot be switched off."""


@dataclass(frozen=True)
class Uses:
    """Where something is used, in words; empty when it may be deleted."""

    words: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.words)

    def __str__(self) -> str:
        return ", ".join(self.words)


def count_words(column: str, number: int) -> str:
    """ "3 tickets" for `ticket.department_id`; more than a thousand reads "1,000+"."""
    words = WORDS.get(column, lambda n: ngettext("%(n)s other record", "%(n)s other records", n))
    return words(number) % {"n": f"{MOST_COUNTED:,}+" if number > MOST_COUNTED else number}


def uses_of(table: str, row_id: int, *, besides: tuple[str, ...] = ()) -> Uses:
    """Where the row of that table is used: one bounded statement for each column that points to it.

    `besides` names columns that do not count (a team's own members).
    """
    found: list[str] = []
    for other in Base.metadata.sorted_tables:
        for key in other.foreign_keys:
            column = f"{other.name}.{key.parent.name}"
            if key.column.table.name != table or column in besides:
                continue
            inner = select(literal(1)).select_from(other).where(key.parent == row_id).limit(MOST_COUNTED + 1)
            number = db.session.execute(select(func.count()).select_from(inner.subquery())).scalar_one()
            if number:
                found.append(count_words(column, number))
    for soft in SOFT_USES:
        found += soft(table, row_id)
    return Uses(tuple(dict.fromkeys(found)))


def refuse_used(table: str, row_id: int, name: str, *, besides: tuple[str, ...] = (), advice: str = "") -> None:
    """Raise Refused, saying where, when the row is used. `advice` is a sentence about what to do instead."""
    uses = uses_of(table, row_id, besides=besides)
    if uses:
        sentence = _("“%(name)s” cannot be deleted, it is used by: %(uses)s.") % {"name": name, "uses": uses}
        raise Refused(f"{sentence} {advice or _('Switch it off instead.')}")


def refuse_needed(table: str, row_id: int) -> None:
    """Raise Refused, saying by what, when new tickets are still sent to the row."""
    needs = [words for need in NEEDS for words in need(table, row_id)]
    if needs:
        raise Refused(
            _("New tickets are still sent here by: %(uses)s. Change that first.") % {"uses": ", ".join(needs)},
            field="is_active",
        )

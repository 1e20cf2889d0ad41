"""What of an actor decides which tickets they see, so that a statement is put together once for equal rights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from portal.people.actor import Actor


@dataclass(frozen=True, eq=False)
class Sight:
    """An actor, equal to every other one with the same rights to see."""

    actor: Actor

    def key(self) -> tuple[Any, ...]:
        """Everything `policy.visible_clause` and the queues read of an actor."""
        actor = self.actor
        return (
            actor.kind, actor.agent_id, actor.is_administrator, actor.limited_to_own, frozenset(actor.departments),
            actor.team_ids,
        )  # fmt: skip

    def __hash__(self) -> int:
        return hash(self.key())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sight) and self.key() == other.key()


def by_sight(make: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a function of a Sight (and further plain values) that puts a statement together: kept for 1,024."""
    return lru_cache(maxsize=1024)(make)

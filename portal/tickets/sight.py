"""What of an actor decides which tickets they see, so that a statement is put together once for equal rights."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any

from portal.people.actor import Actor


class Sight:
    """An actor that is equal to every other one with the same rights to see."""

    __slots__ = ("_hash", "actor", "key")

    def __init__(self, actor: Actor):
        self.actor = actor
        # Everything policy.visible_clause reads of an agent.
        self.key = (
            actor.kind, actor.agent_id, actor.is_administrator, actor.limited_to_own, frozenset(actor.departments),
            actor.team_ids,
        )  # fmt: skip
        self._hash = hash(self.key)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sight) and self.key == other.key


def by_sight(make: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a function of a Sight (and further plain values) that puts a statement together: kept for 1,024."""
    return lru_cache(maxsize=1024)(make)


def made_once(make: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a function of an agent (and further plain values) that puts a statement together: 512 are kept.

    The statement takes its values as bind parameters. Only for agents and the system: what a customer sees depends on
    more than this remembers.
    """

    @lru_cache(maxsize=512)
    def kept(sight: Sight, *more: Any) -> Any:
        return make(sight.actor, *more)

    @wraps(make)
    def found(actor: Actor, *more: Any) -> Any:
        if actor.kind not in ("agent", "system"):
            raise ValueError("statements are kept for agents alone")
        return kept(Sight(actor), *more)

    return found

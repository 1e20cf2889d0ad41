"""What customers may see, as statements that are made once: the actor's values come when a statement runs."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Integer

from portal.core.reading import Later
from portal.people.actor import Actor


class Shape(NamedTuple):
    """What the text of a statement depends on; everything else about a customer is a value."""

    kind: str
    has_organization: bool


def shape_of(actor: Actor) -> Shape:
    """The shape for a customer or the holder of a secure link. Raises ValueError for anybody else."""
    if not actor.is_customer:
        raise ValueError("only customers and holders of secure links")
    return Shape(actor.kind, actor.kind == "customer" and actor.sees_organization and bool(actor.organization_id))


@lru_cache(maxsize=8)
def stand_in(shape: Shape) -> Actor:
    """An actor of this shape for tickets/policy.py, with the place of each value instead of the value."""

    def later(name: str) -> Any:
        return Later(name, type_=Integer())

    return Actor(
        kind=shape.kind,
        person_id=later("seeing_person"),
        ticket_id=later("seeing_ticket"),
        organization_id=later("seeing_organization") if shape.has_organization else None,
        sees_organization=shape.has_organization,
    )


def values_of(actor: Actor) -> dict[str, int | None]:
    """The values of an actor for a statement that was made with `stand_in`."""
    shape = shape_of(actor)
    if shape.kind == "guest":
        return {"seeing_ticket": actor.ticket_id}
    values = {"seeing_person": actor.person_id}
    if shape.has_organization:
        values["seeing_organization"] = actor.organization_id
    return values

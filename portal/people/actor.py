"""Whoever acts now: an agent, a customer, somebody with a secure link, a rule or the system."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Actor:
    """Who acts, and all that policy needs to know about them; made once per request, no statement afterwards.

    `kind`: agent, customer, guest (holds a secure link for `ticket_id` alone), system or nobody. `departments` maps
    department id to the permissions held there; `permissions` are those of the primary role, which also hold on
    tickets seen only through assignment, team or referral. `network` is where they act from, for the security log.
    """

    kind: str
    name: str = ""
    person_id: int | None = None
    address: str = ""
    time_zone: str = "UTC"
    organization_id: int | None = None
    sees_organization: bool = False
    ticket_id: int | None = None
    proves_address: bool = False
    agent_id: int | None = None
    is_administrator: bool = False
    limited_to_own: bool = False
    permissions: frozenset[str] = frozenset()
    departments: dict[int, frozenset[str]] = field(default_factory=dict)
    team_ids: frozenset[int] = frozenset()
    default_queue: str = ""
    session_id: int | None = None
    network: str = ""

    @property
    def is_agent(self) -> bool:
        return self.kind == "agent"

    @property
    def is_customer(self) -> bool:
        """A customer or somebody with a secure link."""
        return self.kind in ("customer", "guest")

    @property
    def is_signed_in(self) -> bool:
        return self.kind in ("agent", "customer")


NOBODY = Actor(kind="nobody")
SYSTEM = Actor(kind="system", name="Throughline")

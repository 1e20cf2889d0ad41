"""One made-up ticket from opening to where it stands, with entries, events and stages that fit together."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

from portal.core.clock import FAR_FUTURE
from portal.core.text import excerpt
from portal.seed.fates import DUE_IN_HOURS, NAMES, SHARES, STATES
from portal.seed.people import SeedDesk, SeedPerson
from portal.seed.rows import Rows, html_of, words_of
from portal.seed.texts import CITIES, DEVICES, SCENARIOS, WEEKDAYS, Scenario


class Story:
    """Tells one ticket's life; `rows` get what it is made of."""

    def __init__(self, rows: Rows, desk: SeedDesk, rng: random.Random, *, number: str, now: datetime):
        self.rows, self.desk, self.rng, self.now = rows, desk, rng, now
        self.scenario: Scenario = rng.choice(SCENARIOS)
        self.customer: SeedPerson = rng.choice(desk.customers)
        self.topic_id, self.department_id = desk.topics[self.scenario.topic]
        people = desk.agents.get(self.department_id) or next(p for p in desk.agents.values() if p)
        self.agent: SeedPerson = rng.choice(people)
        self.fate = rng.choices(NAMES, SHARES)[0]
        self.at = now - self._age()
        self.public: list[str] = []
        self.internal: list[str] = []
        self.version = 1
        self.t = self._ticket(number)

    def _age(self) -> timedelta:
        rng = self.rng
        days = {
            "closed": rng.uniform(6, 720),
            "trash": rng.uniform(6, 25),
            "resolved": rng.uniform(0.5, 9),
            "new": rng.expovariate(1 / 0.6),
            "open": rng.expovariate(1 / 2.5),
            "in-progress": rng.expovariate(1 / 4),
        }.get(self.fate, rng.expovariate(1 / 6))
        return timedelta(days=min(days, 720) + 0.02)

    def _fill(self, text: str) -> str:
        if "{" not in text:
            return text
        rng = self.rng
        return text.format(
            city=rng.choice(CITIES),
            device=rng.choice(DEVICES),
            day=rng.choice(WEEKDAYS),
            amount=f"{rng.randrange(5, 5000)}.{rng.randrange(100):02d}",
            code=f"E{rng.randrange(1000, 9999)}",
        )

    def _ticket(self, number: str) -> dict[str, Any]:
        rng = self.rng
        priority_id, rank = self.desk.priorities[rng.choice(self.scenario.priorities)]
        return {
            "id": self.rows.ids["ticket"].take(),
            "number": number,
            "subject": self._fill(rng.choice(self.scenario.subjects)),
            "customer_id": self.customer.id,
            "topic_id": self.topic_id,
            "department_id": self.department_id,
            "status_id": self.desk.statuses["new"][0],
            "priority_id": priority_id,
            "assignee_id": None,
            "team_id": None,
            "channel": rng.choice(("web", "web", "web", "phone", "mail", "walk-in")),
            "is_address_proven": rng.random() < 0.9,
            "due_at": None,
            "resolution": "",
            "cause": "",
            "is_answered": False,
            "first_replied_at": None,
            "last_message_at": self.at,
            "last_reply_at": None,
            "reopened_count": 0,
            "is_reopened": False,
            "ended_at": None,
            "closed_at": None,
            "deleted_at": None,
            "merged_into_id": None,
            "rating": None,
            "rating_comment": "",
            "created_at": self.at,
            "updated_at": self.at,
            "state": "open",
            "shelf": "open",
            "is_active": True,
            "is_listed": True,
            "priority_rank": rank,
            "promise_due_at": None,
            "due_sort": FAR_FUTURE,
            "preview": "",
            "stage": 1,
            "assigned_at": None,
            "working_at": None,
            "solved_at": None,
            "version": 1,
        }

    def tell(self) -> None:
        """Live the ticket's life and put the rows of it."""
        self._open()
        if self.fate != "new":
            self._assign()
            self._talk()
            self._end()
        self._due()
        ticket = self.t
        ticket["version"], ticket["is_listed"] = self.version, ticket["deleted_at"] is None
        ticket["is_active"] = ticket["is_listed"] and ticket["state"] in ("open", "waiting")
        ticket["shelf"] = ticket["state"] if ticket["is_listed"] else "trash"
        self.rows.tickets.append(ticket)
        head = f"{ticket['number']} {words_of(ticket['subject'])} {self.customer.words}"
        self.rows.texts.append(
            {"ticket_id": ticket["id"], "public": " ".join([head, *self.public]), "internal": " ".join(self.internal)}
        )

    def _pass(self, least: float, most: float) -> None:
        """Let hours pass, but never into the future: what is left is shared."""
        left = (self.now - self.at).total_seconds() / 3600
        self.at += timedelta(hours=min(self.rng.uniform(least, most), left * 0.3))

    def _entry(self, kind: str, text: str, who: SeedPerson) -> int:
        is_agent = bool(who.agent_id)
        entry_id, ticket = self.rows.ids["entry"].take(), self.t
        self.rows.entries.append(
            {
                "id": entry_id,
                "ticket_id": ticket["id"],
                "thread_id": ticket["id"],
                "kind": kind,
                "author_id": who.id,
                "author_kind": "agent" if is_agent else "customer",
                "author_name": who.name,
                "body": text,
                "body_html": html_of(text, is_agent=is_agent),
                "channel": "web" if is_agent else ticket["channel"],
                "created_at": self.at,
            }
        )
        (self.internal if kind == "note" else self.public).append(words_of(text))
        if kind != "note":
            ticket["preview"] = excerpt(text)
        return entry_id

    def _event(
        self,
        kind: str,
        who: SeedPerson | None,
        *,
        name: str | None = None,
        old: Any = None,
        new: Any = None,
        is_public: bool = False,
        entry_id: int | None = None,
        data: dict[str, Any] | None = None,
    ) -> None:
        self.version += 1
        self.t["updated_at"] = self.at
        self.rows.events.append(
            {
                "id": self.rows.ids["event"].take(),
                "ticket_id": self.t["id"],
                "kind": kind,
                "field": name,
                "old": old,
                "new": new,
                "data": data or {},
                "is_public": is_public,
                "actor_kind": "system" if who is None else "agent" if who.agent_id else "customer",
                "actor_id": who.id if who else None,
                "actor_name": who.name if who else "Throughline",
                "entry_id": entry_id,
                "undoes_id": None,
                "version": self.version,
                "happened_at": self.at,
            }
        )

    def _open(self) -> None:
        opener = self.agent if self.t["channel"] in ("phone", "walk-in") else self.customer
        entry_id = self._entry("message", self._fill(self.rng.choice(self.scenario.messages)), self.customer)
        self._event(
            "ticket.opened",
            opener,
            is_public=True,
            entry_id=entry_id,
            data={"channel": self.t["channel"], "tell": True, "on_behalf": opener is self.agent},
        )
        if self.rng.random() < 0.05:
            other = self.rng.choice(self.desk.customers)
            if other.id != self.customer.id:
                self.rows.collaborators.append({"ticket_id": self.t["id"], "person_id": other.id, "added_at": self.at})

    def _set_status(self, slug: str, kind: str, who: SeedPerson | None, **data: Any) -> None:
        ticket, old = self.t, self._slug()
        status_id, real_slug = self.desk.statuses[slug]
        before = {
            name: value.isoformat() if isinstance(value := ticket[name], datetime) else value
            for name in (
                "is_answered",
                "reopened_count",
                "is_reopened",
                "ended_at",
                "closed_at",
                "stage",
                "assigned_at",
                "working_at",
                "solved_at",
                "resolution",
                "cause",
            )
        }
        ticket["status_id"] = status_id
        ticket["state"] = STATES[slug]
        is_end = ticket["state"] in ("resolved", "closed")
        if is_end:
            ticket["ended_at"] = self.at
            if ticket["solved_at"] is None:
                ticket["solved_at"] = self.at
            ticket["stage"] = 4
        if slug == "closed":
            ticket["closed_at"] = self.at
        if slug == "in-progress" and ticket["stage"] < 3:
            ticket["stage"], ticket["working_at"] = 3, self.at
        self._event(kind, who, name="status", old=old, new=real_slug, is_public=is_end, data={"before": before, **data})

    def _slug(self) -> str:
        return next(slug for id, slug in self.desk.statuses.values() if id == self.t["status_id"])

    def _assign(self) -> None:
        self._pass(0.05, 3)
        ticket, new = self.t, {"agent": self.agent.agent_id, "team": None}
        if self.rng.random() < 0.25 and self.desk.teams:
            new["team"] = self.rng.choice(self.desk.teams)
        if self.fate == "open" and self.rng.random() < 0.25:
            if new["team"] is None or self.rng.random() < 0.5:
                ticket["status_id"] = self.desk.statuses["open"][0]
                return self._event("status.changed", self.agent, name="status", old="new", new="open")
            new["agent"] = None
        ticket.update(assignee_id=new["agent"], team_id=new["team"], stage=2, assigned_at=self.at)
        extra = {}
        if new["agent"]:
            ticket["status_id"] = self.desk.statuses["open"][0]
            extra["status"] = ["new", "open"]
        self._event(
            "ticket.assigned",
            self.agent,
            name="assignee",
            old={"agent": None, "team": None},
            new=new,
            is_public=bool(new["agent"]),
            data=extra,
        )
        return None

    def _talk(self) -> None:
        if self.t["assignee_id"] is None:
            return
        turns = self.rng.choices((1, 2, 3, 4), (40, 35, 18, 7))[0]
        for turn in range(turns):
            if self.rng.random() < 0.35:
                self._pass(0.1, 5)
                self._note()
            self._pass(0.2, 12)
            self._reply()
            if turn + 1 < turns or (self.fate == "open" and self.rng.random() < 0.6):
                self._pass(0.3, 30)
                self._answer()
        if self.fate in ("in-progress", "waiting-on-customer", "waiting-on-third-party"):
            self._pass(0.1, 4)
            self._set_status(self.fate, "status.changed", self.agent)

    def _note(self) -> None:
        text = self._fill(self.rng.choice(self.scenario.notes))
        data: dict[str, Any] = {}
        if self.rng.random() < 0.15:
            other = self.rng.choice(self.desk.agents[self.department_id] or [self.agent])
            text = f"@{other.name} please look at this. {text}"
            data["mentions"] = [other.agent_id]
            key = (other.agent_id, self.t["id"])
            if all((m["agent_id"], m["ticket_id"]) != key for m in self.rows.mentions[-8:]):
                self.rows.mentions.append({"agent_id": key[0], "ticket_id": key[1], "mentioned_at": self.at})
        self._event("note.added", self.agent, entry_id=self._entry("note", text, self.agent), data=data)

    def _reply(self) -> None:
        ticket = self.t
        entry_id = self._entry("reply", self._fill(self.rng.choice(self.scenario.replies)), self.agent)
        ticket.update(is_answered=True, last_reply_at=self.at, first_replied_at=ticket["first_replied_at"] or self.at)
        if ticket["stage"] < 3:
            ticket["stage"], ticket["working_at"] = 3, self.at
        self._event("reply.sent", self.agent, is_public=True, entry_id=entry_id)

    def _answer(self) -> None:
        entry_id = self._entry("message", self._fill(self.rng.choice(self.scenario.answers)), self.customer)
        self.t.update(is_answered=False, last_message_at=self.at)
        self._event("message.posted", self.customer, is_public=True, entry_id=entry_id)

    def _end(self) -> None:
        ticket, rng = self.t, self.rng
        if self.fate not in ("closed", "resolved", "trash"):
            return
        if self.fate == "resolved":
            self.at = max(self.at, self.now - timedelta(days=rng.uniform(0.01, 4.5)))
        else:
            self._pass(0.5, 40)
        if rng.random() < 0.25:
            self._past_promise()
        ticket["resolution"], ticket["cause"] = self.scenario.resolution, self.scenario.cause
        self._set_status("resolved", "ticket.resolved", self.agent, resolution=self.scenario.resolution, promises=[])
        if self.fate != "resolved":
            self._pass(1, 119)
            if rng.random() < 0.45:
                self._set_status("closed", "ticket.closed", self.customer)
                self._rate()
            else:
                self._set_status(
                    "closed", "ticket.closed", None, automatic=True, ended_at=ticket["ended_at"].isoformat()
                )
        if self.fate == "trash":
            ticket["deleted_at"] = self.at = self.now - timedelta(days=rng.uniform(0.1, 5))
            self._event("ticket.trashed", self.agent, name="trash", old=False, new=True)

    def _rate(self) -> None:
        if self.rng.random() < 0.5:
            self.t["rating"] = self.rng.choices((1, 2, 3, 4, 5), (3, 4, 10, 33, 50))[0]
            self._event("ticket.rated", self.customer, new=self.t["rating"], is_public=True)

    def _past_promise(self) -> None:
        """An update that was promised with the last reply, kept or missed."""
        kept = self.rng.random() < 0.85
        made_at = self.t["last_reply_at"] or self.t["created_at"]
        due_at = self.at + timedelta(hours=1) if kept else made_at + (self.at - made_at) / 2
        promise_id = self._promise("update", made_at, due_at, "kept" if kept else "missed", kept_at=self.at)
        self._event(
            "promise.kept" if kept else "promise.missed",
            self.agent if kept else None,
            name="promise.update",
            old=due_at.isoformat(),
            is_public=True,
            data={"promise": promise_id, "due": due_at.isoformat()},
        )

    def _promise(self, kind: str, made_at: datetime, due_at: datetime, state: str, *, kept_at: datetime | None) -> int:
        promise_id = self.rows.ids["promise"].take()
        self.rows.promises.append(
            {
                "id": promise_id,
                "ticket_id": self.t["id"],
                "kind": kind,
                "words": "",
                "due_at": due_at,
                "confidence": "likely" if kind == "fix" else "",
                "state": state,
                "reason": "",
                "made_by_id": self.agent.id,
                "made_by_name": self.agent.name,
                "made_in_entry_id": None,
                "made_at": made_at,
                "kept_at": kept_at,
                "ended_at": kept_at,
                "moved_to_id": None,
            }
        )
        return promise_id

    def _due(self) -> None:
        """Due times and open promises of what is still worked on: most ahead, some late."""
        ticket, rng = self.t, self.rng
        if ticket["state"] not in ("open", "waiting") or ticket["deleted_at"] is not None:
            return
        if rng.random() < 0.6:
            due_at = self.now + timedelta(hours=rng.choice(DUE_IN_HOURS) * rng.uniform(0.5, 1.5))
            ticket["due_at"] = max(due_at, ticket["created_at"] + timedelta(minutes=10))
        if ticket["assignee_id"] and rng.random() < 0.4:
            kind = rng.choice(("update", "update", "fix"))
            due_at = self.now + timedelta(hours=rng.uniform(6, 96))
            promise_id = self._promise(kind, self.at, due_at, "open", kept_at=None)
            self._event(
                "promise.made",
                self.agent,
                name=f"promise.{kind}",
                new=due_at.isoformat(),
                is_public=True,
                data={
                    "promise": promise_id,
                    "due": due_at.isoformat(),
                    "confidence": "likely" if kind == "fix" else "",
                },
            )
            ticket["promise_due_at"] = due_at
        times = [time for time in (ticket["due_at"], ticket["promise_due_at"]) if time]
        ticket["due_sort"] = min(times) if times else FAR_FUTURE

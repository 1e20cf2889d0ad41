"""The running example, step by step in the order it happened: online banking is down after a corrupted update.

Besides it the desk has its ordinary work, so that every queue has something in it.
"""

from __future__ import annotations

# Prose: wrapping every sentence would hide the story.
# fmt: off
# ruff: noqa: E501
import io
from datetime import datetime, timedelta

from portal.core.clock import zone
from portal.core.desk_settings import desk_setting
from portal.core.files import store_file
from portal.demo.cast import GUEST, Cast, address_of
from portal.people.actions import find_or_make_person
from portal.people.actor import Actor
from portal.tickets.actions import (
    NewTicket,
    add_note,
    assign,
    change_due,
    change_priority,
    change_status,
    confirm,
    link_tickets,
    merge,
    miss_promises,
    open_ticket,
    post_message,
    promise,
    rate,
    reply,
    resolve,
    transfer,
)
from portal.tickets.models import Ticket

LASTS = timedelta(hours=7)
"""From the first report to now."""

ERROR_TEXT = b"""Harbour Bank online
Service not available (HB-503)
Your session could not be started. Try again later.
"""


class Plot:
    """Plays the story; `start` is when the first report came. Call inside one `transaction()`."""

    def __init__(self, cast: Cast, start: datetime):
        self.cast, self.start = cast, start
        self.now = start
        self.guest_id = 0
        self.tickets: dict[str, Ticket] = {}

    @property
    def guest_ticket(self) -> Ticket:
        """The ticket the guest's secure link leads to."""
        return self.tickets["guest"]

    def at(self, hours: int, minutes: int = 0) -> datetime:
        """Let the story's clock show this long after the first report (negative: before it)."""
        self.now = self.start + timedelta(hours=hours, minutes=minutes)
        return self.now

    def clock(self, hours: int, minutes: int = 0) -> str:
        """The time of day that long after the first report, as people write it."""
        return f"{self.after(hours, minutes).astimezone(zone(desk_setting('site.time_zone'))):%H:%M}"

    def after(self, hours: int, minutes: int = 0) -> datetime:
        """The time this long after the first report, without going there."""
        return self.start + timedelta(hours=hours, minutes=minutes)

    def who(self, name: str) -> Actor:
        """Somebody of the cast."""
        return self.cast.people[name]

    def play(self) -> None:
        """Everything, in order."""
        self._days_before()
        self._reports()
        self._assessment()
        self._failed_rollback()
        self._restoration()
        self._validation()
        self._resolution()
        self._aftermath()

    def _open(self, name: str, by: str, subject: str, message: str, **more) -> Ticket:
        actor = self.who(by)
        values = {"customer_id": actor.person_id, **more}
        if values.get("topic_id") is None and "topic" in values:
            values["topic_id"] = self.cast.topics[values.pop("topic")]
        self.tickets[name] = open_ticket(NewTicket(subject, message, **values), by=actor, now=self.now)
        return self.tickets[name]

    def _say(self, name: str, by: str, text: str, **more) -> None:
        reply(self.tickets[name], text, by=self.who(by), now=self.now, **more)

    def _note(self, name: str, by: str, text: str) -> None:
        add_note(self.tickets[name], text, by=self.who(by), now=self.now)

    # the desk's ordinary work, before and beside

    def _days_before(self) -> None:
        self.at(-96)
        old = self._open(
            "address", "leo", "Change of address",
            "I have moved. Please write to Harbour Street 12 from now on.", topic="Something else",
        )
        self.at(-95)
        assign(old, "me", by=self.who("jonas"), now=self.now)
        self._say("address", "jonas", "Your new address is in our books, and the next statement goes there.")
        resolve(old, "The new address is in our books.", by=self.who("jonas"), now=self.now)
        self.at(-90)
        confirm(old, True, by=self.who("leo"), now=self.now)
        rate(old, 4, comment="Quick.", by=self.who("leo"), now=self.now)
        self.at(-30)
        self._open(
            "printer", "rita", "Printer at counter two prints half pages",
            "The branch in Mill Lane called: the printer at counter two stops in the middle of a page.",
            topic="Branch equipment", channel="phone", customer_id=self.who("sofia").person_id, assignee="me",
        )
        self.at(-29)
        self._say(
            "printer", "rita", "A technician of the maker looks at it. Please use counter one until then.",
            status="waiting-on-third-party",
        )
        self.at(-28)
        self._open(
            "statement", "mia", "October statement is missing",
            "The statement of October is not in my inbox. Our tax adviser needs it this week.", topic="Something else",
        )
        self.at(-27)
        assign(self.tickets["statement"], "me", by=self.who("jonas"), now=self.now)
        change_due(self.tickets["statement"], self.after(5), by=self.who("jonas"), now=self.now)
        self._say(
            "statement", "jonas", "We are looking for it and write to you tomorrow.",
            next_update_at=self.after(4, 30),
        )
        self.at(-26)
        post_message(self.tickets["statement"], "Thank you. It is rather urgent.", by=self.who("mia"), now=self.now)

    # the incident

    def _reports(self) -> None:
        self.at(0)
        error = store_file(io.BytesIO(ERROR_TEXT), "error-message.txt")
        self._open(
            "outage", "priya", "Online banking is down",
            "Since half an hour none of us can sign in to online banking, neither on the web nor in the app. The page "
            "says HB-503.\n\nWe pay wages for 140 people today. When will it work again?",
            topic="Online banking", files=(error,),
        )
        self.at(0, 4)
        assign(self.tickets["outage"], "me", by=self.who("ana"), now=self.now)
        change_priority(self.tickets["outage"], "urgent", by=self.who("ana"), now=self.now)
        self.at(0, 6)
        self._open(
            "phone", "jonas", "Cannot sign in, web and app",
            "Tomas Ruiz called: neither the web page nor the app lets him sign in. He has to order flour today.",
            topic="Online banking", channel="phone", customer_id=self.who("tomas").person_id, assignee="me",
            note="He can be reached at the bakery all day.",
        )
        self.at(0, 9)
        self._say(
            "outage", "ana",
            "Thank you for telling us, Priya. We see it too: **nobody can sign in at the moment**, on the web and in the "
            "app. We are finding out why and write to you again within half an hour.",
            next_update_at=self.after(0, 40),
        )
        self.at(0, 11)
        self._say(
            "phone", "jonas", "Online banking is down for everybody; my colleagues are on it. You hear from me again.",
            next_update_at=self.after(1, 30),
        )
        link_tickets(self.tickets["phone"], self.tickets["outage"], "related", by=self.who("jonas"), now=self.now)
        self.at(0, 15)
        self._guest_reports()
        self.at(0, 21)
        self._open(
            "colleague", "dev", "Payments cannot be approved",
            "I have to approve the wages and cannot get in: HB-503.", topic="Online banking",
        )

    def _guest_reports(self) -> None:
        person = find_or_make_person(address_of(GUEST), GUEST, now=self.now)
        self.guest_id = person.id
        guest = Actor(kind="guest", name=GUEST, person_id=person.id, address=person.address)
        self.cast.people["lena"] = guest
        self._open(
            "guest", "lena", "App says: service not available",
            "I do not have a login here. The app on my phone says that the service is not available.",
            topic="Online banking", is_address_proven=False,
        )

    def _assessment(self) -> None:
        self.at(0, 24)
        self._note(
            "outage", "ana",
            f"**Assessment.** Every sign-in fails since the update of {self.clock(-2, 40)}, web and app alike. The package on the servers "
            "does not have the checksum of the one that was tested: it was corrupted on the way. Affected: all customers. "
            "Not affected: cards, cash machines, branches.",
        )
        change_status(self.tickets["outage"], "in-progress", by=self.who("ana"), now=self.now)
        self.at(0, 26)
        self._open(
            "clinic", "mia", "Sign-in page shows an error",
            "The sign-in page shows an error. Is something broken on your side?", topic="Online banking",
        )
        assign(self.tickets["clinic"], f"team:{self.cast.teams['First line']}", by=self.who("ana"), now=self.now)
        self.at(0, 33)
        self._note(
            "outage", "ana",
            "**Isolation.** Took both sign-in servers out, stopped the update on the others and froze all changes. Logs "
            "are kept. @Jonas Keller please hold the phones and link what comes in.",
        )
        self.at(0, 36)
        self._say(
            "outage", "ana",
            "We know what it is: an update arrived damaged. We have isolated it, and your money and data "
            "are safe. We are now going back to the version before it.",
            next_update_at=self.after(1, 30), solution_at=self.after(2, 30), confidence="likely",
        )
        self.at(0, 50)
        merge(self.tickets["colleague"], self.tickets["outage"], by=self.who("ana"), now=self.now)

    def _failed_rollback(self) -> None:
        self.at(1, 5)
        self._note(
            "outage", "ana",
            "**Automatic rollback failed** at step 7 of 12: the profile database had been changed already and has no way "
            "back. Nothing was lost, but this road is closed. Decided with @Omar Haddad: restore by hand from the last "
            "verified full backup.",
        )
        self.at(1, 12)
        promise(
            self.tickets["outage"], "fix", self.after(5, 30), by=self.who("ana"), now=self.now, confidence="likely",
            reason="Going back automatically did not work. Restoring by hand takes longer, but it is the safe way.",
        )
        self.at(1, 20)
        self._say(
            "outage", "ana",
            "Going back automatically did not work. We are restoring by hand now, from the last verified full backup of "
            f"{self.clock(-2, 20)}. **Nothing you entered before that is lost**, and nobody could enter anything after {self.clock(-2, 40)}.",
            next_update_at=self.after(3),
        )
        self.at(1, 25)
        self._say(
            "phone", "jonas", "It takes longer than we hoped: we restore by hand. Expect it within hours.",
            next_update_at=self.after(5), solution_at=self.after(5, 30), confidence="likely",
        )

    def _restoration(self) -> None:
        self.at(2, 40)
        self._note(
            "outage", "ana",
            f"**Restoration by hand.**\n\n- Backup *profile-full*, taken {self.clock(-2, 20)}, verified {self.clock(-2, 35)}, checksum right\n"
            "- Databases, then services, then configuration, into the controlled environment\n"
            f"- Started {self.clock(1, 35)}, took 58 minutes\n- Data lost: 14 sign-in times, nothing else",
        )
        self.at(2, 50)
        self._say(
            "outage", "ana",
            "Everything is restored in a closed environment. Before we open the doors we check it there: signing in, "
            "reading, paying, and whether all accounts are complete.",
            next_update_at=self.after(4, 30),
        )

    def _validation(self) -> None:
        self.at(3, 40)
        self._note(
            "outage", "jonas",
            "**Validation, controlled environment.** Sign-in: pass. One read: pass. One payment: pass. Accounts counted: "
            "1,204,551 before and after. Second pair of eyes: Jonas Keller. Go.",
        )
        self.at(4, 15)
        self._say(
            "outage", "ana", "All checks passed. We are going live step by step; the first branches are signed in already.",
            next_update_at=self.after(5),
        )

    def _resolution(self) -> None:
        self.at(4, 35)
        self._note(
            "outage", "ana",
            "**Root cause.** The package was cut off while it was copied to the second mirror, and the check of the "
            "checksum had been switched off there in March. Switched on again everywhere; the update refuses to start "
            "without it. Fresh full backup taken and verified.",
        )
        cause = "Damaged update package; the checksum was not checked on one mirror."
        self.at(4, 45)
        resolve(
            self.tickets["outage"],
            "Online banking works again on the web and in the app. We restored it from the last verified full backup; "
            "nothing you entered is lost.",
            cause=cause, by=self.who("ana"), now=self.now,
        )
        self.at(4, 50)
        self._say("phone", "jonas", "Online banking is back, Tomas. Please tell us whether both ways work for you.")
        resolve(
            self.tickets["phone"], "Online banking works again on the web and in the app.", cause=cause,
            by=self.who("jonas"), now=self.now,
        )
        self.at(4, 55)
        self._say("clinic", "jonas", "It was on our side, and it is solved. Thank you for writing.")
        resolve(
            self.tickets["clinic"], "Online banking works again.", cause=cause, by=self.who("jonas"), now=self.now
        )
        self.at(5)
        self._say(
            "guest", "rita", "The app should work again. Please close it, open it once more and tell us what you see.",
            status="waiting-on-customer",
        )

    def _aftermath(self) -> None:
        self.at(5, 1)
        miss_promises(self.now)
        self.at(5, 20)
        confirm(
            self.tickets["outage"], True, message="It works, on the web and on my phone. The wages are out. Thank you!",
            by=self.who("priya"), now=self.now,
        )
        self.at(5, 24)
        rate(
            self.tickets["outage"], 5, comment="We always knew when we would hear from you.", by=self.who("priya"),
            now=self.now,
        )
        self.at(5, 40)
        self._open(
            "fraud", "sofia", "Text message asks for my code",
            "I got a text message that says online banking is back and I should confirm my code on a page that does not "
            "look like yours. I have not done it.", topic="Online banking",
        )
        self.at(5, 48)
        transfer(
            self.tickets["fraud"], self.cast.departments["Security"],
            comment="Somebody uses the outage for phishing. @Ana Moreno can you warn customers on the sign-in page?",
            by=self.who("jonas"), now=self.now,
        )
        assign(self.tickets["fraud"], f"team:{self.cast.teams['Fraud watch']}", by=self.who("omar"), now=self.now)
        self.at(6, 5)
        self._open(
            "card", "leo", "Card was declined at the till",
            "My card was declined twice today in the supermarket, with money in the account. Has that to do with the "
            "outage?", topic="Cards",
        )
        self.at(6, 15)
        confirm(
            self.tickets["phone"], False,
            message="The web page is fine, but it still does not work in the app: it closes right after the code.",
            by=self.who("tomas"), now=self.now,
        )
        self.at(6, 22)
        self._note("phone", "jonas", "Old app version, 4.11: it keeps the token of the damaged update. Asked the app team.")
        promise(
            self.tickets["phone"], "update", self.after(7, 35), by=self.who("jonas"), now=self.now,
            words="what the app team found",
        )
        self.at(6, 30)
        change_due(self.tickets["phone"], self.after(8, 30), by=self.who("jonas"), now=self.now)
        self.at(6, 40)
        self._open(
            "cash", "mia", "Cash machine in Mill Lane keeps the door shut",
            "The cash machine in Mill Lane is switched on, but the door to it does not open with my card.",
            topic="Something else",
        )
        self.at(6, 53)
        self._open(
            "wages", "dev", "Wages went out twice?",
            "Two of our people say that their wages came twice. Can you look before the weekend?", topic="Online banking",
        )

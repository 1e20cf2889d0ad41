"""People who open tickets on a running server all at once, and try again when it goes away."""

from __future__ import annotations

import http.client
import re
import threading
import time
from dataclasses import dataclass, field
from secrets import token_hex

from tests.ops.servers import Browser


@dataclass
class Crowd:
    """`people` threads that open tickets until `stop`; each form is sent again, with its `once`, until it is answered.

    `opened` maps the subject to the number that was acknowledged, `asked` holds every subject ever sent.
    """

    port: int
    people: int
    stop: threading.Event = field(default_factory=threading.Event)
    opened: dict[str, str] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    odd: list[tuple[int, str]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Let them begin."""
        self.threads = [threading.Thread(target=self._work, args=(number,)) for number in range(self.people)]
        for thread in self.threads:
            thread.start()

    def end(self, wait: float = 30) -> None:
        """Let everybody finish the form in hand."""
        self.stop.set()
        for thread in self.threads:
            thread.join(wait)
            assert not thread.is_alive()

    def _work(self, number: int) -> None:
        browser = Browser(self.port)
        count = 0
        while not self.stop.is_set():
            count += 1
            subject = f"Trouble {number} of kind {count}"
            self.asked.add(subject)
            browser = self._open(browser, number, subject)

    def _open(self, browser: Browser, number: int, subject: str) -> Browser:
        once, last_try = token_hex(8), 0
        while last_try < 2:
            last_try += self.stop.is_set()  # after the end everybody tries once more
            started = time.monotonic()
            try:
                answer = browser.send(
                    "/tickets/new", "/tickets/new", name=f"Person {number}", email=f"person{number}@x.example",
                    subject=subject, message="It does not work.", once=once,
                )  # fmt: skip
            except (OSError, http.client.HTTPException):
                cookies, browser = browser.cookies, Browser(self.port)
                browser.cookies = cookies
                time.sleep(0.05)
                continue
            if answer.status == 303:
                self.seconds.append(time.monotonic() - started)
                found = re.search(r"/tickets/(\d+)", answer.headers["Location"])
                assert found
                self.opened[subject] = found.group(1)
            else:
                self.odd.append((answer.status, answer.text[:300]))
            return browser
        return browser

"""A visitor without scripts: follows links, fills in forms as they stand on the page, and knows nothing else."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from flask import Flask
from werkzeug.test import TestResponse

from tests.checks import Node, Page, parse
from tests.clients import CheckedClient

SAME_KIND = 8
"""So many addresses of one route are looked at; more of the same teach nothing new."""

_walkers = itertools.count(1)


@dataclass
class Form:
    """A POST form as it stands on a page: where it goes, its fields as filled in, and its buttons with a value."""

    page: str
    action: str
    fields: list[Node]
    options: dict[int, list[Node]]
    buttons: list[Node]
    is_multipart: bool

    @property
    def kind(self) -> tuple[str, ...]:
        """What tells it from other forms with the same address: its field names, and the words of its buttons."""
        return (self.action, *(node.get("name") for node in self.fields), *(b.text.strip() for b in self.buttons))


@dataclass
class Walker:
    """Goes where links and forms lead, and remembers which routes it reached and which forms it could send."""

    app: Flask
    client: CheckedClient
    words: dict[str, str]
    reached: Counter[str] = field(default_factory=Counter)
    sent: Counter[str] = field(default_factory=Counter)
    refused: dict[str, str] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    posted: set[str] = field(default_factory=set)
    waiting: list[str] = field(default_factory=list)

    def endpoint(self, address: str, method: str = "GET") -> str:
        """The route an address belongs to; empty when there is none."""
        adapter = self.app.url_map.bind("localhost")
        try:
            return adapter.match(urlsplit(address).path, method=method)[0]
        except Exception:
            return ""

    def walk(self, start: str, *, wanted: set[str], most: int = 900) -> None:
        """Go on from a page until every wanted form was sent or nothing new is left."""
        self.waiting.append(start)
        steps = 0
        while self.waiting and steps < most and not wanted <= set(self.sent):
            address = self.waiting.pop(0)
            endpoint = self.endpoint(address)
            if address in self.seen or self.reached[endpoint] >= SAME_KIND:
                continue
            steps += 1
            self.look_at(self.client.get(address), address, wanted)

    def look_at(self, answer: TestResponse, address: str, wanted: set[str]) -> None:
        """Note the page's links, and send its forms of a kind that is still wanted."""
        for _ in range(5):
            if answer.status_code not in (301, 302, 303):
                break
            self.seen.add(address)
            address = urljoin(address, answer.headers["Location"]).removeprefix("http://localhost")
            answer = self.client.get(address.partition("#")[0])
        self.seen.add(address)
        if answer.status_code == 403 and "from=queue" in address:
            return  # a queue draws the same cells for everybody; whoever may not change one is told so
        assert answer.status_code in (200, 422), f"a link or form led to {answer.status_code}: {address}"
        self.reached[self.endpoint(address)] += 1
        if answer.mimetype == "text/html":
            self.read(answer, address, wanted)

    def read(self, answer: TestResponse, address: str, wanted: set[str]) -> None:
        """Note where a page leads and send its forms."""
        page = parse(answer.get_data(as_text=True))
        self.waiting += self.links_of(page, address)
        for form in forms_of(page, address):
            self.try_form(form, wanted)

    def links_of(self, page: Page, address: str) -> list[str]:
        """Addresses of this site that the page leads to, those of rare kinds first."""
        found = []
        for node in page.all("a"):
            target = urljoin(address, node.get("href").partition("#")[0])
            is_elsewhere = node.get("href").strip("#") and not node.get("href").startswith("#")
            if is_elsewhere and target.startswith("/") and target not in self.seen:
                found.append(target)
        return sorted(dict.fromkeys(found), key=lambda target: self.reached[self.endpoint(target)])

    def try_form(self, form: Form, wanted: set[str]) -> None:
        """Send a form of a kind that was not sent yet, with each of its buttons until one works."""
        endpoint = self.endpoint(form.action, "POST")
        assert endpoint, f"a form on {form.page} leads nowhere: {form.action}"
        if endpoint not in wanted or endpoint in self.sent or form.kind in self.posted:
            return
        for button in [b for b in form.buttons if not b.get("aria-current")][:4] or [None]:
            fields = fill(form, button, self.words)
            kind = "multipart/form-data" if form.is_multipart else "application/x-www-form-urlencoded"
            answer = self.client.post(form.action, data=fields, content_type=kind)
            if answer.status_code in (200, 303) and not self.leads_to_sign_in(answer):
                self.sent[endpoint] += 1
                self.refused.pop(endpoint, None)
                self.go_on(form, answer, wanted)
                return
            assert answer.status_code in (403, 409, 422), f"{form.action} {fields}: {answer.status_code}"
            said = parse(answer.get_data(as_text=True)).nodes
            errors = [node.text.strip() for node in said if node.get("class") in ("error", "alert")]
            self.refused[endpoint] = f"{answer.status_code} {errors} on {form.page}"

    def go_on(self, form: Form, answer: TestResponse, wanted: set[str]) -> None:
        """Look at what a form that was taken leads to, next of all; what it deleted is not looked for any more."""
        self.posted.add(form.kind)
        if form.action.endswith("/deletion"):
            gone = form.action.removesuffix("/deletion")
            self.waiting = [address for address in self.waiting if not address.startswith(gone)]
        if answer.status_code == 200:
            self.read(answer, form.action, wanted)
            return
        target = urljoin(form.action, answer.headers["Location"]).partition("#")[0]
        self.waiting.insert(0, target)
        self.seen.discard(target)
        self.reached[self.endpoint(target)] = 0

    def leads_to_sign_in(self, answer: TestResponse) -> bool:
        """True when the answer asks to sign in."""
        return answer.headers.get("Location", "").startswith("/sign-in")


def forms_of(page: Page, address: str) -> list[Form]:
    """The POST forms of a page."""
    found = []
    for node in page.all("form"):
        if node.get("method").lower() != "post":
            continue
        inside = [n for n in page.nodes if node in n.parents or (node.get("id") and n.get("form") == node.get("id"))]
        inside = [n for n in inside if not n.get("form") or n.get("form") == node.get("id")]
        fields = [n for n in inside if n.tag in ("input", "select", "textarea") and n.get("name")]
        buttons = [n for n in inside if n.tag == "button" and n.get("type") in ("", "submit")]
        options = {id(f): [n for n in page.all("option") if f in n.parents] for f in fields if f.tag == "select"}
        action = urljoin(address, node.get("action") or address)
        found.append(Form(address, action, fields, options, buttons, "multipart" in node.get("enctype")))
    return found


def fill(form: Form, button: Node | None, words: dict[str, str]) -> dict[str, str]:
    """The form's fields: what stands in them, else something that fits."""
    filled: dict[str, str] = {}
    for node in form.fields:
        name, kind = node.get("name"), node.get("type") or "text"
        if kind == "file" or (name == "website"):
            continue
        if node.tag == "select":
            values = [o.get("value") for o in form.options[id(node)] if "value" in o.attributes]
            chosen = [o.get("value") for o in form.options[id(node)] if "selected" in o.attributes]
            filled[name] = words.get(name) or (chosen or [v for v in values if v] or values or [""])[0]
        elif kind in ("radio", "checkbox"):
            if "checked" in node.attributes or (kind == "radio" and name not in filled):
                filled[name] = node.get("value") or "on"
        elif kind == "hidden":
            filled[name] = node.get("value")
        else:
            typed = node.text.strip() if node.tag == "textarea" else node.get("value")
            noun = form.action.rsplit("/", 1)[-1]
            filled[name] = words.get(f"{noun}.{name}") or words.get(name) or typed or guess(name, kind, node.tag)
    if button is not None and button.get("name"):
        filled[button.get("name")] = button.get("value")
    return filled


def guess(name: str, kind: str, tag: str) -> str:
    """Something that fits into an empty field."""
    if kind == "email" or "email" in name or "address" in name:
        return f"walker{next(_walkers)}@customers.example"
    if kind == "password":
        return "a kettle sings to nobody"
    if kind == "datetime-local" or re.search(r"_at$", name):
        return "2031-01-02T10:30"
    if kind == "number":
        return "3"
    return "Written by the walker." if tag == "textarea" else "Walker"

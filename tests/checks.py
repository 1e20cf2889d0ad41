"""What every answer of the desk must keep, checked on each request of the test client.

Headers: a strict Content-Security-Policy, nosniff, Referrer-Policy, nothing personal cached. Pages: a title, one h1,
unique ids, labelled fields, a CSRF field in every POST form, no inline script or style, nothing from another host.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

from werkzeug.test import TestResponse

VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"])
NO_LABEL_NEEDED = frozenset({"hidden", "submit", "button", "reset", "image"})


@dataclass
class Node:
    """An element: its tag, attributes, the elements around it and the text inside it."""

    tag: str
    attributes: dict[str, str | None]
    parents: tuple[Node, ...]
    text: str = ""

    def get(self, name: str) -> str:
        """An attribute's value; empty when it is absent or has none."""
        return self.attributes.get(name) or ""

    def inside(self, tag: str) -> bool:
        """True when an element of that tag is around this one."""
        return any(parent.tag == tag for parent in self.parents)

    def __str__(self) -> str:
        shown = " ".join(
            f'{k}="{v}"' for k, v in self.attributes.items() if k in ("id", "name", "type", "class", "href")
        )
        return f"<{self.tag} {shown}>"


@dataclass
class Page:
    """A parsed answer: all its elements, in order."""

    nodes: list[Node] = field(default_factory=list)

    def all(self, *tags: str) -> list[Node]:
        """The elements of these tags."""
        return [node for node in self.nodes if node.tag in tags]

    def ids(self) -> list[str]:
        """Every id, in order."""
        return [node.get("id") for node in self.nodes if node.get("id")]


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self.open: list[Node] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, dict(attrs), tuple(self.open))
        self.page.nodes.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.page.nodes.append(Node(tag, dict(attrs), tuple(self.open)))

    def handle_endtag(self, tag: str) -> None:
        for position in range(len(self.open) - 1, -1, -1):
            if self.open[position].tag == tag:
                del self.open[position:]
                return

    def handle_data(self, data: str) -> None:
        for node in self.open:
            node.text += data


def parse(html: str) -> Page:
    """The elements of a page or fragment."""
    parser = _Parser()
    parser.feed(html)
    parser.close()
    return parser.page


def check_answer(response: TestResponse) -> None:
    """Fail, naming each fault, when an answer breaks a rule that holds for all."""
    path = response.request.path
    faults = header_faults(response)
    if response.mimetype == "text/html" and response.request.method != "HEAD":
        html = response.get_data(as_text=True)
        faults += page_faults(html)
    assert not faults, f"{response.request.method} {path} ({response.status_code}):\n" + "\n".join(faults)


def header_faults(response: TestResponse) -> list[str]:
    """Headers that are missing or weaker than the rule for every answer asks."""
    faults = []
    headers = response.headers
    policy = headers.get("Content-Security-Policy", "")
    if "default-src" not in policy or "unsafe" in policy or "frame-ancestors 'none'" not in policy:
        faults.append(f"Content-Security-Policy is {policy!r}")
    if headers.get("X-Content-Type-Options") != "nosniff":
        faults.append("no X-Content-Type-Options: nosniff")
    if not headers.get("Referrer-Policy"):
        faults.append("no Referrer-Policy")
    if "Python" in headers.get("Server", "") or "Werkzeug" in headers.get("Server", ""):
        faults.append("the Server header names a version")
    cache = headers.get("Cache-Control", "")
    if "immutable" not in cache:
        if "no-store" not in cache and "private" not in cache:
            faults.append(f"Cache-Control is {cache!r}")
        if response.mimetype == "text/html" and "Cookie" not in headers.get("Vary", ""):
            faults.append(f"Vary is {headers.get('Vary')!r}")
    return faults


def page_faults(html: str) -> list[str]:
    """What is wrong in a page (it has an `html` element) or a fragment."""
    page = parse(html)
    faults = _inline_faults(page) + _form_faults(page) + _name_faults(page)
    ids = page.ids()
    faults += [f"id twice: {name}" for name in sorted({i for i in ids if ids.count(i) > 1})]
    faults += [f"blank in id: {name!r}" for name in ids if name != name.strip() or " " in name]
    if page.all("html"):
        faults += _whole_page_faults(page, set(ids))
    if "Traceback (most recent call last)" in html:
        faults.append("a traceback")
    return faults


def _whole_page_faults(page: Page, ids: set[str]) -> list[str]:
    faults = []
    if not any(node.text.strip() for node in page.all("title") if not node.inside("svg")):
        faults.append("no title")
    if len(page.all("h1")) != 1:
        faults.append(f"{len(page.all('h1'))} h1")
    if not all(node.get("lang") for node in page.all("html")):
        faults.append("no lang on html")
    for node in page.nodes:
        for name in ("for", "aria-labelledby", "aria-describedby", "aria-controls", "aria-owns"):
            faults += [f"{node} {name} names no element: {i}" for i in node.get(name).split() if i not in ids]
        for name in ("src", "action"):
            if node.get(name).startswith(("http:", "https:", "//")):
                faults.append(f"{node} reaches another host: {node.get(name)}")
        if node.tag == "link" and node.get("href").startswith(("http:", "https:", "//")):
            faults.append(f"{node} reaches another host")
    return faults


def _inline_faults(page: Page) -> list[str]:
    faults = []
    for node in page.nodes:
        if node.tag == "style":
            faults.append("a style element")
        if (
            node.tag == "script"
            and not node.get("src")
            and node.get("type") not in ("application/json", "speculationrules")
        ):
            faults.append("an inline script")
        faults += [f"{node} has {name}" for name in node.attributes if name == "style" or name.startswith("on")]
        faults += [f"{node} has {name}" for name in node.attributes if name.startswith(("hx-on", "data-hx-on"))]
        faults += [
            f"{node} runs {node.get(name)}"
            for name in ("href", "src", "action")
            if node.get(name).startswith("javascript:")
        ]
    return faults


def _form_faults(page: Page) -> list[str]:
    faults = []
    labels = {node.get("for") for node in page.all("label") if node.get("for")}
    for node in page.all("input", "select", "textarea"):
        if node.tag == "input" and node.get("type") in NO_LABEL_NEEDED:
            continue
        named = node.get("aria-label") or node.get("aria-labelledby") or node.get("id") in labels
        if not named and not (node.inside("label") and any(p.tag == "label" and p.text.strip() for p in node.parents)):
            faults.append(f"{node} has no label")
    for form in page.all("form"):
        if form.get("method").lower() == "post":
            fields = [n for n in page.nodes if n.get("name") == "csrf_token"]
            if not any(form in n.parents or (form.get("id") and n.get("form") == form.get("id")) for n in fields):
                faults.append(f"{form} {form.get('action')} has no CSRF field")
        if form.inside("form"):
            faults.append(f"{form} inside another form")
    return faults


def _name_faults(page: Page) -> list[str]:
    faults = []
    inner: dict[int, bool] = {}
    for node in page.nodes:
        if node.get("aria-label") or (node.tag == "img" and node.get("alt")) or node.tag == "title":
            for parent in node.parents:
                inner[id(parent)] = True
    for node in page.all("a", "button"):
        named = node.text.strip() or node.get("aria-label") or node.get("aria-labelledby") or inner.get(id(node))
        if not named and (node.tag == "button" or "href" in node.attributes):
            faults.append(f"{node} has no name")
    faults += [f"{node} has no alt" for node in page.all("img") if "alt" not in node.attributes]
    return faults

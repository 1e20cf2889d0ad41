"""Rules of the house for templates and style sheets: words through gettext, colours from the tokens, nothing inline."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from portal.tickets.defaults import DEFAULT_STATUSES

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STYLES = sorted((ROOT / "static").rglob("*.css"))
SCRIPTS = sorted((ROOT / "static").rglob("*.js"))
SPOKEN_ATTRIBUTES = ("title", "placeholder", "aria-label", "alt", "data-label", "data-confirm")
AGENTS_ONLY = re.compile(
    r"\b(pending|on hold|escalat\w+|tier|queue|SLA|breach\w*|assignee|unassigned|internal)\b", re.I
)
COLOUR = re.compile(r"#[0-9a-f]{3,8}\b|\b(?:rgba?|hsla?|oklch|oklab|lab|lch|hwb)\(", re.I)
JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.S)


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def without_jinja(text: str) -> str:
    """The template with its Jinja parts blanked, lines kept."""
    return JINJA.sub(lambda match: " " + "\n" * match.group().count("\n"), text)


class _Words(HTMLParser):
    """Collects the words a template says without gettext."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.quiet = 0

    def handle_starttag(self, tag, attrs):
        if tag in ("script", "style", "kbd", "code", "path"):
            self.quiet += 1
        for name, value in attrs:
            if name in SPOKEN_ATTRIBUTES and value and re.search(r"[A-Za-z]{2}", value):
                self.said.append(f"line {self.getpos()[0]}: {name}={value!r}")

    def handle_endtag(self, tag):
        if tag in ("script", "style", "kbd", "code", "path") and self.quiet:
            self.quiet -= 1

    def handle_data(self, data):
        words = re.findall(r"[^\W\d_]{2,}", re.sub(r'[\w-]+="[^"]*"', "", data))
        if words and not self.quiet:
            self.said.append(f"line {self.getpos()[0]}: {data.strip()!r}")


@pytest.mark.parametrize("path", TEMPLATES, ids=relative)
def test_sentences_go_through_gettext(path):
    words = _Words()
    words.feed(without_jinja(path.read_text(encoding="utf-8")))
    assert words.said == []


@pytest.mark.parametrize("path", TEMPLATES, ids=relative)
def test_nothing_is_inline(path):
    text = without_jinja(path.read_text(encoding="utf-8"))
    assert re.findall(r"<style\b|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|\bhx-on\b|javascript:", text) == []
    assert re.findall(r"<script\b(?![^>]*\bsrc=)(?![^>]*application/json)", text) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=relative)
def test_nothing_is_marked_safe_by_a_template_alone(path):
    """Only what core/html.py made (its fields end in `_html`) and the shapes of icons may be shown as they are."""
    text = path.read_text(encoding="utf-8")
    bad = [
        m
        for m in re.findall(r"\{\{[^}]*\|\s*safe[^}]*\}\}", text)
        if not re.search(r"(_html|shapes\[name\])\s*\|\s*safe", m)
    ]
    assert bad == []
    assert "autoescape" not in text


@pytest.mark.parametrize("path", [p for p in STYLES if p.name != "tokens.css"], ids=relative)
def test_colours_come_from_the_tokens(path):
    text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.S)
    values = re.findall(r":([^;{}]*)[;}]", text)
    assert [value.strip() for value in values if COLOUR.search(value)] == []


@pytest.mark.parametrize("path", STYLES, ids=relative)
def test_no_style_sheet_reaches_another_host(path):
    text = path.read_text(encoding="utf-8")
    assert "@import" not in text
    assert re.findall(r"url\(\s*[\"']?(?:https?:)?//", text) == []


@pytest.mark.parametrize("path", SCRIPTS, ids=relative)
def test_scripts_store_nothing_and_evaluate_nothing(path):
    """After sign-out nothing of a ticket is left in the browser, so nothing is stored there in the first place."""
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"localStorage|sessionStorage|indexedDB|document\.write|\beval\(|new Function", text) == []


CUSTOMER_TEMPLATES = [p for p in TEMPLATES if p.parent.name in ("customer", "auth")]


@pytest.mark.parametrize("path", CUSTOMER_TEMPLATES, ids=relative)
def test_customers_read_plain_words(path):
    sentences = re.findall(r"_\(\s*(?:\"([^\"]*)\"|'([^']*)')", path.read_text(encoding="utf-8"))
    assert [a or b for a, b in sentences if AGENTS_ONLY.search(a or b)] == []


def test_default_statuses_read_plain_to_customers():
    texts = [t for s in DEFAULT_STATUSES for t in (s.customer_text, s.next_text, s.you_can_text)]
    assert [text for text in texts if AGENTS_ONLY.search(text)] == []


def test_customer_templates_are_among_the_checked_ones():
    """The rule above must not pass because a folder was renamed."""
    assert any(path.parent.name == "customer" for path in CUSTOMER_TEMPLATES)

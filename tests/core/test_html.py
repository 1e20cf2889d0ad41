"""What people wrote is shown as they typed it and can do nothing."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.html import markdown_to_html, plain_to_html, safe_html

HOSTILE = (
    '<p>Before</p><script>document.title="ran"</script><img src=x onerror="document.title=1"><svg/onload=alert(1)>'
    '<a href="java&#10;script:alert(1)">link</a><iframe srcdoc="x"></iframe><form action="https://elsewhere.example/">'
    '<input name=q><button>go</button></form><div style="position:fixed" id="toasts" hx-get="/x"'
    ' data-hx-get="/x">over all</div><meta http-equiv=refresh content="0;url=https://elsewhere.example">'
    '<base href="//e.example/">'
    '<p class="x">After</p>'
)


class Seen(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.targets: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _value in attrs}
        self.targets += [value or "" for name, value in attrs if name in ("href", "src")]


def test_hostile_html_is_reduced_to_its_words() -> None:
    html = safe_html(HOSTILE)
    seen = Seen(html)
    assert seen.tags <= {"p", "a", "br"}
    assert seen.attributes <= {"href", "rel"}
    assert not [target for target in seen.targets if "script" in target]
    assert "Before" in html
    assert "After" in html


@pytest.mark.parametrize("render", [plain_to_html, markdown_to_html])
def test_typed_html_is_shown_as_typed(render) -> None:
    html = render("</title><img src=x onerror=document.title=1>{{7*7}} <b>bold?</b> {% raw %}")
    assert "<img" not in html
    assert "<b>" not in html
    assert "{{7*7}}" in html
    assert "{% raw %}" in html
    assert "&lt;b&gt;bold?&lt;/b&gt;" in html


def test_markdown_of_an_agent() -> None:
    html = markdown_to_html("**Bold** and `code`\n\n- one\n- two\n\n![x](https://elsewhere.example/x.png)")
    assert "<strong>Bold</strong>" in html
    assert '<li dir="auto">one</li>' in html
    assert "<img" not in html


def test_links_open_outside_without_telling_where_from() -> None:
    html = plain_to_html("See https://example.org/a?b=c&d=e and javascript:alert(1)")
    assert 'href="https://example.org/a?b=c&amp;d=e"' in html
    assert 'rel="noopener nofollow noreferrer"' in html
    assert Seen(html).targets == ["https://example.org/a?b=c&d=e"]


def test_each_paragraph_takes_its_own_direction_and_line_breaks_stay() -> None:
    html = plain_to_html("مرحبا\nline two\n\nOrder no. \u202eFDP")
    assert html.count('<p dir="auto">') == 2
    assert "<br>" in html


@pytest.mark.parametrize("render", [plain_to_html, markdown_to_html])
@given(text=st.text(alphabet=st.sampled_from("<>&\"'()[]!*_`\\/:#-= \nahjx@.;"), max_size=200))
def test_nothing_typed_becomes_a_dangerous_tag(render, text: str) -> None:
    seen = Seen(render(text))
    assert not seen.tags & {
        "script",
        "img",
        "svg",
        "iframe",
        "form",
        "input",
        "style",
        "object",
        "meta",
        "base",
        "link",
    }
    assert seen.attributes <= {"href", "rel", "dir", "start"}
    assert all(
        target.split(":")[0] in ("http", "https", "mailto", "tel") or ":" not in target for target in seen.targets
    )

"""Text that people wrote, made into HTML that is safe to show.

Everything goes through nh3's allow-list; no image, form, style, id, name, class or `hx-` attribute survives.
"""

from __future__ import annotations

import re

import nh3
from markdown_it import MarkdownIt
from markupsafe import escape

_TAGS = {
    "p",
    "br",
    "strong",
    "em",
    "s",
    "code",
    "pre",
    "blockquote",
    "ul",
    "ol",
    "li",
    "hr",
    "a",
    "h3",
    "h4",
    "h5",
    "h6",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
}
_ATTRIBUTES = {"a": {"href"}, "p": {"dir"}, "li": {"dir"}, "ol": {"start"}}
_SCHEMES = {"http", "https", "mailto", "tel"}
_LONG_TEXT = 40_000
"""Beyond this many characters a text is shown plain: Markdown and link finding are for letters, not for logs."""

_markdown = MarkdownIt("js-default", {"html": False, "linkify": True, "breaks": True, "maxNesting": 20})
_markdown.disable(["image", "html_block", "html_inline"])
_plain = MarkdownIt("zero", {"html": False, "linkify": True, "breaks": True}).enable(["linkify", "newline"])


def _with_direction(html: str) -> str:
    """Let each paragraph and list item take its own direction (cases C03)."""
    return html.replace("<p>", '<p dir="auto">').replace("<li>", '<li dir="auto">')


_NAMELESS_LINK = re.compile(r'<a href="([^"]*)"([^>]*)>\s*</a>')


def safe_html(html: str) -> str:
    """Any HTML reduced to the allow-list; links open outside with `noopener nofollow noreferrer`, and none is empty."""
    html = nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel="noopener nofollow noreferrer",
        strip_comments=True,
    )
    return _NAMELESS_LINK.sub(r'<a href="\1"\2>\1</a>', html)


def plain_to_html(text: str) -> str:
    """Plain text as HTML: a blank line parts paragraphs, line breaks stay, addresses become links."""
    paragraphs = [part for part in text.split("\n\n") if part.strip()] or [text]
    if len(text) > _LONG_TEXT:
        html = "".join(f"<p>{str(escape(part)).replace(chr(10), '<br>')}</p>" for part in paragraphs)
    else:
        html = "".join(f"<p>{_plain.renderInline(part.strip(chr(10)))}</p>" for part in paragraphs)
    return safe_html(_with_direction(html))


def markdown_to_html(text: str) -> str:
    """An agent's Markdown (CommonMark, tables, strike-through, links found; no HTML, no images) as HTML."""
    if len(text) > _LONG_TEXT:
        return plain_to_html(text)
    return safe_html(_with_direction(_markdown.render(text)))

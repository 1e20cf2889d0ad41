"""Redirects stay inside the site."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from portal.web.inside import inside

OUTSIDE = [
    "https://elsewhere.example/",
    "//elsewhere.example/",
    "/\\elsewhere.example/",
    "\\\\elsewhere.example",
    "///elsewhere.example",
    "https:elsewhere.example",
    "/%2f%2felsewhere.example",
    "/%09/elsewhere.example",
    "/%0d%0aLocation:%20https://elsewhere.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "https://desk.example@elsewhere.example/",
    "https://desk.example.elsewhere.example/",
    "/tickets/../../elsewhere.example",
    "/sign-out",
    "",
    None,
    "/" + "x" * 3_000,
]


@pytest.mark.parametrize("target", OUTSIDE)
def test_what_leads_outside_is_replaced(target: str | None) -> None:
    assert inside(target, "/agent") == "/agent"
    assert inside(quote(target or ""), "/agent") == "/agent"


@pytest.mark.parametrize(
    "target",
    ["/agent/tickets/104218#reply", "/agent?next=//elsewhere.example", "/agent/queues/open?sort=-due", "/tickets/1"],
)
def test_what_stays_inside_is_kept(target: str) -> None:
    assert inside(target) == target

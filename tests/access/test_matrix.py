"""Every route × method × kind of person × kind of ticket, as page and as fragment, against the lines of lines.py."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from werkzeug.test import TestResponse

from tests.access.lines import LINES, SIGN_IN, Line
from tests.access.people import AGENTS, MARKS, MERGED, OWN, PEOPLE, SEES, TICKETS, Scene

ARGUMENTS = {
    "slug": "open",
    "row_id": "1",
    "token": "no-such-token-at-all",
    "name": "x.txt",
    "person": "999999",
    "letter_id": "1",
}


def rules(app):
    """Every (endpoint, method) with its rule; HEAD and OPTIONS are Flask's own."""
    return {
        (rule.endpoint, method): rule
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def address(rule, scene: Scene, kind: str) -> str:
    """The rule's address for this kind of ticket."""
    path = rule.rule
    for name in rule.arguments:
        value = scene.numbers[kind] if name == "number" else scene.keys.get(name) or ARGUMENTS.get(name, "999999")
        path = re.sub(rf"<(?:\w+(?:\([^)]*\))?:)?{name}>", quote(value), path)
    return path


def test_every_route_has_a_line_and_every_line_a_route(sqlite_app):
    assert set(rules(sqlite_app)) == set(LINES)


@pytest.mark.parametrize("mode", ["page", "fragment"])
@pytest.mark.parametrize(("endpoint", "method"), sorted(LINES), ids=lambda value: str(value))
def test_line(scene: Scene, endpoint: str, method: str, mode: str):
    line, rule = LINES[endpoint, method], rules(scene.app)[endpoint, method]
    kinds = TICKETS if "number" in rule.arguments else TICKETS[:1]
    faults = [
        fault
        for kind in kinds
        for person in PEOPLE
        if (fault := fault_of(scene, line, person, kind, method, address(rule, scene, kind), mode == "fragment"))
    ]
    assert not faults, "\n".join(faults)


def fault_of(scene: Scene, line: Line, person: str, kind: str, method: str, path: str, is_fragment: bool) -> str:
    """What is wrong with the answer this person gets; empty when nothing is."""
    headers = {"HX-Request": "true"} if is_fragment else {}
    client = scene.client(person)
    if method == "GET":
        answer = client.get(path, headers=headers)
    else:
        fields = {"csrf_token": scene.tokens[person], **line.body(scene, kind)}
        answer = client.post(path, data=fields, headers=headers)
    wanted = line.expected(person, kind, method)
    fault = wrong_status(answer, wanted, is_fragment) or leak_in(answer, person)
    changed = method != "GET" and scene.fingerprint() != scene.print
    if changed:
        scene.lay_down()
        if wanted not in (200, 303):
            fault = fault or "was refused and changed something"
    return f"{person} on {kind}: {fault}" if fault else ""


def wrong_status(answer: TestResponse, wanted: int, is_fragment: bool) -> str:
    """Says so when the status is not the wanted one; a fragment answers 200 where a page leads on."""
    got = answer.status_code
    if wanted == SIGN_IN:
        place = answer.headers.get("HX-Redirect" if is_fragment else "Location", "")
        is_right = got == (401 if is_fragment else 303) and place.startswith("/sign-in?next=")
        return "" if is_right else f"{got} to {place!r}, not led to sign in"
    good = {wanted, 200} if is_fragment and wanted == 303 else {wanted}
    return "" if got in good else f"{got}, not {wanted}: {answer.get_data(as_text=True)[:100]!r}"


def leak_in(answer: TestResponse, person: str) -> str:
    """Names the word of a ticket this person may not see that stands in the answer, headers included."""
    text = answer.get_data(as_text=True) + str(answer.headers)
    for other in TICKETS:
        if MARKS[other] + "note" in text and (person not in AGENTS or person not in SEES[other]):
            return f"shows the note of {other}"
        may_see = person in SEES[other] or (other == MERGED and person in SEES[OWN])  # shown there after the merge
        if MARKS[other] in text and not may_see:
            return f"shows {other}"
    return ""

"""Makes bad requests by chance, the same ones for the same seed: odd values, mangled query strings and form bodies."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus

from flask import Flask

ODD_VALUES = (
    "", " ", "\x00", "a\x00b", "\x1b[2J", "\u202eevil", "\u200b\u200b", "\ufeff", "😡", "e\u0301", "ﬁle",
    "İstanbul", "straße", "ログイン", "Вера", "لا أستطيع", "٣", "१२", "½", "x" * 300, "x" * 2_000, "a " * 2_000,
    "'", '"', "\\", "%", "_", "*", "a*", "(", ")", "NEAR(a b", "^a", "{a b}", "col:a", "NOT", "AND", "OR",
    '"unclosed', "--", "-", "';--", "' OR 1=1 --", "<script>alert(1)</script>", "{{7*7}}", "{% raw %}",
    "${7*7}", "%00", "%s%n", "../../etc/passwd", "0", "-1", "1", "007", "1e309", "NaN", "Infinity",
    "99999999999999999999", "9223372036854775807", "0x10", "1.5", "null", "None", "true", "[]", "{}", "team:",
    "team:0", "team:-1", "team:99999999999999999999", "department:1", "department:x", "me", "agent", "new",
    "open", "closed", "urgent", "no-such-slug", "2026-13-45T99:99", "0000-00-00", "9999-12-31T23:59",
    "2026-03-29T02:30", "2026-01-01T00:00:00+99:99", "2026-01-01T10:00Z", "tomorrow", "1999-01-01",
    "//elsewhere.example/", "https://elsewhere.example/", "javascript:alert(1)", "/\\elsewhere.example", "a@b",
    "@", "a@", "a@b@c.example", "x" * 250 + "@customers.example", "ana@desk.example\r\nBcc: all@desk.example",
    "yes", "no", "maybe",
)  # fmt: skip
"""Values that broke other programs somewhere: control and direction signs, query syntax, numbers, dates, addresses."""

ODD_BYTES = (b"\xff\xfe", b"\xed\xa0\x80", b"\xc0\xaf", b"%ff%fe", b"%ED%A0%80", b"%", b"%zz", b"=", b"&&&", b"\x00")

FIELDS = (
    "topic", "name", "email", "phone", "subject", "message", "files", "works", "rating", "comment", "number",
    "body", "status", "next_update_at", "solution_at", "confidence", "version", "assignee", "priority",
    "due_at", "department", "callback_at", "words", "reason", "resolution", "cause", "to", "into", "kind",
    "event", "channel", "reply", "note", "tell", "once", "next", "password", "q", "csrf_token", "id", "role",
    "is_administrator", "customer_id", "created_at", "ticket_id",
)  # fmt: skip

QUERY_FIELDS = (
    "q", "sort", "order", "before", "after", "cursor", "page", "from", "version", "next", "status", "topic",
    "field", "queue", "older", "newer", "view",
)  # fmt: skip


@dataclass
class Body:
    """A body as it goes over the wire."""

    data: bytes
    content_type: str


@dataclass
class Chance:
    """Everything that is random here, from one seed."""

    seed: int
    random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)

    def value(self) -> str:
        """An odd value, now and then two of them together, cut or repeated."""
        value = self.random.choice(ODD_VALUES)
        shape = self.random.random()
        if shape < 0.1:
            return value + self.random.choice(ODD_VALUES)
        if shape < 0.15:
            return value[: self.random.randrange(len(value) + 1)]
        if shape < 0.2:
            return "".join(chr(self.random.choice((self.random.randrange(1, 0xD800), 0x1F600))) for _ in range(12))
        return value

    def query(self) -> str:
        """A query string: fields missing, doubled, unknown, badly encoded."""
        parts = []
        for _ in range(self.random.randrange(1, 5)):
            name = self.random.choice(QUERY_FIELDS)
            value = quote_plus(self.value()[:1_500])
            if self.random.random() < 0.1:
                value = self.random.choice(ODD_BYTES).decode("latin-1")
                value = quote(value, safe="%=&", encoding="latin-1")
            parts.append(f"{name}={value}")
        return "&".join(parts)

    def fields(self, token: str) -> list[tuple[str, str]]:
        """Form fields: some of the contract's, odd values, doubled ones; with a valid CSRF token mostly."""
        names = self.random.sample(FIELDS, self.random.randrange(1, 10))
        pairs = [(name, self.value()) for name in names]
        if self.random.random() < 0.2:
            pairs += [(self.random.choice(names), self.value()) for _ in range(self.random.randrange(1, 30))]
        if self.random.random() < 0.95:
            pairs.append(("csrf_token", token))
        return pairs

    def body(self, token: str) -> Body:
        """A form body, multipart or not, sometimes cut or with bytes changed."""
        pairs = self.fields(token)
        if self.random.random() < 0.5:
            data = "&".join(f"{quote_plus(n)}={quote_plus(v)}" for n, v in pairs).encode()
            body = Body(data, "application/x-www-form-urlencoded")
        else:
            body = self._multipart(pairs)
        if self.random.random() < 0.1:
            body.data = self._damage(body.data)
        if self.random.random() < 0.05:
            body.content_type = self.random.choice(("application/json", "text/plain", "multipart/form-data", "x/y", ""))
        return body

    def _multipart(self, pairs: list[tuple[str, str]]) -> Body:
        mark, lines = "b" + str(self.random.randrange(10**9)), []
        for name, value in pairs:
            shown = name
            if name == "files" or self.random.random() < 0.05:
                file_name = self.value()[:300].replace('"', "%22").replace("\r", "").replace("\n", "")
                shown = f'{name}"; filename="{file_name}'
            head = f'--{mark}\r\nContent-Disposition: form-data; name="{shown}"\r\n\r\n'
            lines.append(head.encode("utf-8", "replace") + value.encode("utf-8", "replace") + b"\r\n")
        end = b"" if self.random.random() < 0.05 else f"--{mark}--\r\n".encode()
        return Body(b"".join(lines) + end, f"multipart/form-data; boundary={mark}")

    def _damage(self, data: bytes) -> bytes:
        if self.random.random() < 0.5:
            return data[: self.random.randrange(len(data) + 1)]
        changed = bytearray(data)
        for _ in range(self.random.randrange(1, 20)):
            changed[self.random.randrange(len(changed))] = self.random.randrange(256)
        return bytes(changed)


def addresses(app: Flask, method: str, chance: Chance, numbers: list[str]) -> Iterator[str]:
    """Addresses of every route that takes the method, without end: known ticket numbers mostly, odd values else."""
    rules = [rule for rule in app.url_map.iter_rules() if method in (rule.methods or ()) and rule.endpoint != "static"]
    rules.sort(key=lambda rule: (rule.rule, rule.endpoint))
    while True:
        rule = chance.random.choice(rules)
        yield address_of(rule, chance, numbers)


def address_of(rule, chance: Chance, numbers: list[str]) -> str:
    """An address of this route."""
    address = rule.rule
    for name in sorted(rule.arguments):
        if name == "number" and numbers and chance.random.random() < 0.7:
            value = chance.random.choice(numbers)
        elif chance.random.random() < 0.4:
            value = str(chance.random.randrange(1, 9))
        else:
            value = quote(chance.value()[:200].replace("/", "") or "x", safe="")
        address = _put(address, name, value)
    return address


def _put(address: str, name: str, value: str) -> str:
    """The address with the variable part of that name, with or without a converter, replaced."""
    start = 0
    while (start := address.find("<", start)) >= 0:
        end = address.index(">", start)
        if address[start + 1 : end].split(":")[-1] == name:
            return address[:start] + value + address[end + 1 :]
        start = end
    return address


GOOD_STATUSES = frozenset({200, 204, 301, 302, 303, 304, 308, 400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 429})
"""What an answer to a bad request may be; never a failure of ours."""

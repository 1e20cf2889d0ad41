"""From what somebody typed to a condition on tickets: words, "phrases" and beginnings (`ban*`), on both stores.

Every sign but letters and digits only parts words, so nothing a person types is syntax to a store. All words must be
there; the last one, unless it is long, may be the beginning of a word, since it is often still being typed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Text, TextClause, bindparam, column, func, literal_column, select, table, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.sql import ColumnElement

from portal.core.text import search_tokens
from portal.tickets.models import Ticket, TicketText

MOST_CHARACTERS = 500
MOST_TERMS = 12
MOST_TOKENS = 40
"""What is looked at of a query; the rest of a longer one is passed over."""

_SHORTEST_BEGINNING, _LONGEST_BEGINNING = 2, 7
"""The lengths search_schema.py keeps lists for. A longer last word counts as whole, unless it ends with `*`."""

_PART = re.compile(r'"([^"]*)"?|([^\s"]+)')
_NUMBER = re.compile(r"#?(\d{4,20})")


@dataclass(frozen=True)
class Term:
    """Words that stand side by side; with `is_beginning` the last one only begins so."""

    words: tuple[str, ...]
    is_beginning: bool = False


@dataclass(frozen=True)
class WordQuery:
    """What was understood of a query. `number` is a ticket number typed alone, else ""."""

    terms: tuple[Term, ...]
    number: str = ""

    def for_sqlite(self, *, internal: bool) -> str:
        """The FTS5 expression; only public words without `internal`."""
        terms = []
        for term in self.terms:
            terms.append('"' + " ".join(term.words) + '"' + ("*" if term.is_beginning else ""))
        together = " AND ".join(terms)
        return together if internal else f"{{public}} : ({together})"

    def for_postgresql(self) -> str:
        """The text of a tsquery."""
        terms = []
        for term in self.terms:
            words = [f"'{word}'" for word in term.words]
            if term.is_beginning:
                words[-1] += ":*"
            terms.append("(" + " <-> ".join(words) + ")")
        return " & ".join(terms)


def read_query(typed: str) -> WordQuery:
    """Understand what was typed; never fails. No terms: there was nothing to search for."""
    typed = typed.replace("\x00", " ").strip()[:MOST_CHARACTERS]
    parts = list(_PART.finditer(typed))
    terms: dict[Term, None] = {}
    tokens = 0
    for part in parts:
        phrase, word = part.group(1), part.group(2)
        words = tuple(search_tokens(phrase if word is None else word))[: MOST_TOKENS - tokens]
        if not words:
            continue
        is_asked = word is not None and word.endswith("*")
        is_last = word is not None and part is parts[-1] and len(words[-1]) <= _LONGEST_BEGINNING
        terms[Term(words, (is_asked or is_last) and len(words[-1]) >= _SHORTEST_BEGINNING)] = None
        tokens += len(words)
        if len(terms) >= MOST_TERMS or tokens >= MOST_TOKENS:
            break
    number = _NUMBER.fullmatch(typed)
    return WordQuery(tuple(terms), number.group(1) if number and number.group(1).isascii() else "")


FTS = table("ticket_fts", column("rowid"), column("ticket_fts"))
"""SQLite's full-text table; `rowid` is the ticket's id."""


def query_words(query: WordQuery, *, internal: bool, store: str) -> str:
    """The query in the store's own words: the value of the parameter `words` of the conditions below."""
    return query.for_sqlite(internal=internal) if store == "sqlite" else query.for_postgresql()


def fts_match() -> TextClause:
    """SQLite: the condition on FTS that keeps what the parameter `words` asks for."""
    return text("ticket_fts MATCH :words")


def vector_match(*, internal: bool) -> ColumnElement[bool]:
    """PostgreSQL: the condition on TicketText that keeps what the parameter `words` asks for."""
    vector: ColumnElement[Any] = column(
        "all_vector" if internal else "public_vector", TSVECTOR, _selectable=TicketText.__table__
    )
    words = bindparam("words", type_=Text())
    return vector.bool_op("@@")(func.to_tsquery(literal_column("'simple'"), words))


def match_clause(typed: str, *, internal: bool, store: str) -> ColumnElement[bool] | None:
    """The condition on `Ticket` that keeps those with all the words, for lists that are short by themselves.

    `internal` also looks into notes: for agents only. `store` is the dialect's name. None: nothing was typed.
    """
    query = read_query(typed)
    if not query.terms:
        return None
    words = query_words(query, internal=internal, store=store)
    if store == "sqlite":
        found = select(FTS.c.rowid).where(fts_match())
    else:
        found = select(TicketText.ticket_id).where(vector_match(internal=internal))
    return Ticket.id.in_(found.params(words=words))

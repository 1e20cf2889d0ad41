"""Sentences without variables are translated while a template is compiled, not each time it is drawn.

The language is the site's, so `{{ _("Remove") }}` is a constant; looking it up a hundred times a page costs a quarter
of drawing it. `_("Hi %(name)s", name=x)` is left as it is.
"""

from __future__ import annotations

from collections.abc import Iterator

from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

from portal.core.words import gettext

_CALL = ("name", "lparen", "string", "rparen")


class FoldedWords(Extension):
    """Turns the tokens `_`, `(`, a string, `)` into the translated string, which Jinja then escapes like any other."""

    priority = 10

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """Every token of a template, calls of `_` with nothing but a string folded."""
        held: list[Token] = []
        before = ""
        for token in stream:
            held.append(token)
            if self._may_be_call(held, before):
                if len(held) < len(_CALL):
                    continue
                text = gettext(held[2].value)
                yield Token(held[0].lineno, "string", text % {} if "%" in text else text)
                held, before = [], "string"
                continue
            # The last token may begin a call of its own.
            rest = [held.pop()] if len(held) > 1 and self._may_be_call([held[-1]], held[-2].type) else []
            yield from held
            before = held[-1].type
            held = rest
        yield from held

    @staticmethod
    def _may_be_call(held: list[Token], before: str) -> bool:
        return (
            before != "dot"
            and held[0].value == "_"
            and all(token.type == wanted for token, wanted in zip(held, _CALL, strict=False))
        )

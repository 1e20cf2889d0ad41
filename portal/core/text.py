"""Cleaning, cutting and folding of text that people typed."""

from __future__ import annotations

import re
import unicodedata

NAME_LENGTH = 200
ADDRESS_LENGTH = 254
PHONE_LENGTH = 50
SUBJECT_LENGTH = 1_000
TEXT_LENGTH = 200_000
"""Lengths in characters: product.md section 5."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_LINE_END = re.compile(r"\r\n?|\u2028|\u2029|\x85")
_SPACES = re.compile(r"\s+")
_TOKEN = re.compile(r"\w+", re.UNICODE)
_BLANK = re.compile(
    r"[\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e"
    r"\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0]+"
)
_NO_WORD_SPACES = (
    (0x0E00, 0x0EFF),
    (0x1000, 0x109F),
    (0x1780, 0x17FF),
    (0x2E80, 0x2FDF),
    (0x3005, 0x3007),
    (0x3040, 0x30FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)


def clean_text(text: str | None) -> str:
    """Text without control signs other than tab and line break, with `\\n` line ends, outer blanks removed."""
    text = _LINE_END.sub("\n", text or "")
    return _CONTROL.sub("", text).strip()


def clean_line(text: str | None) -> str:
    """One line of clean text: every run of white space becomes one blank."""
    return _SPACES.sub(" ", clean_text(text)).strip()


def is_blank(text: str) -> bool:
    """True when nothing in the text can be seen (white space, zero-width and direction signs only)."""
    return not _BLANK.sub("", text)


def excerpt(text: str, length: int = 160) -> str:
    """The first `length` characters of the text as one line, with an ellipsis when it was cut."""
    line = _SPACES.sub(" ", text[: length * 4]).strip()
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def initials(name: str) -> str:
    """One or two capital letters for an avatar: "Ana Moreno" gives "AM"."""
    words = [word for word in _TOKEN.findall(name) if word[0].isalnum()]
    if not words:
        return "?"
    letters = words[0][0] + (words[-1][0] if len(words) > 1 else "")
    return letters.upper()[:2]


def address_key(address: str) -> str:
    """How addresses are compared: without case (cases C28). The address itself is stored as written."""
    return unicodedata.normalize("NFKC", address.strip()).casefold()


def _is_unspaced(char: str) -> bool:
    code = ord(char)
    return any(low <= code <= high for low, high in _NO_WORD_SPACES)


def search_tokens(text: str, *, limit: int = 60_000) -> list[str]:
    """The words of a text as they are indexed and searched on both stores.

    Folded (NFKC, no case, no accents), split at everything that is not a letter or digit; scripts written without
    blanks between words (Japanese, Chinese, Thai …) give one token a character, so that a phrase finds any substring.
    """
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    folded = unicodedata.normalize("NFC", "".join(c for c in folded if not unicodedata.combining(c) or _is_unspaced(c)))
    tokens: list[str] = []
    for match in _TOKEN.finditer(folded):
        word = ""
        for char in match.group():
            if char == "_" or _is_unspaced(char):
                if word:
                    tokens.append(word[:64])
                    word = ""
                if char != "_":
                    tokens.append(char)
            else:
                word += char
        if word:
            tokens.append(word[:64])
        if len(tokens) >= limit:
            break
    return tokens[:limit]

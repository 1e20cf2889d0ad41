"""Cleaning, cutting and folding of typed text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.text import address_key, clean_line, clean_text, excerpt, initials, is_blank, search_tokens


def test_control_signs_go_and_tabs_and_line_breaks_stay() -> None:
    assert clean_text("a\x00b\x07\tc\r\nd\re\x85f") == "ab\tc\nd\ne\nf"


def test_emoji_and_direction_signs_stay() -> None:
    text = "Family 👨‍👩‍👧, thumbs 👍🏽, Order \u202eFDP"
    assert clean_text(text) == text


@pytest.mark.parametrize("text", ["", " \n\t", "\u200b\u200e", "\u202e \ufeff", "\u3164"])
def test_what_cannot_be_seen_is_blank(text: str) -> None:
    assert is_blank(text)


def test_a_line_has_no_breaks() -> None:
    assert clean_line("one\ntwo\u2028three   four") == "one two three four"


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert clean_text(clean_text(text)) == clean_text(text)


def test_an_excerpt_is_cut_with_an_ellipsis() -> None:
    assert excerpt("word " * 100, 20) == "word word word word…"


@pytest.mark.parametrize(
    ("name", "letters"), [("Ana Moreno", "AM"), ("omar", "O"), ("", "?"), ("森 花", "森花"), ("<svg>", "S")]
)
def test_initials(name: str, letters: str) -> None:
    assert initials(name) == letters


def test_addresses_are_compared_without_case() -> None:
    assert address_key(" Mira@Customer.example ") == address_key("mira@customer.EXAMPLE")


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("STRASSE", "straße"),
        ("e\u0301cole", "école"),
        ("ECOLE", "école"),
        ("file", "ﬁle"),
        ("istanbul", "İstanbul"),
        ("ЛЯГУШКА", "лягушка"),
        ("mira@customer.example", "Mira@Customer.Example"),
    ],
)
def test_both_spellings_give_the_same_words(typed: str, stored: str) -> None:
    assert search_tokens(typed) == search_tokens(stored)


def test_text_without_blanks_gives_a_word_a_sign() -> None:
    assert search_tokens("プリンター") == ["プ", "リ", "ン", "タ", "ー"]
    assert search_tokens("三階のPC2") == ["三", "階", "の", "pc2"]


@given(st.text())
def test_words_hold_no_blanks_and_no_signs_of_a_query_language(text: str) -> None:
    assert all(word and not set(word) & set(" \"'*()^:&|!<>-+\\\x00") for word in search_tokens(text))

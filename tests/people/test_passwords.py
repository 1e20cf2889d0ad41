"""Which passwords are taken, and how they are kept (reliability: 15 characters, no composition rules)."""

from __future__ import annotations

import pytest

from portal.core.errors import Refused
from portal.people.passwords import check_password_rules, hash_password, is_password

GOOD = [
    "seven blue kettles sing",
    "correct battery horse lamp",
    "ünïcödé is fine here",
    "日本語のパスワードはとても長いですね",
    "               x9$ spaces",
    "a" * 3 + "bcdefghijklmnopqr" + "z" * 180,
    "tr0ub4dor&3 plus words",
    "🙂🙃😀😁😂🤣😃😄😅😆😉😊😋😎😍",
    "1l9k2j8h3g7f4d6s5a",
    "no numbers needed at all",
]
BAD = [
    "",
    "short",
    "fourteen chars",
    "aaaaaaaaaaaaaaaaaaaa",
    "abababababababababab",
    "passwordpassword",
    "password12345678",
    "Password!!!!!!!!!!!",
    "qwertyqwertyqwerty",
    "123456789012345678",
    "qwertyuiopasdfgh1",
    "abcdefghijklmnop",
    "zyxwvutsrqponml1",
    "letmeinletmein123",
    "correcthorsebatterystaple",
    "Harbour Bank 2026!",
    "xx Ana Moreno xx 77",
    "moreno moreno moreno",
    "x" * 2_000,
]


@pytest.mark.parametrize("password", GOOD)
def test_good_ones_are_taken_and_fit_only_themselves(password: str) -> None:
    check_password_rules(password, forbidden=("Harbour Bank", "Ana Moreno", "ana@desk.example"))
    kept = hash_password(password)
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,")
    assert is_password(kept, password)
    assert not is_password(kept, password + "x")


@pytest.mark.parametrize("password", BAD)
def test_bad_ones_are_refused_with_a_sentence(password: str) -> None:
    with pytest.raises(Refused) as refusal:
        check_password_rules(password, forbidden=("Harbour Bank", "Ana Moreno", "ana@desk.example"))
    assert refusal.value.field == "password"
    assert refusal.value.message.endswith(".")


def test_no_hash_fits_nothing() -> None:
    assert not is_password("", "")
    assert not is_password("rubbish", "seven blue kettles sing")

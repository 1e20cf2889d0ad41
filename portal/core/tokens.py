"""Unguessable values: links, session ids, file keys. Only their hashes are stored."""

from __future__ import annotations

import hashlib
import secrets


def new_token() -> str:
    """A new random value of 192 bits, safe in an address."""
    return secrets.token_urlsafe(24)


def token_hash(token: str) -> str:
    """What is stored of a token: its SHA-256 in hex, 64 characters."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()

"""Secrets of the sign-in: made at random, kept only as digests."""

from __future__ import annotations

import hashlib
import secrets

_RANDOM_BYTES = 32


def new_secret() -> str:
    """Return a new token or code."""
    return secrets.token_urlsafe(_RANDOM_BYTES)


def digest(secret: str) -> bytes:
    """Return what the database keeps of a secret."""
    return hashlib.sha256(secret.encode()).digest()

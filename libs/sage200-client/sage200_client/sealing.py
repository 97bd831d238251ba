"""Encryption of tokens at rest, with a key from the environment (``SAGE200_TOKEN_KEY``).

Several keys may be given, parted by commas: the first seals, all open, so that a key can be
replaced without a new login.
"""

from __future__ import annotations

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from sage200_client.exceptions import FixSettings

KEY_VARIABLE = "SAGE200_TOKEN_KEY"
_MARK = "sealed:"


class Seal:
    """Seals and opens secrets; without a key it leaves them as they are."""

    def __init__(self, keys: str | None) -> None:
        """Take the keys.

        Raises:
            FixSettings: One isn't a key.
        """
        try:
            fernets = [Fernet(key.strip()) for key in (keys or "").split(",") if key.strip()]
        except ValueError:
            # Raised without the cause, whose text may hold part of the key.
            raise FixSettings(
                f"{KEY_VARIABLE} is not a key; `sage200 token new-key` prints one."
            ) from None
        self._fernet = MultiFernet(fernets) if fernets else None

    def close(self, secret: str) -> str:
        """Return what to store for ``secret``."""
        if self._fernet is None:
            return secret
        return _MARK + self._fernet.encrypt(secret.encode()).decode()

    def open(self, stored: str) -> str:
        """Return the secret of a stored text; one that was stored without a key too.

        Raises:
            FixSettings: It was sealed with a key that isn't given.
        """
        if not stored.startswith(_MARK):
            return stored
        if self._fernet is None:
            raise FixSettings(
                f"The stored Sage 200 tokens are encrypted: set {KEY_VARIABLE} to their key."
            )
        try:
            return self._fernet.decrypt(stored.removeprefix(_MARK)).decode()
        except InvalidToken:
            raise FixSettings(
                f"The stored Sage 200 tokens were encrypted with another key: set {KEY_VARIABLE} "
                "to that key, or run `sage200 login`."
            ) from None


def new_key() -> str:
    """Return a fresh random key."""
    return Fernet.generate_key().decode()

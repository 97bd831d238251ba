"""What can go wrong with the outbox itself."""

from __future__ import annotations


class OutboxUnreachableError(Exception):
    """The PostgreSQL that holds the outbox does not answer: stop, nothing was acknowledged."""

    def __init__(self, reason: str) -> None:
        """Say where to look.

        Args:
            reason: What the driver says; its first line is shown, so it must hold no password.
        """
        first = next(iter(reason.strip().splitlines()), "no reason given").strip().rstrip(".")
        super().__init__(
            f"The outbox database can't be reached: {first}. "
            "Check outbox_url (WAREHOUSE_URL) and that PostgreSQL is running."
        )

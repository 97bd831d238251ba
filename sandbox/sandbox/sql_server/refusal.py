"""What SQL Server says where it refuses, and which refusals of PostgreSQL mean the same. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psycopg

LOCK_TIME_OUT, DEADLOCK, UPDATE_CONFLICT = 1222, 1205, 3960
ENDS_TRANSACTION = {DEADLOCK, UPDATE_CONFLICT}
"""Errors that roll the transaction back; all others leave it open."""
NOT_PREPARED = 8180


class Refusal(Exception):  # noqa: N818 (an answer of the server, as it should be)
    """An error of SQL Server.

    Attributes:
        number: Its number, as ``sys.messages`` has it; 50000 and above are this stand-in's own.
        words: Its text.
        severity: 11 to 16 for what the client did; 13 a deadlock, 14 a right that is missing.
        at_compile_time: Whether the statement was not even prepared.
    """

    def __init__(
        self, number: int, words: str, severity: int = 16, *, at_compile_time: bool = False
    ) -> None:
        """Say number and text.

        Args:
            number: The error's number.
            words: Its text.
            severity: Its severity.
            at_compile_time: Whether the statement was not even prepared.
        """
        super().__init__(f"{number}: {words}")
        self.number = number
        self.words = words
        self.severity = severity
        self.at_compile_time = at_compile_time


# SQL Server's number, text and severity for PostgreSQL's states; {} is what PostgreSQL names.
_VICTIM = (
    "Transaction (Process ID 51) was deadlocked on lock resources with another process and has "
    "been chosen as the deadlock victim. Rerun the transaction."
)
_SAME_MEANING = {
    "55P03": (LOCK_TIME_OUT, "Lock request time out period exceeded.", 16),
    "40P01": (DEADLOCK, _VICTIM, 13),
    "40001": (
        UPDATE_CONFLICT,
        "Snapshot isolation transaction aborted due to update conflict.",
        16,
    ),
    "42P01": (208, "Invalid object name '{}'.", 16),
    "42703": (207, "Invalid column name '{}'.", 16),
    "42501": (
        229,
        "The SELECT permission was denied on the object '{}', database 'Sage', schema 'dbo'.",
        14,
    ),
}
_AT_COMPILE_TIME = {207, 208}


def of_postgresql(error: psycopg.Error) -> Refusal:
    """Return SQL Server's error for one of PostgreSQL's."""
    said = error.diag.message_primary or str(error)
    if error.sqlstate not in _SAME_MEANING:
        return Refusal(50_000, f"This stand-in's PostgreSQL failed it ({error.sqlstate}): {said}")
    number, words, severity = _SAME_MEANING[error.sqlstate]
    compiling = number in _AT_COMPILE_TIME
    return Refusal(number, words.format(_named(said)), severity, at_compile_time=compiling)


def _named(said: str) -> str:
    """Return the name PostgreSQL speaks of."""
    match = re.search(r'(?:column|relation|table) "?([^\s"]+)', said)
    return match[1] if match else said

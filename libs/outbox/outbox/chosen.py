"""Which documents a person means: by number, state, cause, kind, age."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from psycopg import sql

_AGE = re.compile(r"(\d+)([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True)
class Chosen:
    """A choice of documents; what is ``None`` chooses nothing out.

    Attributes:
        numbers: Magento's numbers.
        with_parts: Also what belongs to a number (``NUMBER#1``, its first change of address).
        older_than: First seen longer ago than this.
        newer_than: First seen more recently than this.
    """

    numbers: tuple[str, ...] = ()
    with_parts: bool = False
    state: str | None = None
    cause: str | None = None
    kind: str | None = None
    older_than: timedelta | None = None
    newer_than: timedelta | None = None

    @property
    def is_everything(self) -> bool:
        """Whether nothing narrows it down."""
        return self == Chosen(kind=self.kind, with_parts=self.with_parts)

    def condition(self) -> tuple[sql.Composable, dict[str, Any]]:
        """The condition on ``sync.outbox`` and its parameters."""
        parts: list[sql.Composable] = [sql.SQL("true")]
        values: dict[str, Any] = {}
        if self.numbers:
            exact = "source_key = any(%(numbers)s)"
            either = f"({exact} or split_part(source_key, '#', 1) = any(%(numbers)s))"
            parts.append(sql.SQL(either if self.with_parts else exact))
            values["numbers"] = list(self.numbers)
        for name in ("state", "cause", "kind"):
            if getattr(self, name) is not None:
                parts.append(sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)))
                values[name] = getattr(self, name)
        if self.older_than is not None:
            parts.append(sql.SQL("first_seen_at < now() - %(older_than)s"))
            values["older_than"] = self.older_than
        if self.newer_than is not None:
            parts.append(sql.SQL("first_seen_at > now() - %(newer_than)s"))
            values["newer_than"] = self.newer_than
        return sql.SQL(" and ").join(parts), values


def read_age(text: str) -> timedelta:
    """Read an age such as ``30m``, ``12h`` or ``7d``.

    Raises:
        ValueError: It has another form.
    """
    found = _AGE.fullmatch(text)
    if found is None:
        msg = f"{text!r} is not an age like 30m, 12h or 7d"
        raise ValueError(msg)
    return timedelta(**{_UNITS[found[2]]: int(found[1])})

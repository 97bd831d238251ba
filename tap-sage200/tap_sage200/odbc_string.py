"""ODBC connection strings: ``Name=value;Name={value; with }} braces}``. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_PART = re.compile(
    r"\s*(?P<name>[^=;{}]+?)\s*=\s*(?:\{(?P<braced>(?:[^}]|\}\})*)\}|(?P<plain>[^;]*?))\s*(?:;|$)"
)
_NEEDS_BRACES = re.compile(r"[\[\]{}(),;?*=!@]|^\s|\s$")


@dataclass(frozen=True, repr=False)
class OdbcString:
    """A connection string, in its order. It has no representation: it may hold a password.

    Attributes:
        parts: Names as written, with their values without braces.
    """

    parts: tuple[tuple[str, str], ...]

    @classmethod
    def parsed(cls, text: str) -> OdbcString | None:
        """Read a string; None where it isn't one."""
        parts, position = [], 0
        while position < len(text.rstrip("; \n")):
            match = _PART.match(text, position)
            if match is None:
                return None
            braced = match["braced"]
            value = match["plain"] if braced is None else braced.replace("}}", "}")
            parts.append((match["name"], value))
            position = match.end()
        return cls(tuple(parts)) if parts else None

    def get(self, *names: str) -> str | None:
        """Return the value of the first of these names that is there, whatever its case."""
        wanted = {name.lower() for name in names}
        return next((value for name, value in self.parts if name.lower() in wanted), None)

    def with_options(self, options: Mapping[str, str], *, over: bool) -> OdbcString:
        """Add options.

        Args:
            options: By name.
            over: They win over what is there; otherwise what is there stays.
        """
        added = dict(options)
        for name in options:
            if not over and self.get(name) is not None:
                del added[name]
        names = {name.lower() for name in added}
        kept = tuple(part for part in self.parts if part[0].lower() not in names)
        return OdbcString((*kept, *added.items()))

    @property
    def text(self) -> str:
        """The string as a driver manager reads it."""
        return ";".join(f"{name}={_written(name, value)}" for name, value in self.parts)


def _written(name: str, value: str) -> str:
    if name.lower() == "driver" or _NEEDS_BRACES.search(value):
        return "{" + value.replace("}", "}}") + "}"
    return value

"""From a T-SQL statement with ``@P1`` to PostgreSQL's with ``$1``. Pure.

The tap's statements are the same text on both; only parameters are written otherwise.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sandbox.sql_server.refusal import Refusal

MOST_PARAMETERS = 2100
_TOKEN = re.compile(
    r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|(?P<system>@@\w+)|(?P<name>@\w+)",
    flags=re.DOTALL,
)
_DECLARED = re.compile(
    r"\s*(?P<name>@\w+)\s+(?:as\s+)?(?P<type>\w+)\s*(?:\(\s*(?P<size>\w+)\s*(?:,\s*\d+\s*)?\))?"
    r"\s*(?:,|$)",
    flags=re.IGNORECASE,
)
# SQL Server's types as PostgreSQL calls them; its bit is a smallint in the stand-in's tables.
_TYPES = {
    "bigint": "bigint",
    "int": "integer",
    "smallint": "smallint",
    "tinyint": "smallint",
    "bit": "smallint",
    "decimal": "numeric",
    "numeric": "numeric",
    "float": "double precision",
    "nvarchar": "varchar",
    "varchar": "varchar",
    "nchar": "varchar",
    "char": "varchar",
    "ntext": "varchar",
    "text": "varchar",
    "varbinary": "bytea",
    "binary": "bytea",
    "datetime": "timestamp",
    "datetime2": "timestamp",
    "date": "date",
}


def declared(text: str | None) -> dict[str, str]:
    """Read a declaration such as ``@P1 int,@P2 nvarchar(4)``; return types by name.

    Raises:
        Refusal: If it isn't one, or declares too many.
    """
    found: dict[str, str] = {}
    position, text = 0, (text or "").rstrip()
    while position < len(text):
        match = _DECLARED.match(text, position)
        if match is None:
            words = f"Incorrect syntax near '{text[position : position + 30]}'."
            raise Refusal(102, words, 15, at_compile_time=True)
        found[match["name"]] = match["type"].lower()
        position = match.end()
    return found


@dataclass(frozen=True)
class Translated:
    """A statement for PostgreSQL.

    Attributes:
        sql: With ``$1`` and so on.
        names: The parameter of each ``$1`` and so on.
    """

    sql: str
    names: tuple[str, ...]


def translated(text: str, types: dict[str, str]) -> Translated:
    """Translate a statement.

    Args:
        text: T-SQL.
        types: SQL Server's type of each parameter.

    Raises:
        Refusal: If a parameter isn't declared, or its type is unknown here.
    """
    names: dict[str, int] = {}

    def replaced(match: re.Match[str]) -> str:
        if match["system"]:
            raise Refusal(50_002, f"This stand-in has no {match['system']} inside of a statement.")
        name = match["name"]
        if name is None:
            return match[0]
        if name not in types:
            words = f'Must declare the scalar variable "{name}".'
            raise Refusal(137, words, 15, at_compile_time=True)
        if types[name] not in _TYPES:
            raise Refusal(50_003, f"This stand-in takes no parameter of type {types[name]}.")
        number = names.setdefault(name, len(names) + 1)
        return f"(${number}::{_TYPES[types[name]]})"

    return Translated(_TOKEN.sub(replaced, text), tuple(names))

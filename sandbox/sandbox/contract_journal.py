"""The journal of requests that reached a Sage 200 stand-in, and what the contract says to each.

On only where ``SAGE200_CONTRACT_JOURNAL`` names a folder. Each process appends to a file of its
own, one JSON object a line, in one write: a process that is killed leaves whole lines.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

JOURNAL_VARIABLE = "SAGE200_CONTRACT_JOURNAL"


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One request; of its headers only the program's name is kept, so no token is.

    Attributes:
        agent: What the program calls itself.
        method: HTTP verb.
        resource: What the request is about.
        violations: What the contract forbids about it.
        path: Path and query, where something is forbidden.
        body: Beginning of the body, where something is forbidden.
        test: The test that ran.
    """

    agent: str
    method: str
    resource: str
    violations: tuple[str, ...] = ()
    path: str = ""
    body: str = ""
    test: str = ""


def journal_folder() -> Path | None:
    """Return the folder that the environment names, or None."""
    named = os.environ.get(JOURNAL_VARIABLE)
    return Path(named) if named else None


def write_entry(folder: Path, entry: Entry) -> None:
    """Append one request."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
    file = os.open(folder / f"{os.getpid()}.jsonl", flags, 0o600)
    try:
        os.write(file, msgspec.json.encode(entry) + b"\n")
    finally:
        os.close(file)


def read_journal(folder: Path) -> Iterator[Entry]:
    """Yield what all processes wrote down."""
    for path in sorted(folder.glob("*.jsonl")):
        with path.open("rb") as file:
            for line in file:
                yield msgspec.json.decode(line, type=Entry)

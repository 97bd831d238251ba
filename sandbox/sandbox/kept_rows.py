"""A Singer target for tests: rows by their key, as a database would hold them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from collections.abc import Set as AbstractSet


@dataclass
class KeptRows:
    """Upserts, honours versions, and takes away what a stream of deletions names.

    Attributes:
        tables: Sage's table by stream: the name that Sage's log of deletions has for its rows.
        rows: Records by stream and key.
        state: What the tap said last.
    """

    tables: Mapping[str, str]
    rows: dict[str, dict[int, dict[str, Any]]] = field(default_factory=dict)
    state: dict[str, Any] | None = None
    _keys: dict[str, str] = field(default_factory=dict)
    _versions: dict[tuple[str, int], int | None] = field(default_factory=dict)

    def take(self, messages: Iterable[Mapping[str, Any]]) -> None:
        """Do what messages say."""
        for message in messages:
            kind = message["type"]
            if kind == "SCHEMA":
                (self._keys[message["stream"]],) = message["key_properties"]
            elif kind == "RECORD":
                self._upsert(message["stream"], message["record"], message.get("version"))
            elif kind == "ACTIVATE_VERSION":
                self._activate(message["stream"], message["version"])
            elif kind == "STATE":
                self.state = message["value"]

    def differences(self, final: KeptRows, unnoticed: AbstractSet[tuple[str, int]]) -> list[str]:
        """Return what is missing or stale here, and what is here and should not be.

        Args:
            final: What is true.
            unnoticed: Table and key of rows whose deletion nothing tells of: they may still be
                here.
        """
        found = []
        for stream, table in self.tables.items():
            held, true = self.rows.get(stream, {}), final.rows.get(stream, {})
            for key in held.keys() | true.keys():
                if key not in held:
                    found.append(f"{stream} {key} is missing")
                elif key in true and held[key] != true[key]:
                    found.append(f"{stream} {key} is stale: {_unlike(held[key], true[key])}")
                elif key not in true and (table, key) not in unnoticed:
                    found.append(f"{stream} {key} is left over")
        return found

    def _upsert(self, stream: str, record: dict[str, Any], version: int | None) -> None:
        key = record[self._keys[stream]]
        self.rows.setdefault(stream, {})[key] = record
        self._versions[stream, key] = version
        if stream == "deletions":
            for name, table in self.tables.items():
                if table == record["entity_name"]:
                    self.rows.get(name, {}).pop(int(record["foreign_id"]), None)

    def _activate(self, stream: str, version: int) -> None:
        rows = self.rows.get(stream, {})
        for key in [key for key in rows if self._versions[stream, key] != version]:
            del rows[key]


def _unlike(held: dict[str, Any], true: dict[str, Any]) -> str:
    return ", ".join(
        f"{name} {held.get(name)!r}, not {true.get(name)!r}"
        for name in true
        if held.get(name) != true.get(name)
    )

"""Rows of one kind, held by an integer key in sorted order, with what is needed to find them."""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

    from sandbox.magento.entities import Entity
    from sandbox.magento.json_text import Document

_KEPT_SELECTIONS = 16


class Table:
    """The rows of one entity.

    Selections of rows are kept until the table changes: a client that pages through one window
    asks the same question hundreds of times.
    """

    def __init__(self, entity: Entity, documents: Iterable[Document] = ()) -> None:
        self.entity = entity
        self.rows: dict[int, Document] = {}
        self.keys: list[int] = []
        self._by_identity: dict[Hashable, int] = {}
        self._selections: dict[Hashable, Sequence[int]] = {}
        self._seen_fields: set[str] = set()
        for document in documents:
            self.put(self.key_of(document), document)

    def key_of(self, document: Document) -> int:
        """Return the key of a row; rows without one are numbered as they come."""
        if self.entity.key:
            return int(document[self.entity.key])
        if self.entity.identity is not None:
            known = self._by_identity.get(self.entity.identity(document))
            if known is not None:
                return known
        return self.keys[-1] + 1 if self.keys else 1

    def put(self, key: int, document: Document) -> None:
        """Add the row, or replace the one of this key."""
        if key not in self.rows:
            if self.keys and key < self.keys[-1]:
                insort(self.keys, key)
            else:
                self.keys.append(key)
        self.rows[key] = document
        if not self.entity.attributes:
            self._seen_fields.update(document)
        if self.entity.identity is not None:
            self._by_identity[self.entity.identity(document)] = key
        self._selections.clear()

    def remove(self, key: int) -> None:
        """Take a row out; no error where there is none."""
        document = self.rows.pop(key, None)
        if document is None:
            return
        del self.keys[bisect_left(self.keys, key)]
        if self.entity.identity is not None:
            self._by_identity.pop(self.entity.identity(document), None)
        self._selections.clear()

    def find(self, identity: Hashable) -> Document | None:
        """Return the row with this unique key, None where there is none."""
        key = self._by_identity.get(identity)
        return None if key is None else self.rows[key]

    def all(self) -> Iterable[Document]:
        """Return the rows in the order of their keys."""
        return (self.rows[key] for key in self.keys)

    def knows(self, field: str) -> bool:
        """Whether a filter may name this field."""
        return field in self.entity.columns or field in self._seen_fields

    def learn_fields(self, fields: Iterable[str]) -> None:
        """Allow filters to name these fields although no row shows them."""
        self._seen_fields.update(fields)

    def selection(self, question: Hashable, find: Callable[[], Sequence[int]]) -> Sequence[int]:
        """Return the keys ``find`` gives, from memory where the question was asked before."""
        kept = self._selections.get(question)
        if kept is None:
            if len(self._selections) >= _KEPT_SELECTIONS:
                self._selections.clear()
            kept = self._selections[question] = find()
        return kept

"""Orders in any number: recorded orders, repeated with keys and stamps of their own."""

from __future__ import annotations

import itertools
import json
import re
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from sandbox.magento.json_text import magento_json, parse_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from sandbox.magento.json_text import Document

_FILTER = re.compile(
    r"searchCriteria\[filter_?[gG]roups\]\[(\d+)\]\[filters\]\[(\d+)\]\[(field|value|condition_type|conditionType)\]"
)
_SORT = re.compile(r"searchCriteria\[sort_?[oO]rders\]\[(\d+)\]\[(field|direction)\]")
_COLUMNS = frozenset({"entity_id", "updated_at"})
_OPERATORS = {"gt": ">", "gteq": ">=", "lt": "<", "lteq": "<=", "eq": "="}
_PLACES = ("entity_id", "increment_id", "updated_at", "customer_note")


class UnknownQuestionError(Exception):
    """The table was asked something it has no answer to."""


@dataclass(frozen=True)
class _Question:
    where: str
    values: tuple[str | int, ...]
    order: str
    page_size: int
    page: int


class OrderTable:
    """Orders, and Magento's searches over them.

    Not safe for use by many threads at once.
    """

    def __init__(self, recorded: Iterable[Document]) -> None:
        """Begin without orders.

        Args:
            recorded: The orders that are repeated.
        """
        self._templates = [_template(order) for order in recorded]
        self._rows = sqlite3.connect(":memory:", check_same_thread=False)
        self._rows.execute(
            "create table orders (entity_id integer primary key, updated_at text not null,"
            " note integer not null default 0)"
        )
        self._rows.execute("create index by_stamp on orders (updated_at, entity_id)")
        self.between: Callable[[], None] = lambda: None
        """Called after the rows of a page are read and before they are counted, as Magento does."""

    def fill(self, count: int, *, first: datetime, seconds_apart: float) -> None:
        """Add orders, one after another.

        Args:
            count: How many.
            first: Stamp of the first.
            seconds_apart: From one to the next.
        """
        highest = self._rows.execute("select coalesce(max(entity_id), 0) from orders").fetchone()[0]
        self._rows.executemany(
            "insert into orders (entity_id, updated_at) values (?, ?)",
            (
                (highest + 1 + n, _stamp(first + timedelta(seconds=int(n * seconds_apart))))
                for n in range(count)
            ),
        )

    def touch(self, keys: Iterable[int], moment: datetime) -> None:
        """Change orders: a new note and a new stamp."""
        stamp = _stamp(moment)
        self._rows.executemany(
            "update orders set updated_at = ?, note = note + 1 where entity_id = ?",
            ((stamp, key) for key in keys),
        )

    def state(self) -> dict[int, tuple[str, int]]:
        """Return stamp and number of changes of every order."""
        return {
            key: (stamp, note)
            for key, stamp, note in self._rows.execute(
                "select entity_id, updated_at, note from orders"
            )
        }

    def search(self, query_string: str) -> bytes:
        """Answer a search.

        Raises:
            UnknownQuestionError: A condition that the table does not know.
        """
        question = _question(query_string)
        rows = self._rows.execute(
            f"select entity_id, updated_at, note from orders where {question.where}"  # noqa: S608 -- built from known names
            f" order by {question.order} limit ? offset ?",
            (*question.values, question.page_size, question.page_size * (question.page - 1)),
        ).fetchall()
        self.between()
        total = self._rows.execute(
            f"select count(*) from orders where {question.where}",  # noqa: S608 -- as above
            question.values,
        ).fetchone()[0]
        items = b",".join(itertools.starmap(self._rendered, rows))
        return b'{"items":[%b],"search_criteria":{},"total_count":%d}' % (items, total)

    def _rendered(self, key: int, stamp: str, note: int) -> bytes:
        parts = self._templates[key % len(self._templates)]
        values = (
            b"%d" % key,
            b'"9%09d"' % key,
            b'"%b"' % stamp.encode(),
            b'"%d"' % note,
        )
        return b"".join(
            (
                parts[0],
                values[0],
                parts[1],
                values[1],
                parts[2],
                values[2],
                parts[3],
                values[3],
                parts[4],
            )
        )


def recorded_orders(folder: Path) -> list[Document]:
    """Return the orders of a shop folder."""
    document = parse_json((folder / "orders.json").read_bytes())
    items: list[Document] = document.get("body", document)["items"]
    return items


def _template(order: Document) -> tuple[bytes, ...]:
    """Split an order's text at the values that differ from one copy to the next."""
    marks = {name: f"@{name}@" for name in _PLACES}
    rest = {name: value for name, value in order.items() if name not in _PLACES}
    text = magento_json({**marks, **rest})
    parts = re.split("|".join(f'"{mark}"' for mark in marks.values()).encode(), text)
    if len(parts) != len(_PLACES) + 1:
        raise AssertionError(json.dumps(marks))
    return tuple(parts)


def _question(query_string: str) -> _Question:
    filters: dict[tuple[int, int], dict[str, str]] = {}
    sorts: dict[int, dict[str, str]] = {}
    size, page = 0, 1
    for name, value in parse_qsl(query_string):
        if found := _FILTER.fullmatch(name):
            key = "condition" if found[3].startswith("condition") else found[3]
            filters.setdefault((int(found[1]), int(found[2])), {})[key] = value
        elif found := _SORT.fullmatch(name):
            sorts.setdefault(int(found[1]), {})[found[2]] = value
        elif name in {"searchCriteria[pageSize]", "searchCriteria[page_size]"}:
            size = int(value)
        elif name in {"searchCriteria[currentPage]", "searchCriteria[current_page]"}:
            page = int(value)
    conditions: list[str] = []
    values: list[str | int] = []
    for one in filters.values():
        if one["field"] not in _COLUMNS or one["condition"] not in _OPERATORS:
            raise UnknownQuestionError(f"{one['field']} {one['condition']}")
        conditions.append(f"{one['field']} {_OPERATORS[one['condition']]} ?")
        values.append(int(one["value"]) if one["field"] == "entity_id" else one["value"])
    orders = []
    for one in sorts.values():
        if one["field"] not in _COLUMNS:
            raise UnknownQuestionError(one["field"])
        orders.append(f"{one['field']} {'desc' if one['direction'].upper() == 'DESC' else 'asc'}")
    return _Question(
        " and ".join(conditions) or "true",
        tuple(values),
        ", ".join([*orders, "entity_id"]),
        size or -1,
        page,
    )


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")

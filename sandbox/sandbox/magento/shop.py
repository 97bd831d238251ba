"""The shop: its rows, its clock, and writes that happen whole or not at all."""

from __future__ import annotations

import copy
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sandbox.magento.clock import clock_after, format_moment, system_clock
from sandbox.magento.entities import ENTITIES, ORDER_ITEMS
from sandbox.magento.reservations import Reservations
from sandbox.magento.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sandbox.magento.clock import Clock
    from sandbox.magento.journal import Journal
    from sandbox.magento.json_text import Document

_STAMPED = ("orders", "invoices", "shipments", "creditmemos", "transactions", "products")


class Shop:
    """Everything one Magento holds.

    Reading and writing from several threads is safe inside ``transaction()``; the server and the
    methods here use it.

    Attributes:
        tables: Rows by the name of their entity, see ``entities``.
        singles: Bodies that are served whole, by name.
    """

    def __init__(
        self,
        lists: Mapping[str, Sequence[Document]],
        singles: Mapping[str, Any],
        *,
        stock_items: Mapping[int, Document] | None = None,
        clock: Clock | None = None,
        journal: Journal | None = None,
    ) -> None:
        """Take over the rows.

        Args:
            lists: Rows by entity name; missing entities have none.
            singles: Bodies served whole.
            stock_items: Stock configuration (backorders, managed or not) by product id.
            clock: The shop's time in UTC; by default the machine's, but never before the newest
                document.
            journal: Where writes are kept; without it they are gone when the process ends.
        """
        self.tables = {e.name: Table(e, lists.get(e.name, ())) for e in ENTITIES}
        self.singles = dict(singles)
        self.stock_items = dict(stock_items or {})
        self._lock = threading.RLock()
        self._journal = journal
        self._counters: dict[str, int] = {}
        self._undo: list[tuple[Table, int, Document | None]] = []
        self._dirty: dict[tuple[str, int], Document | None] = {}
        self._dirty_counters: set[str] = set()
        self._depth = 0
        self._items_ready = False
        self._learn_fields()
        if journal is not None:
            for name, key, document in journal.changes():
                self._store(self.tables[name], key, document)
            self._counters.update(journal.counters())
        self._clock = clock or clock_after(self._newest(), system_clock)
        self.reservations = Reservations(self)

    def now(self) -> datetime:
        """Return the shop's time, in UTC."""
        return self._clock()

    def stamp(self) -> str:
        """Return the shop's time as Magento stores it."""
        return format_moment(self._clock())

    def set_clock(self, clock: Clock) -> None:
        """Let the shop live by another clock from now on."""
        self._clock = clock

    def table(self, name: str) -> Table:
        """Return the rows of one entity."""
        if name == ORDER_ITEMS.name and not self._items_ready:
            self._fill_order_items()
        return self.tables[name]

    def get(self, name: str, key: int) -> Document | None:
        """Return one row, not to be changed; None where there is none."""
        return self.table(name).rows.get(key)

    def edit(self, name: str, key: int) -> Document | None:
        """Return a copy of one row to change and then ``put``; None where there is none."""
        row = self.table(name).rows.get(key)
        return None if row is None else copy.deepcopy(row)

    def put(self, name: str, document: Document) -> int:
        """Add or replace a row and return its key; lasting when the transaction ends."""
        with self.transaction():
            table = self.tables[name]
            key = table.key_of(document)
            self._undo.append((table, key, table.rows.get(key)))
            self._store(table, key, document)
            self._dirty[name, key] = document
            return key

    def remove(self, name: str, key: int) -> None:
        """Take a row out."""
        with self.transaction():
            table = self.tables[name]
            self._undo.append((table, key, table.rows.get(key)))
            self._store(table, key, None)
            self._dirty[name, key] = None

    def next_number(self, counter: str, highest: Callable[[], int]) -> int:
        """Return the next number of a counter; like auto_increment it is never given back.

        Args:
            counter: Its name.
            highest: Highest number already in use; asked where the counter is new.
        """
        last = self._counters.get(counter)
        number = (highest() if last is None else last) + 1
        self._counters[counter] = number
        self._dirty_counters.add(counter)
        return number

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the shop alone; writes last when the outermost block ends, or none does."""
        with self._lock:
            self._depth += 1
            try:
                yield
                if self._depth == 1:
                    self._commit()
            except BaseException:
                if self._depth == 1:
                    self._roll_back()
                raise
            finally:
                self._depth -= 1

    def add_order(self, document: Document) -> int:
        """Place an order as a document of Magento's own shape; return its entity id.

        A missing ``entity_id``, ``increment_id``, ``created_at`` or ``updated_at`` is filled in,
        and so are the ids of its items. Its items reserve stock at once.
        """
        from sandbox.magento.numbering import number_order  # noqa: PLC0415 - it needs Shop itself

        with self.transaction():
            return self.put("orders", number_order(self, copy.deepcopy(document)))

    def touch(self, entity_id: int, **changes: Any) -> Document:
        """Change top-level fields of an order and its ``updated_at``; return the new document.

        Args:
            entity_id: The order.
            changes: Fields and their new values; an ``updated_at`` given here is taken as it is.

        Raises:
            KeyError: There is no such order.
        """
        with self.transaction():
            order = self.edit("orders", entity_id)
            if order is None:
                raise KeyError(f"There is no order with entity_id {entity_id}.")
            order.update({"updated_at": self.stamp(), **changes})
            self.put("orders", order)
            return order

    def close(self) -> None:
        """Close the state file."""
        if self._journal is not None:
            self._journal.close()

    def _store(self, table: Table, key: int, document: Document | None) -> None:
        old = table.rows.get(key)
        if document is None:
            table.remove(key)
        else:
            table.put(key, document)
        if table.entity.name == "orders":
            if self._items_ready:
                self._replace_items(old, document)
            if hasattr(self, "reservations"):
                self.reservations.replace(old, document)

    def _commit(self) -> None:
        if self._journal is not None and (self._dirty or self._dirty_counters):
            self._journal.write(
                ((name, key, row) for (name, key), row in self._dirty.items()),
                ((name, self._counters[name]) for name in self._dirty_counters),
            )
        self._forget()

    def _roll_back(self) -> None:
        for table, key, document in reversed(self._undo):
            self._store(table, key, document)
        self._dirty.clear()
        # Numbers are not given back: failed saves leave gaps, as in Magento.
        if self._journal is not None and self._dirty_counters:
            self._journal.write((), ((n, self._counters[n]) for n in self._dirty_counters))
        self._forget()

    def _forget(self) -> None:
        self._undo.clear()
        self._dirty.clear()
        self._dirty_counters.clear()

    def _fill_order_items(self) -> None:
        self._items_ready = True
        for order in self.tables["orders"].all():
            self._replace_items(None, order)

    def _replace_items(self, old: Document | None, new: Document | None) -> None:
        table = self.tables[ORDER_ITEMS.name]
        kept = {item["item_id"] for item in new["items"]} if new else set()
        for item in old["items"] if old else ():
            if item["item_id"] not in kept:
                table.remove(item["item_id"])
        for item in new["items"] if new else ():
            table.put(item["item_id"], _without_extension(item))

    def _learn_fields(self) -> None:
        attributes = self.tables["product_attributes"]
        products = self.tables["products"]
        products.learn_fields(str(a["attribute_code"]) for a in attributes.all())
        if not attributes.keys:
            for product in products.all():
                products.learn_fields(name for name in product if name != "id")
        categories = self.tables["categories_list"]
        for category in categories.all():
            categories.learn_fields(name for name in category if name != "id")

    def _newest(self) -> str | None:
        stamps = (
            str(row.get("updated_at") or row.get("created_at") or "")
            for name in _STAMPED
            for row in self.tables[name].all()
        )
        return max(stamps, default="") or None


def _without_extension(item: Document) -> Document:
    """Return an order item as the list of items shows it: without extension attributes."""
    row = {k: v for k, v in item.items() if k != "extension_attributes"}
    if "parent_item" in row:
        row["parent_item"] = _without_extension(row["parent_item"])
    return row

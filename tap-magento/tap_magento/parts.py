"""Streams made of what lies inside of other rows: lines, addresses, payments, taxes. Pure.

One HTTP read feeds the rows and their parts. Each part carries the key of the row it is part of
and that row's ``updated_at``, which is its own bookmark: Magento stamps a line with other moments
than its document, and not every line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
from magento_client.rows import row_of, rows_of

from tap_magento.exceptions import UnsoundAnswerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from magento_client import RawRow

_APPLIES_TO_ORDER = msgspec.Raw(b'"order"')


@dataclass(frozen=True)
class Part:
    """A stream of parts.

    Attributes:
        name: The stream.
        whole: The stream whose rows hold them.
        keys: The columns that make a part unique.
        whole_key: The column with the key of the row it is part of.
        stamp: The column with that row's ``updated_at``.
        taken: Takes the parts out of a row.
        key: The column of that row with its key.
    """

    name: str
    whole: str
    keys: tuple[str, ...]
    whole_key: str
    stamp: str
    taken: Callable[[RawRow], Iterable[RawRow]]
    key: str = "entity_id"

    def of(self, row: RawRow) -> list[RawRow]:
        """Return the parts that a row holds.

        Raises:
            UnsoundAnswerError: The row holds something else where the parts should be.
        """
        try:
            links = {self.whole_key: row[self.key], self.stamp: row["updated_at"]}
            return [{**part, **links} for part in self.taken(row)]
        except (msgspec.ValidationError, KeyError) as error:
            what = f"without {error}" if isinstance(error, KeyError) else error
            raise UnsoundAnswerError(
                f"The row {_shown(row.get(self.key))} of {self.whole} does not hold "
                f"{self.name} as Magento writes them ({what}); check that no extension of the "
                f"shop changes them, or deselect {self.name}."
            ) from error


def _shown(key: msgspec.Raw | None) -> str:
    return "without key" if key is None else bytes(key).decode()


def _list(attribute: str, *, without: tuple[str, ...] = ()) -> Callable[[RawRow], list[RawRow]]:
    def taken(row: RawRow) -> list[RawRow]:
        parts = rows_of(row[attribute]) if attribute in row else []
        for part in parts:
            for name in without:
                part.pop(name, None)
        return parts

    return taken


def _payment(row: RawRow) -> list[RawRow]:
    payment = _row(row, "payment")
    return [payment] if payment else []


def _addresses(row: RawRow) -> list[RawRow]:
    assignments = _list("shipping_assignments")(_extension(row))
    shipping = [_row(_row(assignment, "shipping"), "address") for assignment in assignments]
    # What needs no delivery has no address for it.
    return [address for address in (_row(row, "billing_address"), *shipping) if address]


def _tax_lines(row: RawRow) -> list[RawRow]:
    """Return the taxes of each line and of shipping; of the order, where Magento has no lines."""
    extension = _extension(row)
    lines: list[RawRow] = []
    itemised = extension.get("item_applied_taxes")
    for taxed in rows_of(itemised) if itemised is not None else ():
        about = {"applies_to": taxed["type"]} if "type" in taxed else {}
        if "item_id" in taxed:
            about["item_id"] = taxed["item_id"]
        applied = taxed.get("applied_taxes")
        lines += [{**tax, **about} for tax in (rows_of(applied) if applied is not None else ())]
    applied = extension.get("applied_taxes")
    if not lines and applied is not None:
        lines = [{**tax, "applies_to": _APPLIES_TO_ORDER} for tax in rows_of(applied)]
    return [
        {**line, "position": msgspec.Raw(b"%d" % number)} for number, line in enumerate(lines, 1)
    ]


def _tier_prices(row: RawRow) -> list[RawRow]:
    prices = []
    for price in _list("tier_prices")(row):
        extension = _extension(price)
        # 0 stands for all websites.
        website = extension.get("website_id", msgspec.Raw(b"0"))
        more: RawRow = {"sku": row["sku"], "website_id": website}
        if "percentage_value" in extension:
            more["percentage_value"] = extension["percentage_value"]
        prices.append({**price, **more})
    return prices


def _extension(row: RawRow) -> RawRow:
    return _row(row, "extension_attributes")


def _row(row: RawRow, name: str) -> RawRow:
    """Return the row that an attribute holds; an empty one where it is missing or null."""
    return row_of(row[name]) if name in row else {}


def _part(
    name: str,
    whole: str,
    keys: tuple[str, ...],
    prefix: str,
    taken: Callable[[RawRow], Iterable[RawRow]],
) -> Part:
    return Part(name, whole, keys, f"{prefix}_id", f"{prefix}_updated_at", taken)


PARTS = (
    # The copy of the parent line in each child line would double the table.
    _part("order_items", "orders", ("item_id",), "order", _list("items", without=("parent_item",))),
    _part("order_addresses", "orders", ("entity_id",), "order", _addresses),
    _part("order_payments", "orders", ("entity_id",), "order", _payment),
    _part("order_tax_lines", "orders", ("order_id", "position"), "order", _tax_lines),
    _part("invoice_items", "invoices", ("entity_id",), "invoice", _list("items")),
    _part("credit_memo_items", "credit_memos", ("entity_id",), "credit_memo", _list("items")),
    _part("shipment_items", "shipments", ("entity_id",), "shipment", _list("items")),
    _part("shipment_tracks", "shipments", ("entity_id",), "shipment", _list("tracks")),
    Part(
        "product_tier_prices",
        "products",
        ("product_id", "website_id", "customer_group_id", "qty"),
        "product_id",
        "product_updated_at",
        _tier_prices,
        key="id",
    ),
)

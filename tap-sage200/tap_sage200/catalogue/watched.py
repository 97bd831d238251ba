"""Tables whose changes send rows of another stream again.

A change of a line does not move its header's row version, nor the other way round: each table is
looked at by its own. What changed there is gathered first, then the rows that hang on it are read
by key: a condition on both tables at once would make the database read the other table anew for
each range of keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Watched:
    """A table that a stream's records take something from, or that holds their lists.

    Attributes:
        table: The table.
        key: Its primary key, walked to find what changed.
        column: Its column that tells which of the stream's rows to send again.
        named: The column of the stream's own table that has the same value; it is its primary key,
            or a foreign key that is sought.
        wide: A table of few rows, on each of which a great part of the stream hangs: the stream is
            walked once more, not sought.
    """

    table: str
    key: str
    column: str
    named: str
    wide: bool = False


WATCHED: Mapping[str, tuple[Watched, ...]] = {
    "stock_levels": (
        Watched("StockItem", "ItemID", "ItemID", "ItemID"),
        Watched("Warehouse", "WarehouseID", "WarehouseID", "WarehouseID", wide=True),
    ),
    "stock_item_prices": (
        Watched("StockItem", "ItemID", "ItemID", "ItemID"),
        Watched("PriceBand", "PriceBandID", "PriceBandID", "PriceBandID", wide=True),
    ),
    "sales_document_lines": (
        Watched("SOPOrderReturn", "SOPOrderReturnID", "SOPOrderReturnID", "SOPOrderReturnID"),
        Watched(
            "SOPStandardItemLink",
            "SOPStandardItemLinkID",
            "SOPOrderReturnLineID",
            "SOPOrderReturnLineID",
        ),
    ),
    "despatches": (
        Watched("SOPOrderReturn", "SOPOrderReturnID", "SOPOrderReturnID", "SOPOrderID"),
        Watched(
            "SOPDespatchReceiptLine",
            "SOPDespatchReceiptLineID",
            "SOPDespatchReceiptID",
            "SOPDespatchReceiptID",
        ),
    ),
    "invoices_and_credits": (
        Watched(
            "SOPInvoiceCreditLine",
            "SOPInvoiceCreditLineID",
            "SOPInvoiceCreditID",
            "SOPInvoiceCreditID",
        ),
        Watched(
            "SOPInvCredTaxItem", "SOPInvCredTaxItemID", "SOPInvoiceCreditID", "SOPInvoiceCreditID"
        ),
    ),
    "sales_ledger_allocations": (
        Watched(
            "SLAllocationHeader",
            "SLAllocationHeaderID",
            "SLAllocationHeaderID",
            "SLAllocationHeaderID",
        ),
    ),
    "accounting_periods": (
        Watched(
            "SYSFinancialYear", "SYSFinancialYearID", "SYSFinancialYearID", "SYSFinancialYearID"
        ),
        Watched(
            "SYSModuleAccountingPeriod",
            "SYSModuleAccountingPeriodID",
            "SYSAccountingPeriodID",
            "SYSAccountingPeriodID",
        ),
    ),
}
"""By stream."""

"""Where Sage 200 moves what is old: a comparison must not take it for deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_ORDERS = {"SOPOrderReturn": "SOPOrderReturnArch"}

ARCHIVES: Mapping[str, Mapping[str, str]] = {
    "sales_documents": _ORDERS,
    "sales_document_lines": {**_ORDERS, "SOPOrderReturnLine": "SOPOrderReturnLineArch"},
}
"""By stream: the table that archived rows are moved to, with their keys, by the one they leave."""

HISTORIES: Mapping[str, tuple[str, str]] = {
    "despatches": ("SOPOrderReturnArch", "SOPOrderReturnID"),
    "invoices_and_credits": ("SOPOrderReturnArch", "SOPOrderReturnID"),
    "sales_ledger_transactions": ("SLHistoricalCustomerTran", "SLHistoricalCustomerTranID"),
    "nominal_transactions": ("NLHistoricalNominalTran", "NLHistoricalNominalTranID"),
}
"""By stream: table and key that show, by a row, that something was moved. Under which key it is
found there no source says, so what is gone from such a stream can't be told from what was moved."""

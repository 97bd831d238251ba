"""Every stream's columns. The SQL of a stream is ``sql/<stream>.sql``, its key the first column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_sage200.catalogue import codes, ledgers, prices, sales, stock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_sage200.columns import Column

STREAMS: Mapping[str, tuple[Column, ...]] = {
    **stock.STREAMS,
    **prices.STREAMS,
    **codes.STREAMS,
    **sales.STREAMS,
    **ledgers.STREAMS,
}
"""By name; the SDK reads them in the order of their names."""

CHILDREN: Mapping[str, Mapping[str, str]] = {
    "despatches": {"lines": "despatch_lines"},
    "invoices_and_credits": {"lines": "invoice_lines", "tax_items": "invoice_tax_items"},
    "accounting_periods": {"states": "period_states"},
}
"""Statement that reads a list column's rows, by stream and column."""

NOT_BY_SQL = frozenset({"couriers"})
"""Streams whose tables no published source names: the REST API alone gives them."""

NOT_IN_EVERY_RELEASE = frozenset({"deletions"})
"""Streams whose table an old release may lack: the other streams go on."""

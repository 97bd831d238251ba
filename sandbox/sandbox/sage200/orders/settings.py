"""The settings of sales order processing, as an order needs them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from psycopg.rows import class_row

if TYPE_CHECKING:
    import psycopg


@dataclass(frozen=True)
class Settings:
    """The settings of sales order processing."""

    automatic_numbers: bool
    amend_analysis_codes: bool
    amend_header_analysis_codes: bool
    amend_nominal_codes: bool
    allow_payment: bool
    logon_as_order_taker: bool
    nominal_of_customer: bool
    cost_centre_of_customer: bool
    allow_cash_orders: bool
    cash_account_id: int | None
    allocate_on_entry: bool
    line_types: int
    segmented_addresses: bool
    base_currency_id: int


_SETTINGS = """
    select
        s."AutoGenOrderReturnNos" = 1 as automatic_numbers,
        s."AmendAnalysisCodes" = 1 as amend_analysis_codes,
        s."AmendHeaderAnalysisCodes" = 1 as amend_header_analysis_codes,
        s."AmendNominalCodes" = 1 as amend_nominal_codes,
        s."AllowPaymentWithOrder" = 1 as allow_payment,
        s."UserLogonAsOrderTaker" = 1 as logon_as_order_taker,
        s."RevenueNominalAcctSameAs" = 1 as nominal_of_customer,
        s."UseSameCcdeptAsCustomer" = 1 as cost_centre_of_customer,
        s."AllowCashOrders" = 1 as allow_cash_orders,
        s."CashOrderAccountID" as cash_account_id,
        coalesce(s."AllocateStkOnOrderEntry", 0) = 1 as allocate_on_entry,
        s."OrderLineItemTypes" as line_types,
        (select coalesce(y."UseSegmentedAddress", 0) = 1 from dbo."SYSSetting" y)
            as segmented_addresses,
        (select c."SYSCurrencyID" from dbo."SYSCurrency" c where c."ThisIsBaseCurrency" = 1)
            as base_currency_id
    from dbo."SOPSetting" s
"""


def read_settings(connection: psycopg.Connection, *, professional: bool) -> Settings:
    """Return the company's settings.

    In Standard numbers are always automatic and addresses always segmented, whatever is set.
    Source: field texts of sop_order and system_settings.
    """
    with connection.cursor(row_factory=class_row(Settings)) as cursor:
        found = cursor.execute(_SETTINGS).fetchone()
    if found is None:
        raise LookupError("SOPSetting has no row. Make the company anew.")
    if professional:
        return found
    return replace(found, automatic_numbers=True, segmented_addresses=True)

"""The single-row setting tables of a company, from settings.csv."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.sage200.ledger.accounts import DEBTORS_CONTROL
from sandbox.sage200.schema.enums import enum_id

if TYPE_CHECKING:
    from sandbox.sage200.seed.csv_file import CsvRow
    from sandbox.sage200.seed.finance import Finance
    from sandbox.sage200.seed.lookups import Lookup
    from sandbox.sage200.seed.rows import Rows, Value

_SOP_FLAGS = {
    "auto_generate_order_return_numbers": "AutoGenOrderReturnNos",
    "amend_analysis_codes": "AmendAnalysisCodes",
    "amend_header_analysis_codes": "AmendHeaderAnalysisCodes",
    "amend_nominal_codes": "AmendNominalCodes",
    "allow_payment_with_order": "AllowPaymentWithOrder",
    "user_logon_as_order_taker": "UserLogonAsOrderTaker",
    "revenue_nominal_account_same_as": "RevenueNominalAcctSameAs",
    "use_same_cost_centre_department_as_customer": "UseSameCcdeptAsCustomer",
    "allow_cash_orders": "AllowCashOrders",
    "allocate_stock_on_order_entry": "AllocateStkOnOrderEntry",
    "update_stock_on_despatch": "UpdateStockOnDespatch",
    "add_invoice_credit_note_to_sales_ledger": "AddInvCredToSalesLedger",
    "record_cancelled_order_lines": "RecordCancelledOrdLines",
}
_SYSTEM_FLAGS = {
    "use_segmented_address": "UseSegmentedAddress",
    "update_nominal_online": "UpdateNominalImmediately",
    "invoice_credit_note_same_numbers": "InvoiceCreditNoteSameNumbers",
    "use_period_exchange_rates": "UsePeriodExchangeRates",
}
_NUMBERS = {
    "next_order_number": ("SOPOrderNumber", "NextSOPOrderNumber"),
    "next_return_number": ("SOPReturnNumber", "NextSOPReturnNumber"),
    "next_urn": ("SYSUniqueReferenceNumber", "NextUniqueReferenceNumber"),
}
_CONTROLS = {"debtors_control_account": DEBTORS_CONTROL}
_NORMAL, _ACCEPTABLE, _NOT_ALLOWED = 0, 1, 2
_ANY_DAYS = 9999
_DATE_TERMS: dict[str, Value] = {
    "ClosedPeriodClassificationID": _NOT_ALLOWED,
    "FuturePeriodClassificationID": _ACCEPTABLE,
    "FutureYearClassificationID": _ACCEPTABLE,
    "PreviousYearClassificationID": _ACCEPTABLE,
    "PreDaysNormal": _ANY_DAYS,
    "PreDaysAcceptable": _ANY_DAYS,
    "PostDaysNormal": _ANY_DAYS,
    "PostDaysAcceptable": _ANY_DAYS,
}
_LINE_TYPES = {
    "standard": "EnumOrderLineItemTypesStandardOnly",
    "free_text": "EnumOrderLineItemTypesFreeTextOnly",
    "both": "EnumOrderLineItemTypesBoth",
}
_FLAG_WORDS = {"true": 1, "false": 0}
_VERSION = {"MajorVersion": 2024, "MinorVersion": 1, "BuildVersion": 1}


def add_settings(rows: Rows, given: list[CsvRow], accounts: Lookup[str], finance: Finance) -> None:
    """Add the rows of SOPSetting, SYSSetting and the number series.

    Args:
        rows: Where they are added.
        given: Rows of settings.csv; what is not named there has Sage's defaults.
        accounts: Customer accounts, for the cash account.
        finance: Nominal accounts, for the control accounts.
    """
    sop: dict[str, Value] = dict.fromkeys(_SOP_FLAGS.values(), 0)
    sop |= {
        "AutoGenOrderReturnNos": 1,
        "AllowPaymentWithOrder": 1,
        "UpdateStockOnDespatch": 1,
        "AddInvCredToSalesLedger": 1,
        "OrderLineItemTypes": enum_id("order_line_item_types", _LINE_TYPES["both"]),
        "CashOrderAccountID": None,
    }
    system: dict[str, Value] = dict.fromkeys(_SYSTEM_FLAGS.values(), 0)
    system |= {"UseSegmentedAddress": 1, "InvoiceCreditNoteSameNumbers": 1} | _VERSION
    numbers = dict.fromkeys(_NUMBERS, 1)
    for row in given:
        name, value = row.text("setting"), row.text("value")
        if name in _SOP_FLAGS:
            sop[_SOP_FLAGS[name]] = _flag(row, value)
        elif name in _SYSTEM_FLAGS:
            system[_SYSTEM_FLAGS[name]] = _flag(row, value)
        elif name == "number_open_periods":
            system["NumberOpenAccountPeriodsPermit"] = _number(row, value)
        elif name in _NUMBERS:
            numbers[name] = _number(row, value)
        elif name == "cash_order_account":
            sop["CashOrderAccountID"] = accounts.find(row, "value", value)
        elif name in _CONTROLS:
            nominal_id = finance.nominals.find(row, "value", value)
            control: dict[str, Value] = {"Name": _CONTROLS[name], "AccountNumber": value}
            rows.add("NLDefaultNominalAccount", {**control, "NLNominalAccountID": nominal_id})
        elif name == "order_line_item_type":
            sop["OrderLineItemTypes"] = _line_types(row, value)
        else:
            known = [*_SOP_FLAGS, *_SYSTEM_FLAGS, *_NUMBERS, "number_open_periods"]
            known += ["cash_order_account", "order_line_item_type", *_CONTROLS]
            row.refuse("setting", f"{name!r} is not known. Known are: {', '.join(known)}.")
    rows.add("SOPSetting", sop)
    rows.add("SYSSetting", system)
    rows.add("StockSetting", {"UseMultipleLocations": 1, "AllowFulfilmentFromStock": 1})
    rows.add("SLSetting", {"MaxEnquiryTransToDisplay": 500})
    rows.add("NLSetting", {"KeepTransactionsAfterPeriodEnd": 1})
    rows.add("SYSTranDateValidationTerm", {**_DATE_TERMS})
    for name, (table, column) in _NUMBERS.items():
        rows.add(table, {column: numbers[name]})
    rows.add("SLCreditNoteInvoiceNumber", {"NextInvoiceNumber": 1, "NextCreditNoteNumber": 1})


def _flag(row: CsvRow, value: str) -> int:
    if value not in _FLAG_WORDS:
        row.refuse("value", f"{value!r} is neither true nor false. Correct it.")
    return _FLAG_WORDS.get(value, 0)


def _number(row: CsvRow, value: str) -> int:
    if not value.isdecimal():
        row.refuse("value", f"{value!r} is not a whole number. Correct it.")
        return 1
    return int(value)


def _line_types(row: CsvRow, value: str) -> int:
    if value not in _LINE_TYPES:
        row.refuse("value", f"{value!r} is not one of {', '.join(_LINE_TYPES)}. Correct it.")
        return 0
    return enum_id("order_line_item_types", _LINE_TYPES[value])

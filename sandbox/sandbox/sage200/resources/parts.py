"""Tables that many views join on, under the names Sage's views give their columns."""

from __future__ import annotations

from sandbox.sage200.resources.source import Part

CUSTOMER = Part(
    "c",
    "SLCustomerAccount",
    {
        "reference": "CustomerAccountNumber",
        "name": "CustomerAccountName",
        "short_name": "CustomerAccountShortName",
    },
)
PRODUCT = Part("i", "StockItem")
PRODUCT_GROUP = Part("g", "ProductGroup", {"product_type_id": "StockItemTypeID"})
WAREHOUSE = Part("w", "Warehouse")
CURRENCY = Part("u", "SYSCurrency", {"iso_code_id": "SYSCurrencyISOCodeID"})
ORDER = Part("o", "SOPOrderReturn")
PERIOD = Part("r", "SYSAccountingPeriod")
YEAR = Part("y", "SYSFinancialYear", {"start_date": "FinancialYearStartDate"})

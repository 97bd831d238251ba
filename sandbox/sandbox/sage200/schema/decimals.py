"""How many decimals a column of Sage 200 keeps.

The scaffold the columns come from names no precision; queries and test DDL in the wild show money
with 2 decimals, quantities and unit prices with 5, exchange rates with 6, and the REST
specification adds unit ratios with 9, weights with 4 and percentages with 2.
"""

from __future__ import annotations

import re

_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"Percent|^TaxRate$"), "numeric(18,2)"),
    (re.compile(r"Rate$|OneUnit.*Equals|OneEuroEquals"), "numeric(18,6)"),
    (
        re.compile(r"Multiple$|StockMultOfBaseUnit|MultipleOfBaseUnit|ConversionRatio"),
        "numeric(18,9)",
    ),
    (re.compile(r"Weight$"), "numeric(18,4)"),
    (
        re.compile(
            r"Quantity|Qty|Quants|Price$|Cost$|CostPrice|^CostValue$|^IssueValue$|Precision|"
            r"SpareNumber|UnitDiscountValue|AvailableForDespatch|AvailForDespatch|Level$|"
            r"StockLevelIssued|UnitLandedCosts|LandedCostsValue|NotionalCostValue|QuantityMoreThan"
        ),
        "numeric(15,5)",
    ),
)
_MONEY = "numeric(18,2)"


def decimal_type(column_name: str) -> str:
    """Return the PostgreSQL type of a decimal column, e.g. ``numeric(15,5)`` for a quantity."""
    for pattern, type_name in _RULES:
        if pattern.search(column_name):
            return type_name
    return _MONEY

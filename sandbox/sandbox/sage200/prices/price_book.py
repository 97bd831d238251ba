"""The price book as an account sees it, read for several products at once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox.sage200.prices.effective import BandPrice, Break, selling_price

if TYPE_CHECKING:
    from collections.abc import Iterable

    import psycopg

_ZERO = Decimal(0)
_PERCENT = 0

_STANDARD = """
    select p."ItemID", p."Price" * c."OneUnitBaseEquals"
    from dbo."StockItemPrice" p
    join dbo."PriceBand" b using ("PriceBandID")
    join dbo."SLCustomerAccount" a on a."SLCustomerAccountID" = %(account)s
    join dbo."SYSCurrency" c using ("SYSCurrencyID")
    where p."ItemID" = any(%(items)s) and b."ThisIsTheStandardBand" = 1
"""
_BANDS = """
    select
        p."ItemID", coalesce(b."PriceBandTypeID", 0), p."Price", p."UseStandard" = 1,
        coalesce(b."IsActive", 1) = 1,
        case when b."IsTimeBased" = 1 then b."ActiveDateTimeFrom" end,
        case when b."IsTimeBased" = 1 then b."ActiveDateTimeTo" end
    from dbo."SLCustomerAccount" a
    join dbo."PriceBand" b
        on coalesce(b."CurrencyID", a."SYSCurrencyID") = a."SYSCurrencyID"
        and b."ThisIsTheStandardBand" = 0
        and (
            b."PriceBandID" = a."PriceBandID"
            or b."PriceBandTypeID" = 1
            and exists (select from dbo."PriceBookSetting" s where s."UseLimitedPriceBands" = 1)
            and exists (
                select from dbo."SLCustomerPriceMapping" m
                where m."SLCustomerAccountID" = a."SLCustomerAccountID"
                and m."PriceBandID" = b."PriceBandID"
            )
        )
    join dbo."StockItemPrice" p on p."PriceBandID" = b."PriceBandID"
    where a."SLCustomerAccountID" = %(account)s and p."ItemID" = any(%(items)s)
"""
_DISCOUNTS = """
    select i."ItemID", k."QuantityMoreThan", d."DiscountTypeID", k."DiscountPercentValue",
        k."DiscountAmountValue", true
    from dbo."SLCustomerAccount" a
    join dbo."PriceBookSetting" s
        on s."UseCustomerDiscountGroups" = 1 and s."UseStockItemDiscounts" = 1
    join dbo."CustStockItemDiscount" g using ("CustomerDiscountGroupID")
    join dbo."StockItemDiscount" d using ("StockItemDiscountID")
    join dbo."StockItemQtyDiscBreak" k using ("StockItemDiscountID")
    join dbo."StockItem" i on i."ItemID" = d."StockItemID"
    where a."SLCustomerAccountID" = %(account)s and i."ItemID" = any(%(items)s)
    and coalesce(d."CurrencyID", a."SYSCurrencyID") = a."SYSCurrencyID"
    and (s."UseQuantityBasedDiscounts" = 1 or k."QuantityMoreThan" = 0)
    union all
    select i."ItemID", k."QuantityMoreThan", 0, k."DiscountPercentValue", 0, false
    from dbo."SLCustomerAccount" a
    join dbo."PriceBookSetting" s
        on s."UseCustomerDiscountGroups" = 1 and s."UseProductGroupDiscounts" = 1
    join dbo."CustProdGroupDiscount" g using ("CustomerDiscountGroupID")
    join dbo."ProductGroupDiscount" d using ("ProductGroupDiscountID")
    join dbo."ProdGroupQtyDiscBreak" k using ("ProductGroupDiscountID")
    join dbo."StockItem" i on i."ProductGroupID" = d."ProductGroupID"
    where a."SLCustomerAccountID" = %(account)s and i."ItemID" = any(%(items)s)
    and (s."UseQuantityBasedDiscounts" = 1 or k."QuantityMoreThan" = 0)
"""
_ORDER_VALUE = """
    select coalesce(max(b."DiscountPercentValue"), 0)
    from dbo."SLCustomerAccount" a
    join dbo."PriceBookSetting" s on s."UseOrderValueDiscounts" = 1
    join dbo."ValueDiscountBreak" b using ("OrderValueDiscountID")
    where a."SLCustomerAccountID" = %s and %s > b."ValueMoreThan"
"""


@dataclass(frozen=True)
class ItemPrice:
    """A product's price per unit in the account's currency, and the account's discounts on it."""

    price: Decimal
    breaks: tuple[Break, ...]


def item_prices(
    connection: psycopg.Connection, account_id: int, item_ids: Iterable[int]
) -> dict[int, ItemPrice]:
    """Return what products cost an account today; 0 where no band has a price."""
    items = sorted(set(item_ids))
    asked = {"account": account_id, "items": items}
    standard: dict[int, Decimal] = dict(connection.execute(_STANDARD, asked).fetchall())
    bands: dict[int, list[BandPrice]] = defaultdict(list)
    for item_id, *band in connection.execute(_BANDS, asked):
        bands[item_id].append(BandPrice(*band))
    breaks: dict[int, list[Break]] = defaultdict(list)
    for item_id, more_than, kind, percent, amount, own in connection.execute(_DISCOUNTS, asked):
        in_percent = kind == _PERCENT
        step = Break(
            more_than, percent if in_percent else _ZERO, _ZERO if in_percent else amount, own
        )
        breaks[item_id].append(step)
    # Sage's stamps are UTC without a zone
    now = datetime.now(timezone.utc).replace(tzinfo=None)
    return {
        item_id: ItemPrice(
            selling_price(standard.get(item_id, _ZERO), bands[item_id], now),
            tuple(breaks[item_id]),
        )
        for item_id in items
    }


def available_order_discount(
    connection: psycopg.Connection, account_id: int, goods: Decimal
) -> Decimal:
    """Return the percentage an account gets on goods of a value (in its currency), or 0."""
    found = connection.execute(_ORDER_VALUE, (account_id, goods)).fetchone()
    return found[0] if found else _ZERO

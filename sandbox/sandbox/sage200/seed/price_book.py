"""Price bands beside the standard one, their prices, discounts of groups and of order values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox.sage200.prices.effective import LIMITED, UNIVERSAL
from sandbox.sage200.seed import files
from sandbox.sage200.seed.csv_file import read_csv
from sandbox.sage200.seed.lookups import Lookup

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.sage200.seed.csv_file import CsvColumn, CsvRow, Problems
    from sandbox.sage200.seed.finance import Finance
    from sandbox.sage200.seed.goods import Goods
    from sandbox.sage200.seed.rows import Rows, Value

_PERCENT, _AMOUNT = 0, 1
"""Ids of DiscountType."""


@dataclass(frozen=True)
class PriceBook:
    """What customers.csv refers to."""

    bands: Lookup[str] = field(default_factory=lambda: Lookup("price_bands.csv", "price band"))
    groups: Lookup[str] = field(default_factory=lambda: Lookup("discounts.csv", "discount group"))
    order_values: Lookup[str] = field(
        default_factory=lambda: Lookup("order_value_discounts.csv", "order value discount")
    )


def add_price_book(
    rows: Rows, folder: Path, problems: Problems, finance: Finance, goods: Goods
) -> PriceBook:
    """Add what the price book holds beside the standard prices; each file may be missing."""
    book = PriceBook()

    def given(file: str, columns: tuple[CsvColumn, ...]) -> list[CsvRow]:
        return read_csv(folder, file, columns, problems) if (folder / file).exists() else []

    bands = given("price_bands.csv", files.PRICE_BANDS)
    for row in bands:
        _add_band(rows, row, book, finance)
    for row in given("prices.csv", files.PRICES):
        rows.add(
            "StockItemPrice",
            {
                "ItemID": goods.products.find(row, "product", row.text("product")),
                "PriceBandID": book.bands.find(row, "band", row.text("band")),
                "Price": row.decimal("price"),
                "UseStandard": row.flag("use_standard"),
            },
        )
    discounts = given("discounts.csv", files.DISCOUNTS)
    _add_discounts(rows, discounts, book, goods)
    order_values = given("order_value_discounts.csv", files.ORDER_VALUE_DISCOUNTS)
    for row in order_values:
        _add_order_value(rows, row, book)
    rows.add(
        "PriceBookSetting",
        {
            "UseLimitedPriceBands": any(row.flag("limited") for row in bands),
            "UseCustomerDiscountGroups": bool(discounts),
            "UseStockItemDiscounts": any(not row.is_empty("product") for row in discounts),
            "UseProductGroupDiscounts": any(not row.is_empty("product_group") for row in discounts),
            "UseQuantityBasedDiscounts": any(row.decimal("more_than") for row in discounts),
            "UseOrderValueDiscounts": bool(order_values),
        },
    )
    return book


def _add_band(rows: Rows, row: CsvRow, book: PriceBook, finance: Finance) -> None:
    starts, ends = row.day("starts"), row.day("ends")
    band_id = rows.add(
        "PriceBand",
        {
            "Name": row.text("name"),
            "Description": row.text("description"),
            "ThisIsTheStandardBand": 0,
            "CurrencyID": finance.currencies.find(row, "currency", row.text("currency")),
            "PriceBandTypeID": LIMITED if row.flag("limited") else UNIVERSAL,
            "IsActive": row.flag("active"),
            "IsTimeBased": starts is not None or ends is not None,
            "ActiveDateTimeFrom": starts,
            "ActiveDateTimeTo": ends,
        },
    )
    book.bands.put(row, "name", row.text("name"), band_id)


def _add_discounts(rows: Rows, given: list[CsvRow], book: PriceBook, goods: Goods) -> None:
    # rows of one group and one product (or product group) are the steps of one discount
    discounts: dict[tuple[str, str, str], int] = {}
    for row in given:
        name, code, group = (row.text(n) for n in ("discount_group", "product", "product_group"))
        if bool(code) == bool(group):
            row.refuse("product", "name either a product or a product_group.")
            continue
        if bool(row.decimal("percent")) == bool(row.decimal("amount")):
            row.refuse("percent", "give either a percent or an amount.")
        if group and row.decimal("amount"):
            row.refuse("amount", "a product group's discount is a percentage. Use percent.")
        group_id = book.groups.get(name)
        if group_id is None:
            group_id = rows.add("CustomerDiscountGroup", {"Name": name, "Description": name})
            book.groups.put(row, "discount_group", name, group_id)
        key = (name, code, group)
        if key not in discounts:
            discounts[key] = (
                _product_discount(rows, row, goods, group_id)
                if code
                else _group_discount(rows, row, goods, group_id)
            )
        step: dict[str, Value] = {
            "QuantityMoreThan": row.decimal("more_than"),
            "DiscountPercentValue": row.decimal("percent"),
        }
        if code:
            step |= {
                "StockItemDiscountID": discounts[key],
                "DiscountAmountValue": row.decimal("amount"),
            }
            rows.add("StockItemQtyDiscBreak", step)
        else:
            rows.add("ProdGroupQtyDiscBreak", {**step, "ProductGroupDiscountID": discounts[key]})


def _product_discount(rows: Rows, row: CsvRow, goods: Goods, group_id: int) -> int:
    discount_id = rows.add(
        "StockItemDiscount",
        {
            "Name": row.text("product"),
            "StockItemID": goods.products.find(row, "product", row.text("product")),
            "DiscountTypeID": _AMOUNT if row.decimal("amount") else _PERCENT,
        },
    )
    rows.add(
        "CustStockItemDiscount",
        {"CustomerDiscountGroupID": group_id, "StockItemDiscountID": discount_id},
    )
    return discount_id


def _group_discount(rows: Rows, row: CsvRow, goods: Goods, group_id: int) -> int:
    code = row.text("product_group")
    product_group_id = goods.groups.find(row, "product_group", code)
    discount_id = rows.add(
        "ProductGroupDiscount", {"Name": code, "ProductGroupID": product_group_id}
    )
    rows.add(
        "CustProdGroupDiscount",
        {"CustomerDiscountGroupID": group_id, "ProductGroupDiscountID": discount_id},
    )
    return discount_id


def _add_order_value(rows: Rows, row: CsvRow, book: PriceBook) -> None:
    name = row.text("name")
    discount_id = book.order_values.get(name)
    if discount_id is None:
        discount_id = rows.add("OrderValueDiscount", {"Name": name, "Description": name})
        book.order_values.put(row, "name", name, discount_id)
    rows.add(
        "ValueDiscountBreak",
        {
            "OrderValueDiscountID": discount_id,
            "ValueMoreThan": row.decimal("more_than"),
            "DiscountPercentValue": row.decimal("percent"),
        },
    )

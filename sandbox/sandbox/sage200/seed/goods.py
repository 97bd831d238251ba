"""Product groups, warehouses, products, their standard prices and their stock."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox.sage200.schema.enums import enum_id
from sandbox.sage200.seed import files
from sandbox.sage200.seed.csv_file import read_csv
from sandbox.sage200.seed.lookups import Lookup

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.sage200.seed.csv_file import CsvRow, Problems
    from sandbox.sage200.seed.finance import Finance
    from sandbox.sage200.seed.rows import Rows

_GROUP_TYPES = {
    "stock": enum_id("product_types", "EnumStockItemTypeStock"),
    "miscellaneous": enum_id("product_types", "EnumStockItemTypeMiscellaneous"),
    "service": enum_id("product_types", "EnumStockItemTypeServiceLabour"),
}
_WAREHOUSE_TYPES = {
    "standard": enum_id("warehouse_types", "EnumWarehouseTypeStandard"),
    "returns": enum_id("warehouse_types", "EnumWarehouseTypeReturns"),
    "direct_delivery": enum_id("warehouse_types", "EnumWarehouseTypeDirectDelivery"),
}
_REVENUE = 1
_UNIT = "Each"


@dataclass(frozen=True)
class Goods:
    """What the other files refer to."""

    groups: Lookup[str] = field(
        default_factory=lambda: Lookup("product_groups.csv", "product group")
    )
    warehouses: Lookup[str] = field(default_factory=lambda: Lookup("warehouses.csv", "warehouse"))
    products: Lookup[str] = field(default_factory=lambda: Lookup("products.csv", "product"))


@dataclass
class _Group:
    type_id: int
    nominal_id: int | None


def add_goods(rows: Rows, folder: Path, problems: Problems, finance: Finance) -> Goods:
    """Add everything that is bought, kept and sold."""
    goods = Goods()
    groups = _add_groups(
        rows, read_csv(folder, "product_groups.csv", files.PRODUCT_GROUPS, problems), goods, finance
    )
    for row in read_csv(folder, "warehouses.csv", files.WAREHOUSES, problems):
        _add_warehouse(rows, row, goods, finance)
    free = _stock_by_product(read_csv(folder, "stock.csv", files.STOCK, problems), goods)
    band_id = rows.add(
        "PriceBand",
        {
            "Name": "Standard",
            "Description": "Standard prices",
            "ThisIsTheStandardBand": 1,
            "CurrencyID": finance.base_currency_id,
            "IsActive": 1,
        },
    )
    unit_id = rows.add("Unit", {"Name": _UNIT, "MultipleOfBaseUnit": 1, "EachValue": 1})
    for row in read_csv(folder, "products.csv", files.PRODUCTS, problems):
        _add_product(rows, row, goods, finance, groups, free, band_id, unit_id)
    for code, stock in free.items():
        if goods.products.get(code) is None:
            stock[0].refuse(
                "product", f"{code!r} is not in products.csv. Correct it or add a row there."
            )
    return goods


def _add_groups(
    rows: Rows, given: list[CsvRow], goods: Goods, finance: Finance
) -> dict[str, _Group]:
    groups = {}
    for row in given:
        kind = row.text("type")
        if kind not in _GROUP_TYPES:
            row.refuse("type", f"{kind!r} is not one of {', '.join(_GROUP_TYPES)}. Correct it.")
        type_id = _GROUP_TYPES.get(kind, 0)
        nominal = finance.nominals.find(
            row, "revenue_nominal_account", row.text("revenue_nominal_account")
        )
        group_id = rows.add(
            "ProductGroup",
            {
                "Code": row.text("code"),
                "Description": row.text("description"),
                "StockItemTypeID": type_id,
            },
        )
        goods.groups.put(row, "code", row.text("code"), group_id)
        if nominal is not None:
            rows.add(
                "ProdGroupNominalCode",
                {"ProductGroupID": group_id, "NominalCodeID": nominal, "NominalUsageID": _REVENUE},
            )
        groups[row.text("code")] = _Group(type_id, nominal)
    return groups


def _add_warehouse(rows: Rows, row: CsvRow, goods: Goods, finance: Finance) -> None:
    kind = row.text("type")
    if kind not in _WAREHOUSE_TYPES:
        row.refuse("type", f"{kind!r} is not one of {', '.join(_WAREHOUSE_TYPES)}. Correct it.")
    country = row.text("country")
    warehouse_id = rows.add(
        "Warehouse",
        {
            "Name": row.text("name"),
            "Description": row.text("description"),
            "UseForSalesTrading": row.flag("use_for_sales_trading"),
            "WarehouseTypeID": _WAREHOUSE_TYPES.get(kind, 0),
            "PostalName": row.text("postal_name"),
            "AddressLine1": row.text("address_1"),
            "AddressLine2": row.text("address_2"),
            "AddressLine3": row.text("address_3"),
            "AddressLine4": row.text("address_4"),
            "City": row.text("city"),
            "County": row.text("county"),
            "Postcode": row.text("postcode"),
            "CountryCodeID": finance.countries.find(row, "country", country) if country else None,
        },
    )
    goods.warehouses.put(row, "name", row.text("name"), warehouse_id)


def _stock_by_product(given: list[CsvRow], goods: Goods) -> dict[str, list[CsvRow]]:
    stock: dict[str, list[CsvRow]] = defaultdict(list)
    seen = set()
    for row in given:
        key = (row.text("product"), row.text("warehouse"))
        if key in seen:
            row.refuse("product", f"{key[0]!r} is there twice for {key[1]}. Add the rows up.")
        seen.add(key)
        if goods.warehouses.find(row, "warehouse", key[1]) is not None:
            stock[key[0]].append(row)
    return stock


def _add_product(
    rows: Rows,
    row: CsvRow,
    goods: Goods,
    finance: Finance,
    groups: dict[str, _Group],
    stock: dict[str, list[CsvRow]],
    band_id: int,
    unit_id: int,
) -> None:
    code = row.text("code")
    group_id = goods.groups.find(row, "group", row.text("group"))
    tax_id = finance.tax_codes.find(row, "tax_code", row.integer("tax_code"))
    if group_id is None or tax_id is None:
        return
    held = stock.get(code, [])
    item_id = rows.add(
        "StockItem",
        {
            "Code": code,
            "Name": row.text("name"),
            "Description": row.text("description"),
            "ProductGroupID": group_id,
            "TaxCodeID": tax_id,
            "StandardCost": row.decimal("standard_cost"),
            "AverageBuyingPrice": row.decimal("standard_cost"),
            "SOPItemPrice": row.decimal("price"),
            "Weight": row.decimal("weight"),
            "Barcode": row.text("barcode"),
            "StockItemStatusID": 0 if row.flag("active") else 1,
            "AllowSalesOrder": row.flag("allow_sales_order"),
            "StockUnitName": _UNIT,
            "BaseUnitName": _UNIT,
            "StockMultOfBaseUnit": 1,
            "FreeStockQuantity": sum(map(_free, held), Decimal(0)),
        },
    )
    goods.products.put(row, "code", code, item_id)
    rows.add(
        "StockItemPrice", {"ItemID": item_id, "PriceBandID": band_id, "Price": row.decimal("price")}
    )
    rows.add("StockItemUnit", {"ItemID": item_id, "UnitID": unit_id, "MultipleOfBaseUnit": 1})
    nominal = groups[row.text("group")].nominal_id
    if nominal is not None:
        rows.add(
            "StockItemNominalCode",
            {"ItemID": item_id, "NominalCodeID": nominal, "NominalUsageID": _REVENUE},
        )
    if held and groups[row.text("group")].type_id != _GROUP_TYPES["stock"]:
        held[0].refuse("product", f"{code!r} is not of type stock and has no levels. Drop the row.")
    for holding in held:
        _add_holding(rows, holding, goods, item_id)


def _free(row: CsvRow) -> Decimal:
    allocated = row.decimal("allocated_stock") + row.decimal("allocated_bom")
    return row.decimal("confirmed") + row.decimal("unconfirmed") - allocated


def _add_holding(rows: Rows, row: CsvRow, goods: Goods, item_id: int) -> None:
    levels = {
        "ConfirmedQtyInStock": row.decimal("confirmed"),
        "UnconfirmedQtyInStock": row.decimal("unconfirmed"),
        "QuantityAllocatedStock": row.decimal("allocated_stock"),
        "QuantityAllocatedBOM": row.decimal("allocated_bom"),
        "QuantityReserved": row.decimal("reserved"),
    }
    holding_id = rows.add(
        "WarehouseItem",
        {
            "WarehouseID": goods.warehouses.get(row.text("warehouse")),
            "ItemID": item_id,
            "QuantityOnPOPOrder": row.decimal("on_purchase_order"),
            **levels,
        },
    )
    rows.add(
        "BinItem",
        {
            "BinName": "Unspecified",
            "UnspecifiedBin": 1,
            "ItemID": item_id,
            "WarehouseItemID": holding_id,
            "AllocationPriority": 9,
            **levels,
        },
    )

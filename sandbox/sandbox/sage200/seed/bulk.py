"""Many products and orders at once: copies of those the company has, made inside PostgreSQL.

For measuring, and for trying a connection at the size of a real company. The copies are whole
(price, unit, nominal account, holdings, bins, lines, delivery address) and keep the books: the
account's value of live orders grows with them, and nothing is allocated to them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg import sql

from sandbox.sage200.contract.tables import tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    import psycopg

_UNCOPIED = {"OpLock"}
_OF_PRODUCTS = ("StockItemPrice", "StockItemUnit", "StockItemNominalCode")
_OF_ORDERS = ("SOPOrderReturn", "SOPDocDelAddress", "SOPOrderReturnLine", "SOPStandardItemLink")


class BulkError(Exception):
    """The company has nothing that could be copied."""


@dataclass(frozen=True)
class Added:
    """What was added."""

    products: int
    orders: int


def add_many(connection: psycopg.Connection, products: int, orders: int) -> Added:
    """Add products to every warehouse that the first product is in, and orders of them.

    Product codes are ``BULK-000001`` and so on, customer order numbers ``B00000001``; both go on
    where an earlier call ended. Each order is a copy of the first order that has a product line
    (on an account without a credit limit, if there is one); its product lines are
    spread over the products that were added.

    Raises:
        BulkError: There is no product with stock, or no order with a product line.
    """
    item_id = _one(
        connection,
        'select min(h."ItemID") from dbo."WarehouseItem" h'
        ' join dbo."StockItem" i using ("ItemID") where i."StockItemStatusID" = 0',
        "a product that is in a warehouse",
    )
    order_id = _one(
        connection,
        # an account without a limit first, for the copies would hold all further orders of another
        'select l."SOPOrderReturnID" from dbo."SOPOrderReturnLine" l'
        ' join dbo."SOPStandardItemLink" k using ("SOPOrderReturnLineID")'
        ' join dbo."SOPOrderReturn" o using ("SOPOrderReturnID")'
        ' join dbo."SLCustomerAccount" a on a."SLCustomerAccountID" = o."CustomerID"'
        ' where k."WarehouseItemID" is not null and o."DocumentTypeID" = 0'
        ' order by a."CreditLimit" > 0, l."SOPOrderReturnID" limit 1',
        "a sales order with a product line",
    )
    first_item = _add_products(connection, item_id, products)
    if orders:
        _add_orders(connection, order_id, orders, first_item, products)
    for name in (*_OF_PRODUCTS, "WarehouseItem", "BinItem", "StockItem", *_OF_ORDERS):
        connection.execute(sql.SQL("analyze {}").format(sql.Identifier("dbo", name)))
    return Added(products, orders)


def _one(connection: psycopg.Connection, query: str, what: str) -> int:
    # every query is one of this module
    found = connection.execute(query).fetchone()
    if found is None or found[0] is None:
        raise BulkError(f"The company has no {what} that could be copied. Add one first.")
    return int(found[0])


def _add_products(connection: psycopg.Connection, item_id: int, count: int) -> int:
    """Add products; return the id of the first."""
    earlier = _one(
        connection,
        """select count(*) from dbo."StockItem" where "Code" like 'BULK-%'""",
        "product",
    )
    holdings = 'select count(*) from dbo."WarehouseItem" where "ItemID" = %s'
    held = connection.execute(holdings, (item_id,)).fetchone() or (0,)
    of_item = ('t."ItemID" = %(template)s', {"template": item_id, "count": count})
    first = _ids(connection, "StockItem", count)
    item = sql.SQL("{} + n - 1").format(first)
    _copy(
        connection,
        "StockItem",
        {
            "ItemID": item,
            "Code": sql.SQL("'BULK-' || lpad(({} + n)::text, 6, '0')").format(earlier),
            "Name": sql.SQL("'Product ' || ({} + n)").format(earlier),
            "Barcode": sql.SQL("''"),
        },
        *of_item,
    )
    for name in _OF_PRODUCTS:
        # a price per band, a unit and a nominal code per use: each row of the template once
        key = tables()[name].key
        query = sql.SQL('select count(*) from dbo.{} where "ItemID" = %s')
        rows = connection.execute(query.format(sql.Identifier(name)), (item_id,)).fetchone()
        start = _ids(connection, name, count * (rows or (0,))[0])
        _copy(connection, name, {key: _nth(start), "ItemID": item}, *of_item)
    holding = _ids(connection, "WarehouseItem", count * held[0])
    bins = _ids(connection, "BinItem", count * held[0])
    # one bin per holding, both in the order of product and warehouse
    rank = sql.SQL(
        '(n - 1) * {held} + (select count(*) from dbo."WarehouseItem" o where o."ItemID" ='
        ' t."ItemID" and o."WarehouseItemID" < t."WarehouseItemID")'
    ).format(held=held[0])
    _copy(
        connection,
        "WarehouseItem",
        {
            "WarehouseItemID": sql.SQL("{} + {}").format(holding, rank),
            "ItemID": item,
            "QuantityAllocatedSOP": sql.SQL("0"),
        },
        *of_item,
    )
    _copy(
        connection,
        "BinItem",
        {
            "BinItemID": sql.SQL("{} + {}").format(bins, rank),
            "WarehouseItemID": sql.SQL("{} + {}").format(holding, rank),
            "ItemID": item,
            "QuantityAllocatedSOP": sql.SQL("0"),
        },
        'b."UnspecifiedBin" = 1 and ' + of_item[0],
        of_item[1],
        source='dbo."BinItem" b join dbo."WarehouseItem" t using ("WarehouseItemID", "ItemID")',
        alias="b",
    )
    return first


def _add_orders(
    connection: psycopg.Connection, order_id: int, count: int, first_item: int, products: int
) -> None:
    asked = {"template": order_id, "count": count}
    of_order = 't."SOPOrderReturnID" = %(template)s'
    number = connection.execute(
        'update dbo."SOPOrderNumber" set "NextSOPOrderNumber" = "NextSOPOrderNumber" + %s'
        ' returning "NextSOPOrderNumber" - %s',
        (count, count),
    ).fetchone() or (1,)
    first = _ids(connection, "SOPOrderReturn", count)
    order = sql.SQL("{} + n - 1").format(first)
    zeros = dict.fromkeys(
        ("AllocatedStatusID", "DespatchReceiptStatusID", "InvoiceCreditStatusID"), sql.SQL("0")
    )
    moment = sql.SQL("dbo.utc_now() - make_interval(mins => %(count)s::int - n)")
    _copy(
        connection,
        "SOPOrderReturn",
        {
            "SOPOrderReturnID": order,
            "DocumentNo": sql.SQL("lpad(({} + n - 1)::text, 10, '0')").format(number[0]),
            "CustomerDocumentNo": sql.SQL("'B' || lpad(({} + n - 1)::text, 8, '0')").format(
                number[0]
            ),
            "DateTimeCreated": moment,
            "DateTimeUpdated": moment,
            **zeros,
        },
        of_order,
        asked,
    )
    addresses = _ids(connection, "SOPDocDelAddress", count)
    address = {tables()["SOPDocDelAddress"].key: _nth(addresses), "SOPOrderReturnID": order}
    _copy(connection, "SOPDocDelAddress", address, of_order, asked)
    lines = connection.execute(
        'select count(*), count(k."ItemID") from dbo."SOPOrderReturnLine"'
        ' left join dbo."SOPStandardItemLink" k using ("SOPOrderReturnLineID")'
        ' where "SOPOrderReturnID" = %s',
        (order_id,),
    ).fetchone() or (0, 0)
    line = sql.SQL(
        '{first} + (n - 1) * {lines} + (select count(*) from dbo."SOPOrderReturnLine" o'
        ' where o."SOPOrderReturnID" = t."SOPOrderReturnID"'
        ' and o."SOPOrderReturnLineID" < t."SOPOrderReturnLineID")'
    ).format(first=_ids(connection, "SOPOrderReturnLine", count * lines[0]), lines=lines[0])
    # a few products per order, over all of them
    product = sql.SQL('{} + (n * 7 + t."SOPOrderReturnLineID") %% {}').format(first_item, products)
    code = sql.SQL('(select i."Code" from dbo."StockItem" i where i."ItemID" = {})').format(product)
    overrides: dict[str, sql.Composable] = {
        "SOPOrderReturnLineID": line,
        "SOPOrderReturnID": order,
        "UnitSellPriceOverridden": sql.SQL("1"),
    }
    if products:
        overrides["ItemCode"] = sql.SQL(
            'case when t."LineTypeID" = 0 then {} else t."ItemCode" end'
        ).format(code)
    for column in tables()["SOPOrderReturnLine"].columns:
        if "Allocated" in column or ("Despatch" in column and "Quantity" in column):
            overrides[column] = sql.SQL("0")
    for column in ("AvailableForDespatch", "StockUnitAvailableForDespatch"):
        overrides[column] = sql.SQL("0")
    _copy(connection, "SOPOrderReturnLine", overrides, of_order, asked)
    key = tables()["SOPStandardItemLink"].key
    links = _ids(connection, "SOPStandardItemLink", count * lines[1])
    link: dict[str, sql.Composable] = {key: _nth(links), "SOPOrderReturnLineID": line}
    if products:
        link["ItemID"] = product
        link["WarehouseItemID"] = sql.SQL(
            '(select h."WarehouseItemID" from dbo."WarehouseItem" h'
            ' where h."ItemID" = {} and h."WarehouseID" = ('
            ' select w."WarehouseID" from dbo."WarehouseItem" w'
            ' where w."WarehouseItemID" = k."WarehouseItemID"))'
        ).format(product)
    _copy(
        connection,
        "SOPStandardItemLink",
        link,
        of_order,
        asked,
        source='dbo."SOPStandardItemLink" k'
        ' join dbo."SOPOrderReturnLine" t using ("SOPOrderReturnLineID")',
        alias="k",
    )
    connection.execute(
        'update dbo."SLCustomerAccount" a set "ValueOfCurrentOrdersInSOP" ='
        ' a."ValueOfCurrentOrdersInSOP" + o."TotalGrossValue" * %(count)s'
        ' from dbo."SOPOrderReturn" o where o."SOPOrderReturnID" = %(template)s'
        ' and a."SLCustomerAccountID" = o."CustomerID"',
        asked,
    )


def _nth(first: int) -> sql.Composable:
    return sql.SQL("{} + row_number() over (order by n) - 1").format(first)


def _ids(connection: psycopg.Connection, table: str, how_many: int) -> int:
    query = "select dbo.next_ids(%s, %s)"
    return int((connection.execute(query, (table, max(how_many, 1))).fetchone() or (0,))[0])


def _copy(
    connection: psycopg.Connection,
    table: str,
    overrides: Mapping[str, sql.Composable],
    where: str,
    parameters: Mapping[str, object],
    *,
    source: str | None = None,
    alias: str = "t",
) -> None:
    """Insert ``count`` copies of the rows that ``where`` names, with some columns changed."""
    there = _columns_there(connection, table)
    columns = [c for c in tables()[table].columns if c in there and c not in _UNCOPIED]
    values = [overrides[c] if c in overrides else sql.Identifier(alias, c) for c in columns]
    statement = sql.SQL(
        "insert into {into} ({columns}) select {values} from {source}"
        " cross join generate_series(1, %(count)s) n where {where}"
    ).format(
        into=sql.Identifier("dbo", table),
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        values=sql.SQL(", ").join(values),
        source=sql.SQL(source or f'dbo."{table}" t'),
        where=sql.SQL(where),
    )
    connection.execute(statement, parameters)


def _columns_there(connection: psycopg.Connection, table: str) -> set[str]:
    # DateTimeUpdated is missing in a company of an old release
    rows = connection.execute(
        "select column_name from information_schema.columns"
        " where table_schema = 'dbo' and table_name = %s",
        (table,),
    )
    return {name for (name,) in rows}

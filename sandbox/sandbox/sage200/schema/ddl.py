"""The statements that make Sage's tables in PostgreSQL, generated from the contract.

Names are Sage's own, in double quotes, so that one statement runs unchanged on SQL Server and
here. Foreign keys are left out, as are all other checks: in Sage they are the object layer's
business, and here the API's. Strings and numbers that Sage does not let be null start as empty and
0, as they do there.
"""

from __future__ import annotations

from importlib.resources import files

from sandbox.sage200.contract.tables import Column, Table, tables
from sandbox.sage200.schema.decimals import decimal_type

SCHEMA = "dbo"
_TYPES = {
    "bigint": ("bigint", "0"),
    "int": ("integer", "0"),
    "smallint": ("smallint", "0"),
    "tinyint": ("smallint", "0"),
    "bit": ("smallint", "0"),
    "datetime": ("timestamp(3)", "dbo.utc_now()"),
}
_STAMP = "DateTimeUpdated"

_INDEXES = (
    # what readers of changes ask for; row versions have no index, as in Sage 200
    ("StockItem", '"DateTimeUpdated"'),
    ("WarehouseItem", '"DateTimeUpdated"'),
    ("SLCustomerAccount", '"DateTimeUpdated"'),
    ("SOPOrderReturn", '"DateTimeUpdated"'),
    ("SOPOrderReturnLine", '"DateTimeUpdated"'),
    # what the API and the checks ask for
    ("SOPOrderReturn", '"CustomerID"'),
    ("SOPOrderReturn", 'lower("CustomerDocumentNo")'),
    ("SOPOrderReturn", 'lower("DocumentNo")'),
    ("SOPOrderReturnLine", '"SOPOrderReturnID"'),
    ("SOPStandardItemLink", '"SOPOrderReturnLineID"'),
    ("SOPDocDelAddress", '"SOPOrderReturnID"'),
    ("CashAcctInvoiceAddress", '"SOPOrderReturnID"'),
    ("SOPPayment", '"SOPOrderReturnID"'),
    ("SOPAllocationLine", '"SOPOrderReturnLineID"'),
    ("WarehouseItem", '"ItemID", "WarehouseID"'),
    ("WarehouseItem", '"WarehouseID"'),
    ("BinItem", '"WarehouseItemID"'),
    ("StockItem", 'lower("Code")'),
    ("StockItemPrice", '"ItemID"'),
    ("StockItemPrice", '"PriceBandID"'),
    ("StockItemUnit", '"ItemID", "StockItemUnitID"'),
    ("StockItemNominalCode", '"ItemID"'),
    ("SLCustomerAccount", 'lower("CustomerAccountNumber")'),
    ("SLCustomerLocation", '"SLCustomerAccountID"'),
    ("CustDeliveryAddress", '"CustomerID"'),
    ("SYSActiveLock", '"DataKey"'),
    # what ledgers are read and proven by
    ("SLPostedCustomerTran", '"SLCustomerAccountID"'),
    ("SLPostedCustomerTran", '"UniqueReferenceNumber"'),
    ("SLPostedCustomerTran", 'lower("TransactionReference")'),
    ("SLPostedCustomerTran", 'lower("SecondReference")'),
    ("SLAllocationTran", '"SLPostedCustomerTranID"'),
    ("NLPostedNominalTran", '"NLNominalAccountID"'),
    ("NLPostedNominalTran", '"UniqueReferenceNumber"'),
    ("SYSTaxTran", '"UniqueReferenceNumber"'),
)


def company_ddl(*, date_time_updated: bool = True) -> str:
    """Return the script that makes every table of a company.

    Args:
        date_time_updated: False leaves out the column of that name, as databases of older releases
            do (the model of about 2015 has none).
    """
    parts = [
        f"create schema {SCHEMA};",
        _script("functions.sql"),
        _script("rowversion.sql"),
        *(_create(table, date_time_updated=date_time_updated) for table in tables().values()),
        *(
            f'create index on {SCHEMA}."{name}" ({what});'
            for name, what in _INDEXES
            if date_time_updated or _STAMP not in what
        ),
        _script("own_tables.sql"),
    ]
    return "\n".join(parts)


def _script(name: str) -> str:
    return (files(__package__) / name).read_text("utf-8")


def _create(table: Table, *, date_time_updated: bool) -> str:
    columns = [c for c in table.columns.values() if date_time_updated or c.name != _STAMP]
    body = ",\n".join(f"    {_define(column, table)}" for column in columns)
    name = f'{SCHEMA}."{table.name}"'
    script = f'create table {name} (\n{body},\n    primary key ("{table.key}")\n);'
    if any(column.type == "rowversion" for column in columns):
        function = "touch_row_and_time" if any(c.name == _STAMP for c in columns) else "touch_row"
        script += (
            f"\ncreate trigger touch before update on {name}"
            f" for each row execute function {SCHEMA}.{function}();"
        )
    return script


def _define(column: Column, table: Table) -> str:
    if column.type == "rowversion":
        return f'"{column.name}" bytea not null default dbo.next_rowversion()'
    if column.type == "varchar":
        type_name = f"varchar({column.length})" if column.length else "varchar"
        default = "''"
    elif column.type == "decimal":
        type_name, default = decimal_type(column.name), "0"
    else:
        type_name, default = _TYPES[column.type]
    if column.name == table.key:
        return f'"{column.name}" {type_name} not null'
    if column.nullable:
        return f'"{column.name}" {type_name}'
    return f'"{column.name}" {type_name} not null default {default}'

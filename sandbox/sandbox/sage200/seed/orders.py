"""Orders that a company starts with, taken as the desktop takes them over the phone."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sandbox.sage200.behaviour import Behaviour
from sandbox.sage200.contract.check import check_body
from sandbox.sage200.counter import TransactionCounter
from sandbox.sage200.orders.post import Office, post_order
from sandbox.sage200.orders.wanted import read_order
from sandbox.sage200.refusal import Refusal
from sandbox.sage200.sage_id.users import User
from sandbox.sage200.seed import files
from sandbox.sage200.seed.csv_file import read_csv

if TYPE_CHECKING:
    from pathlib import Path

    import psycopg

    from sandbox.sage200.counter import Ids
    from sandbox.sage200.seed.company import Codes
    from sandbox.sage200.seed.csv_file import CsvRow, Problems

DESKTOP_USER = User(
    number=0,
    name="desktop",
    modules=frozenset(),
    full_order_warehouse_id=None,
    override_prices_discounts=True,
    override_credit_holds=True,
)
"""The person at the desktop, who may do everything."""

_LINE_TYPES = {
    "standard": "EnumLineTypeStandard",
    "free_text": "EnumLineTypeFreeText",
    "charge": "EnumLineTypeCharge",
    "comment": "EnumLineTypeComment",
}


def take_desktop_order(connection: psycopg.Connection, ids: Ids, body: dict[str, Any]) -> int:
    """Take an order at the desktop and return its id.

    Args:
        connection: A transaction.
        ids: Where ids come from: a ``TransactionCounter`` will do.
        body: As for ``POST /sop_orders``.

    Raises:
        Refusal: A rule is broken; roll the transaction back.
    """
    findings = check_body("sop_order", body)
    if findings.problems:
        raise Refusal(" ".join(findings.problems))
    office = Office(ids, DESKTOP_USER, Behaviour(payments_base_currency_only=False))
    return post_order(connection, office, read_order(findings.body))


def take_orders(
    connection: psycopg.Connection, folder: Path, problems: Problems, codes: Codes
) -> None:
    """Take the orders of orders.csv and order_lines.csv, where the company has these files."""
    if not (folder / "orders.csv").exists():
        return
    orders = read_csv(folder, "orders.csv", files.ORDERS, problems)
    lines: dict[str, list[CsvRow]] = defaultdict(list)
    for row in read_csv(folder, "order_lines.csv", files.ORDER_LINES, problems):
        lines[row.text("order")].append(row)
    for order in orders:
        account_id = codes.accounts.find(order, "account", order.text("account"))
        body = {
            "customer_id": account_id,
            "document_date": f"{order.day('document_date')}T00:00:00Z",
            "customer_document_no": order.text("customer_document_no"),
            "document_created_by": order.text("entered_by") or DESKTOP_USER.name,
            "lines": [_line(row, codes) for row in lines.pop(order.text("order"), [])],
        }
        problems.raise_any()
        try:
            take_desktop_order(connection, TransactionCounter(connection), body)
        except Refusal as refusal:
            order.refuse("order", f"Sage would refuse it: {refusal.text} Correct the order.")
    for rows in lines.values():
        rows[0].refuse("order", "is no order of orders.csv. Correct it or add a row there.")


def _line(row: CsvRow, codes: Codes) -> dict[str, Any]:
    kind = row.text("line_type")
    if kind not in _LINE_TYPES:
        row.refuse("line_type", f"{kind!r} is not one of {', '.join(_LINE_TYPES)}. Correct it.")
    line: dict[str, Any] = {"line_type": _LINE_TYPES.get(kind, "")}
    if kind == "standard":
        line["product_id"] = codes.products.find(row, "code", row.text("code"))
        line["to_allocate_quantity"] = row.decimal("allocate")
    elif row.text("code"):
        line["code"] = row.text("code")
    if row.text("description"):
        line["description"] = row.text("description")
    if row.text("warehouse"):
        line["warehouse_id"] = codes.warehouses.find(row, "warehouse", row.text("warehouse"))
    if not row.is_empty("tax_code"):
        line["tax_code_id"] = codes.tax_codes.find(row, "tax_code", row.integer("tax_code"))
    for column, name in (("quantity", "line_quantity"), ("unit_price", "selling_unit_price")):
        if not row.is_empty(column):
            line[name] = row.decimal(column)
    return line

"""What a product costs a customer, as ``POST /customer_price_enquiry`` answers it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sandbox.sage200.orders import records
from sandbox.sage200.orders.totals import line_net, unit_price
from sandbox.sage200.prices.effective import unit_discount
from sandbox.sage200.refusal import Refusal
from sandbox.sage200.schema.enums import enum_values

if TYPE_CHECKING:
    from collections.abc import Mapping

    import psycopg

_MOST_PREVIOUS = 10
_PREVIOUS = """
    select
        o."DocumentNo" as sop_document_no,
        to_char(o."DocumentDate", 'YYYY-MM-DD"T"HH24:MI:SS') as sop_document_date,
        l."LineQuantity" as quantity,
        l."UnitSellingPrice" - l."UnitDiscountValue" as discounted_unit_price
    from dbo."SOPStandardItemLink" k
    join dbo."SOPOrderReturnLine" l using ("SOPOrderReturnLineID")
    join dbo."SOPOrderReturn" o using ("SOPOrderReturnID")
    where k."ItemID" = %s and o."CustomerID" = %s and o."DocumentTypeID" = 0
    order by o."DocumentDate" desc, o."SOPOrderReturnID" desc
    limit %s
"""


def enquire(connection: psycopg.Connection, sent: Mapping[str, Any]) -> dict[str, object]:
    """Return the answer to an enquiry; money is in the account's currency.

    Raises:
        Refusal: There is no such customer or product, or the quantity is negative.
    """
    account = records.customer(connection, sent["customer_id"])
    item = records.items(connection, [sent["product_id"]], account).get(sent["product_id"])
    if item is None:
        raise Refusal(
            f"The field 'product_id' is invalid: there is no product {sent['product_id']}."
        )
    quantity = Decimal(sent.get("quantity", 1))
    if quantity < 0:
        raise Refusal("The field 'quantity' must not be negative.")
    currency = connection.execute(
        'select "Name", "Symbol" from dbo."SYSCurrency" where "SYSCurrencyID" = %s',
        (account.currency_id,),
    ).fetchone() or ("", "")
    discount = unit_discount(item.price, quantity, item.breaks)
    before = line_net(quantity, item.price, Decimal(0))
    after = line_net(quantity, item.price, discount.value)
    previous = bool(sent.get("include_previous_prices"))
    unit = {"id": sent.get("selling_unit_id", item.unit_id), "name": item.unit_name}
    return {
        "customer_id": account.id,
        "product_id": item.id,
        "product_type": next(v.value for v in enum_values("product_types") if v.id == item.type_id),
        "selling_unit_id": unit["id"],
        "selling_unit": unit["name"],
        "selling_unit_multiple": Decimal(1),
        "pricing_unit_id": sent.get("pricing_unit_id", item.unit_id),
        "pricing_unit": unit["name"],
        "pricing_unit_multiple": Decimal(1),
        "quantity": quantity,
        "currency_id": account.currency_id,
        "currency_name": currency[0],
        "currency_symbol": currency[1],
        "unit_price": item.price,
        "discounted_unit_price": unit_price(item.price - discount.value),
        "total_price_before_discount": before,
        "total_discount": before - after,
        "total_discounted_price": after,
        "include_previous_prices": previous,
        "previous_prices": _previous(connection, item.id, account.id) if previous else [],
    }


def _previous(
    connection: psycopg.Connection, item_id: int, account_id: int
) -> list[dict[str, object]]:
    names = ("sop_document_no", "sop_document_date", "quantity", "discounted_unit_price")
    rows = connection.execute(_PREVIOUS, (item_id, account_id, _MOST_PREVIOUS))
    return [dict(zip(names, row, strict=True)) for row in rows]

"""What an invoice of an order holds: lines, VAT by code as on the document, net by nominal."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox.sage200.ledger.entries import Nominal, NominalShare, TaxShare
from sandbox.sage200.orders.line_rules import LineType
from sandbox.sage200.orders.totals import (
    LineValue,
    line_net,
    line_tax,
    money,
    percent_of,
    totals_by_code,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import psycopg

    from sandbox.sage200.orders.stored import StoredOrder

_LINES = """
    select
        l."SOPOrderReturnLineID", l."LineTypeID", l."ItemCode", k."WarehouseItemID" is not null,
        l."LineQuantity", l."DespatchReceiptQuantity", l."InvoiceCreditQuantity",
        l."LineTotalValue", l."UnitSellingPrice", l."UnitDiscountValue", l."TaxCodeID",
        coalesce(x."TaxRate", 0), l."NominalAccountRef", l."NominalCostCentre",
        l."NominalDepartment"
    from dbo."SOPOrderReturnLine" l
    left join dbo."SOPStandardItemLink" k using ("SOPOrderReturnLineID")
    left join dbo."SYSTaxRate" x on x."SYSTaxRateID" = l."TaxCodeID"
    where l."SOPOrderReturnID" = %s and l."TaxCodeID" is not null and l."LineTypeID" <> %s
    order by l."PrintSequenceNumber", l."SOPOrderReturnLineID"
"""


@dataclass(frozen=True)
class InvoiceLine:
    """A line of an invoice, before the document discount."""

    id: int
    code: str
    quantity: Decimal
    net: Decimal
    tax_code_id: int
    tax_rate: Decimal
    nominal: Nominal
    is_charge: bool

    @property
    def tax(self) -> Decimal:
        """Return the VAT the line shows, for information."""
        return line_tax(self.net, self.tax_rate)

    @property
    def value(self) -> LineValue:
        """Return it as the totals take it."""
        return LineValue(self.net, self.tax_code_id, self.tax_rate, self.is_charge)


def invoice_lines(connection: psycopg.Connection, order: StoredOrder) -> list[InvoiceLine]:
    """Return what can be invoiced: despatched goods, and whatever needs no despatch.

    Nothing where the order has goods and none of them were ever despatched.
    """
    lines: list[InvoiceLine] = []
    goods = despatched_goods = False
    for row in connection.execute(_LINES, (order.id, int(LineType.COMMENT))):
        line_id, kind, code, in_stock, ordered, despatched, invoiced, total, price, discount = row[
            :10
        ]
        tax_code_id, rate, *nominal = row[10:]
        if in_stock:
            goods, despatched_goods = True, despatched_goods or despatched > 0
        quantity = (despatched if in_stock else ordered) - invoiced
        if quantity <= 0:
            continue
        net = total if quantity == ordered else line_net(quantity, price, discount)
        charge = kind == LineType.CHARGE
        own = Nominal(*nominal)
        lines.append(InvoiceLine(line_id, code, quantity, net, tax_code_id, rate, own, charge))
    return [] if goods and not despatched_goods else lines


def tax_shares(lines: Sequence[InvoiceLine], discount_percent: Decimal) -> tuple[TaxShare, ...]:
    """Return net and VAT by code, rounded once per code."""
    by_code = totals_by_code((line.value for line in lines), discount_percent)
    return tuple(
        TaxShare(code, totals.net, totals.tax)
        for code, totals in by_code.items()
        if code is not None
    )


def nominal_shares(
    lines: Sequence[InvoiceLine], taxes: Sequence[TaxShare], discount_percent: Decimal
) -> tuple[NominalShare, ...]:
    """Return net by nominal account; adds up to the document's net.

    The document discount is taken off line by line; what rounding leaves goes to the first account.
    """
    values: dict[Nominal, Decimal] = defaultdict(Decimal)
    for line in lines:
        off = Decimal(0) if line.is_charge else money(percent_of(line.net, discount_percent))
        values[line.nominal] += line.net - off
    net = sum((share.goods for share in taxes), Decimal(0))
    first = next(iter(values))
    values[first] += net - sum(values.values(), Decimal(0))
    return tuple(NominalShare(nominal, value) for nominal, value in values.items())

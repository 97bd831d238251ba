"""What lies on the desk when a line is decided, and the line that comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox.sage200.orders import records
from sandbox.sage200.orders.kind import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import psycopg

    from sandbox.sage200.orders.line_rules import LineType
    from sandbox.sage200.orders.records import Charge, Customer, Holding, Item
    from sandbox.sage200.orders.settings import Settings
    from sandbox.sage200.orders.totals import LineValue
    from sandbox.sage200.orders.wanted import Value, WantedLine
    from sandbox.sage200.sage_id.users import User

_ZERO = Decimal(0)


@dataclass(frozen=True)
class Desk:
    """Everything a line is decided by.

    Attributes:
        delivery_tax_code_id: VAT code of the order's delivery address, which beats the product's.
        nominal_exists: Asks the nominal ledger for account, cost centre, department.
        kind: Whether the lines are an order's or a return's.
    """

    user: User
    settings: Settings
    customer: Customer
    items: Mapping[int, Item]
    holdings: list[Holding]
    charges: Mapping[str, Charge]
    tax_rates: Mapping[int, Decimal]
    delivery_tax_code_id: int | None
    nominal_exists: Callable[[str, str, str], bool]
    kind: Kind = Kind.ORDER


@dataclass(frozen=True)
class Line:
    """A line ready to be stored.

    Attributes:
        value: What it adds to the document.
        columns: Its columns in SOPOrderReturnLine.
        item: Its product, on a standard line.
        holding: The product's place in the warehouse; services have none.
        allocate: Quantity to allocate now, as far as stock is free.
    """

    kind: LineType
    value: LineValue
    columns: Mapping[str, Value]
    item: Item | None = None
    holding: Holding | None = None
    allocate: Decimal = _ZERO


def desk_for(
    connection: psycopg.Connection,
    user: User,
    settings: Settings,
    account: Customer,
    wanted: Sequence[WantedLine],
    delivery: dict[str, Value] | None,
    kind: Kind = Kind.ORDER,
) -> Desk:
    """Read everything the lines are decided by, each table once."""
    item_ids = [line.number("product_id") or 0 for line in wanted if "product_id" in line.sent]
    codes = [line.text("code") or "" for line in wanted if line.sent.get("code")]
    tax_code = delivery.get("TaxCodeID") if delivery else None
    # an address without a VAT code of its own has the account's, which decides nothing
    own = isinstance(tax_code, int) and tax_code != account.default_tax_code_id
    return Desk(
        user=user,
        settings=settings,
        customer=account,
        items=records.items(connection, item_ids, account) if item_ids else {},
        holdings=records.holdings(connection, item_ids) if item_ids else [],
        charges=records.charges(connection, codes) if codes else {},
        tax_rates=records.tax_rates(connection),
        delivery_tax_code_id=tax_code if own and isinstance(tax_code, int) else None,
        nominal_exists=lambda *code: records.nominal_exists(connection, *code),
        kind=kind,
    )

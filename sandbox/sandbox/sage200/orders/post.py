"""Taking a sales order or a return, as the API and the desktop do: one database transaction.

A return has the shape of an order. It takes no payment and allocates nothing, and no credit limit
holds it, for it lessens what the customer owes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox.sage200.orders import header
from sandbox.sage200.orders.allocation import Request, allocate
from sandbox.sage200.orders.analysis import check_analysis
from sandbox.sage200.orders.credit import add_live_value, goes_over_limit, may_override
from sandbox.sage200.orders.desk import desk_for
from sandbox.sage200.orders.kind import Kind
from sandbox.sage200.orders.numbers import next_number
from sandbox.sage200.orders.pricing import check_permission, price_line
from sandbox.sage200.orders.settings import read_settings
from sandbox.sage200.orders.store import insert, insert_lines, refresh_progress, update
from sandbox.sage200.orders.totals import Totals, document_totals
from sandbox.sage200.prices.price_book import available_order_discount
from sandbox.sage200.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    import psycopg

    from sandbox.sage200.behaviour import Behaviour
    from sandbox.sage200.counter import Ids
    from sandbox.sage200.orders.desk import Line
    from sandbox.sage200.orders.records import Customer
    from sandbox.sage200.orders.settings import Settings
    from sandbox.sage200.orders.stored import StoredOrder
    from sandbox.sage200.orders.wanted import Value, WantedOrder
    from sandbox.sage200.sage_id.users import User

LIVE, ON_HOLD, DRAFT = 0, 1, 5
AVAILABLE_DISCOUNT = "apply_available_document_discount_percent"


@dataclass(frozen=True)
class Office:
    """Who takes an order, and by which rules."""

    counter: Ids
    user: User
    behaviour: Behaviour


def post_order(
    connection: psycopg.Connection,
    office: Office,
    wanted: WantedOrder,
    kind: Kind = Kind.ORDER,
    source: StoredOrder | None = None,
) -> int:
    """Take an order or a return and give back its id.

    Args:
        connection: The transaction.
        office: Who takes it.
        wanted: What is asked for.
        kind: Whether it is an order or a return.
        source: Document it is a copy of.

    Raises:
        Refusal: A rule is broken; nothing is kept.
    """
    settings = read_settings(connection, professional=office.behaviour.professional)
    if kind is Kind.RETURN and wanted.flag("payment_with_order"):
        raise Refusal("The field 'payment_with_order' cannot be used on a sales return.")
    account = header.account_for(connection, wanted, settings)
    for line in wanted.lines:
        check_permission(line, office.user)
    today = datetime.now(timezone.utc).replace(
        tzinfo=None, hour=0, minute=0, second=0, microsecond=0
    )
    columns = header.header_columns(wanted, account, settings, office.user, today)
    delivery = header.delivery_address(connection, wanted, account, settings)
    cash = header.cash_address(wanted, settings)
    desk = desk_for(connection, office.user, settings, account, wanted.lines, delivery, kind)
    lines = [price_line(line, desk) for line in wanted.lines]
    if office.behaviour.professional:
        check_analysis(connection, columns, (line.columns for line in lines))
    if wanted.flag(AVAILABLE_DISCOUNT):
        columns |= _available_discount(connection, account, lines, columns)
    totals = order_totals(lines, columns)
    paid = header.payment(connection, wanted, account, settings, office.behaviour, totals)

    is_draft = wanted.flag("is_editing")
    order_id = office.counter.next("SOPOrderReturn")
    document_no = _document_no(connection, wanted, settings, kind)
    row: dict[str, Value] = {
        **columns,
        **totals_columns(totals),
        **(paid.header if paid else {}),
        **_source_columns(source),
        "SOPOrderReturnID": order_id,
        "DocumentTypeID": kind,
        "DocumentNo": document_no,
        "DocumentStatusID": DRAFT,
        "UseInvoiceAddress": int(delivery is None),
    }
    insert(connection, "SOPOrderReturn", [row])
    line_ids = insert_lines(connection, office.counter, order_id, lines)
    _insert_parts(connection, office, order_id, wanted, delivery, cash)
    if source is not None:
        _link(connection, office, source, order_id, kind, document_no)
    if paid is not None:
        payment_row = {
            "SOPPaymentID": office.counter.next("SOPPayment"),
            "SOPOrderReturnID": order_id,
            **paid.row,
        }
        insert(connection, "SOPPayment", [payment_row])
    if is_draft:
        return order_id
    if kind is Kind.RETURN:
        make_return_live(connection, order_id)
        return order_id
    order = PlacedOrder(order_id, document_no, account, totals.gross)
    placed = list(zip(line_ids, lines, strict=True))
    make_live(connection, office, order, placed, override=wanted.flag("override_on_hold"))
    return order_id


def _available_discount(
    connection: psycopg.Connection,
    account: Customer,
    lines: Sequence[Line],
    columns: dict[str, Value],
) -> dict[str, Value]:
    """Return the document discount that is larger: the one sent, or the account's."""
    goods = order_totals(lines, columns).goods
    available = available_order_discount(connection, account.id, goods)
    sent = columns["DocumentDiscountPercent"]
    larger = not isinstance(sent, Decimal) or available > sent
    return {"DocumentDiscountPercent": available if larger else sent}


def _source_columns(source: StoredOrder | None) -> dict[str, Value]:
    if source is None:
        return {}
    return {"SourceTypeID": source.kind, "SourceDocumentNo": source.document_no}


def _link(
    connection: psycopg.Connection,
    office: Office,
    source: StoredOrder,
    document_id: int,
    kind: Kind,
    document_no: str,
) -> None:
    row: dict[str, Value] = {
        "SOPOrderReturnDocumentLinkID": office.counter.next("SOPOrderReturnDocumentLink"),
        "SourceTypeID": source.kind,
        "SourceDocumentNo": source.document_no,
        "SourceID": source.id,
        "DocumentTypeID": kind,
        "DocumentNo": document_no,
        "DocumentID": document_id,
    }
    insert(connection, "SOPOrderReturnDocumentLink", [row])


def order_totals(lines: Sequence[Line], columns: dict[str, Value]) -> Totals:
    """Return a document's totals.

    Raises:
        Refusal: Gross or VAT would be negative.
    """
    discount = columns["DocumentDiscountPercent"]
    percent = discount if isinstance(discount, Decimal) else Decimal(0)
    totals = document_totals((line.value for line in lines), percent)
    if totals.gross < 0 or totals.tax < 0:
        raise Refusal(
            f"The document totals must not be negative: net {totals.net}, VAT {totals.tax}, "
            f"gross {totals.gross}."
        )
    return totals


def totals_columns(totals: Totals) -> dict[str, Value]:
    """Return totals as columns of the header."""
    return {
        "SubtotalGoodsValue": totals.goods,
        "SubtotalDiscountValue": totals.discount,
        "SubtotalChargesNetValue": totals.charges_net,
        "SubtotalChargesTaxValue": totals.charges_tax,
        "TotalNetValue": totals.net,
        "TotalTaxValue": totals.tax,
        "TotalGrossValue": totals.gross,
        "TotalGrossValueIncSett": totals.gross,
    }


def _document_no(
    connection: psycopg.Connection, wanted: WantedOrder, settings: Settings, kind: Kind
) -> str:
    if settings.automatic_numbers:
        return next_number(connection, *kind.number_series)
    sent = wanted.sent.get("document_no")
    if not sent:
        raise Refusal("The field 'document_no' is required: automatic numbers are off.")
    taken = connection.execute(
        'select from dbo."SOPOrderReturn" where lower("DocumentNo") = lower(%s)'
        ' and "DocumentTypeID" = %s',
        (sent, kind),
    ).fetchone()
    if taken is not None:
        raise Refusal(f"The field 'document_no' is invalid: {kind.word} '{sent}' exists.")
    return str(sent)


def _insert_parts(
    connection: psycopg.Connection,
    office: Office,
    order_id: int,
    wanted: WantedOrder,
    delivery: dict[str, Value] | None,
    cash: dict[str, Value] | None,
) -> None:
    for table, columns in (("SOPDocDelAddress", delivery), ("CashAcctInvoiceAddress", cash)):
        if columns is not None:
            row = {f"{table}ID": office.counter.next(table), "SOPOrderReturnID": order_id}
            insert(connection, table, [{**row, **columns}])
    for memo in wanted.sent.get("memos", ()):
        add_memo(connection, office, order_id, memo.get("note", ""))


def add_memo(connection: psycopg.Connection, office: Office, order_id: int, note: str) -> None:
    """Add a note to an order."""
    connection.execute(
        "insert into stand_in.order_memo (memo_id, order_id, note, created_by)"
        " values (%s, %s, %s, %s)",
        (office.counter.next("SLAccountMemo"), order_id, note, office.user.name),
    )


@dataclass(frozen=True)
class PlacedOrder:
    """What allocation and the credit check need to know of a stored order."""

    id: int
    document_no: str
    account: Customer
    gross: Decimal


def make_live(
    connection: psycopg.Connection,
    office: Office,
    order: PlacedOrder,
    lines: Sequence[tuple[int, Line]],
    *,
    override: bool,
) -> None:
    """Turn a stored order live: allocate, check the credit limit, hold it where that says so.

    Args:
        connection: The transaction.
        office: Who does it.
        order: The stored order.
        lines: Ids and lines; each line says what it wants allocated.
        override: Whether ``override_on_hold`` was sent.
    """
    over = goes_over_limit(connection, order.account.id, order.gross)
    if over and not may_override(office.user, asked=override):
        update(
            connection,
            "SOPOrderReturn",
            ("SOPOrderReturnID", order.id),
            {"DocumentStatusID": ON_HOLD},
        )
        return
    add_live_value(connection, order.account.id, order.gross)
    allocate_lines(connection, office, order, lines)
    update(connection, "SOPOrderReturn", ("SOPOrderReturnID", order.id), {"DocumentStatusID": LIVE})
    refresh_progress(connection, order.id)


def make_return_live(connection: psycopg.Connection, return_id: int) -> None:
    """Turn a stored return live."""
    update(
        connection, "SOPOrderReturn", ("SOPOrderReturnID", return_id), {"DocumentStatusID": LIVE}
    )
    refresh_progress(connection, return_id)


def allocate_lines(
    connection: psycopg.Connection,
    office: Office,
    order: PlacedOrder,
    lines: Sequence[tuple[int, Line]],
) -> None:
    """Allocate what lines want and note it on them."""
    requests = [
        Request(line_id, line.item.code, line.holding, line.allocate)
        for line_id, line in lines
        if line.item is not None and line.holding is not None
    ]
    allocated = allocate(
        connection,
        office.counter,
        office.user,
        order.document_no,
        order.account.number,
        requests,
    )
    for line_id, quantity in allocated.items():
        update(
            connection,
            "SOPOrderReturnLine",
            ("SOPOrderReturnLineID", line_id),
            {
                "AllocatedQuantity": quantity,
                "StockUnitAllocatedQuantity": quantity,
                "AvailableForDespatch": quantity,
                "StockUnitAvailableForDespatch": quantity,
            },
        )

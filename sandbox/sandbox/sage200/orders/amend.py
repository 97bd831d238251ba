"""Changing a sales order or return, as PUT does: the header, then line after line.

Each line is a transaction of its own: at the first bad one Sage stops with an error and the lines
before it stay changed. Source: the specification's text of the operation.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox.sage200.orders import header, records
from sandbox.sage200.orders.allocation import release
from sandbox.sage200.orders.credit import add_live_value, goes_over_limit, may_override
from sandbox.sage200.orders.desk import desk_for
from sandbox.sage200.orders.holding import hold_order, release_order
from sandbox.sage200.orders.kind import Kind
from sandbox.sage200.orders.line_rules import LineType
from sandbox.sage200.orders.locks import check_lock, unlock_order
from sandbox.sage200.orders.post import (
    AVAILABLE_DISCOUNT,
    DRAFT,
    LIVE,
    ON_HOLD,
    PlacedOrder,
    add_memo,
    allocate_lines,
    make_live,
    make_return_live,
    totals_columns,
)
from sandbox.sage200.orders.pricing import check_permission, price_line
from sandbox.sage200.orders.settings import read_settings
from sandbox.sage200.orders.store import (
    delete,
    insert,
    insert_lines,
    log_delete,
    refresh_progress,
    update,
)
from sandbox.sage200.orders.stored import StoredOrder, changed_line, load_order
from sandbox.sage200.orders.totals import LineValue, document_totals
from sandbox.sage200.orders.wanted import WantedLine
from sandbox.sage200.prices.price_book import available_order_discount
from sandbox.sage200.refusal import Refusal

if TYPE_CHECKING:
    import psycopg

    from sandbox.sage200.database import Database
    from sandbox.sage200.orders.desk import Line
    from sandbox.sage200.orders.post import Office
    from sandbox.sage200.orders.records import Customer
    from sandbox.sage200.orders.totals import Totals
    from sandbox.sage200.orders.wanted import Value, WantedOrder


def amend_order(
    database: Database,
    office: Office,
    order_id: int,
    wanted: WantedOrder,
    kind: Kind = Kind.ORDER,
) -> None:
    """Change an order or a return.

    Raises:
        Refusal: The order is unknown, locked or done, or the header or a line breaks a rule; what
            was changed before the bad line stays changed.
    """
    with database.transaction() as connection:
        order = load_order(connection, order_id, kind)
        gross_before = order.gross
        check_lock(connection, order_id, wanted.sent.get("lock_id"))
        _amend_header(connection, office, order, wanted)
    for line in wanted.lines:
        check_permission(line, office.user)
        with database.transaction() as connection:
            _amend_line(connection, office, load_order(connection, order_id, kind), line, wanted)
    with database.transaction() as connection:
        order = load_order(connection, order_id, kind)
        _finish(connection, office, order, wanted)
        if kind is Kind.ORDER:
            _check_credit(connection, office, order, gross_before, wanted)


def _amend_header(
    connection: psycopg.Connection, office: Office, order: StoredOrder, wanted: WantedOrder
) -> None:
    if order.status not in {LIVE, ON_HOLD, DRAFT}:
        raise Refusal(f"{order.name} is completed or cancelled; it is not amendable.")
    if wanted.sent.get("customer_id", order.customer_id) != order.customer_id:
        raise Refusal(f"The field 'customer_id' cannot be changed on a {order.kind.word}.")
    if order.kind is Kind.RETURN and wanted.flag("payment_with_order"):
        raise Refusal("The field 'payment_with_order' cannot be used on a sales return.")
    settings = read_settings(connection, professional=office.behaviour.professional)
    account = records.customer(connection, order.customer_id)
    computed = header.header_columns(wanted, account, settings, office.user, order.document_date)
    # what was not sent stays as it is
    sent_columns = {
        "document_date": "DocumentDate",
        "exchange_rate": "ExchangeRate",
        "document_discount_percent": "DocumentDiscountPercent",
        "document_created_by": "DocumentCreatedBy",
    }
    changes = {
        column: computed[column] for name, column in sent_columns.items() if name in wanted.sent
    }
    changes |= {column: computed[column] for column in wanted.columns if column in computed}
    delivery = header.delivery_address(connection, wanted, account, settings)
    if delivery is not None or wanted.flag("use_invoice_address"):
        delete(connection, "SOPDocDelAddress", ("SOPOrderReturnID", order.id))
        changes["UseInvoiceAddress"] = int(delivery is None)
    if delivery is not None:
        row = {
            "SOPDocDelAddressID": office.counter.next("SOPDocDelAddress"),
            "SOPOrderReturnID": order.id,
        }
        insert(connection, "SOPDocDelAddress", [{**row, **delivery}])
    update(connection, "SOPOrderReturn", ("SOPOrderReturnID", order.id), changes)
    for memo in wanted.sent.get("memos", ()):
        add_memo(connection, office, order.id, memo.get("note", ""))
    _refresh_totals(connection, load_order(connection, order.id, order.kind))


def _amend_line(
    connection: psycopg.Connection,
    office: Office,
    order: StoredOrder,
    line: WantedLine,
    wanted: WantedOrder,
) -> None:
    settings = read_settings(connection, professional=office.behaviour.professional)
    account = records.customer(connection, order.customer_id)
    if line.id is None:
        desk = desk_for(connection, office.user, settings, account, [line], None, order.kind)
        priced = price_line(line, desk)
        number = connection.execute(
            'select coalesce(max("PrintSequenceNumber"), 0) + 1 from dbo."SOPOrderReturnLine"'
            ' where "SOPOrderReturnID" = %s',
            (order.id,),
        ).fetchone()
        ids = insert_lines(
            connection, office.counter, order.id, [priced], number[0] if number else 1
        )
        line_id = ids[0]
    else:
        line_id = line.id
        merged = changed_line(connection, order, line)
        release(connection, line_id)
        if line.to_delete:
            _delete_line(connection, office, line_id)
            _refresh_totals(connection, order)
            return
        desk = desk_for(connection, office.user, settings, account, [merged], None, order.kind)
        priced = price_line(merged, desk)
        _store_line(connection, line_id, priced, line)
    if order.status == LIVE and order.kind is Kind.ORDER:
        placed = PlacedOrder(order.id, order.document_no, account, order.gross)
        allocate_lines(connection, office, placed, [(line_id, priced)])
    if wanted.flag("is_to_sequence_lines"):
        place = {"PrintSequenceNumber": wanted.lines.index(line) + 1}
        update(connection, "SOPOrderReturnLine", ("SOPOrderReturnLineID", line_id), place)
    _refresh_totals(connection, order)


def _store_line(connection: psycopg.Connection, line_id: int, line: Line, sent: WantedLine) -> None:
    columns = dict(line.columns)
    if not {"product_id", "nominal_reference"} & sent.sent.keys():
        # the accounts a line had stay with it
        for name in ("NominalAccountRef", "NominalCostCentre", "NominalDepartment"):
            columns.pop(name, None)
    nothing = {"AllocatedQuantity": 0, "StockUnitAllocatedQuantity": 0}
    nothing |= {"AvailableForDespatch": 0, "StockUnitAvailableForDespatch": 0}
    update(
        connection,
        "SOPOrderReturnLine",
        ("SOPOrderReturnLineID", line_id),
        {**nothing, **columns},
    )
    if line.item is not None:
        link = {
            "ItemID": line.item.id,
            "WarehouseItemID": line.holding.id if line.holding else None,
        }
        update(connection, "SOPStandardItemLink", ("SOPOrderReturnLineID", line_id), link)


def _delete_line(connection: psycopg.Connection, office: Office, line_id: int) -> None:
    for table in ("SOPStandardItemLink", "SOPOrderReturnLine"):
        delete(connection, table, ("SOPOrderReturnLineID", line_id))
    log_delete(connection, office.counter, "SOPOrderReturnLine", line_id)


def _refresh_totals(connection: psycopg.Connection, order: StoredOrder) -> Totals:
    rows = connection.execute(
        'select l."LineTotalValue", l."TaxCodeID", coalesce(x."TaxRate", 0), l."LineTypeID"'
        ' from dbo."SOPOrderReturnLine" l'
        ' left join dbo."SYSTaxRate" x on x."SYSTaxRateID" = l."TaxCodeID"'
        ' where l."SOPOrderReturnID" = %s',
        (order.id,),
    ).fetchall()
    values = [
        LineValue(net, code, rate, is_charge=kind == LineType.CHARGE)
        for net, code, rate, kind in rows
    ]
    totals = document_totals(values, order.discount_percent)
    if totals.gross < 0 or totals.tax < 0:
        raise Refusal(
            f"The document totals must not be negative: net {totals.net}, VAT {totals.tax}, "
            f"gross {totals.gross}."
        )
    update(connection, "SOPOrderReturn", ("SOPOrderReturnID", order.id), totals_columns(totals))
    refresh_progress(connection, order.id)
    if order.status == LIVE and order.kind is Kind.ORDER:
        add_live_value(connection, order.customer_id, totals.gross - order.gross)
    return totals


def _finish(
    connection: psycopg.Connection, office: Office, order: StoredOrder, wanted: WantedOrder
) -> None:
    settings = read_settings(connection, professional=office.behaviour.professional)
    account = records.customer(connection, order.customer_id)
    totals = _refresh_totals(connection, order)
    if wanted.flag(AVAILABLE_DISCOUNT):
        order = _with_available_discount(connection, order, totals.goods)
        totals = _refresh_totals(connection, order)
    paid = header.payment(connection, wanted, account, settings, office.behaviour, totals)
    if paid is not None:
        update(connection, "SOPOrderReturn", ("SOPOrderReturnID", order.id), paid.header)
        delete(connection, "SOPPayment", ("SOPOrderReturnID", order.id))
        row = {"SOPPaymentID": office.counter.next("SOPPayment"), "SOPOrderReturnID": order.id}
        insert(connection, "SOPPayment", [{**row, **paid.row}])
    if wanted.sent.get("is_editing") is not False:
        return
    lock_id = wanted.sent.get("lock_id")
    if lock_id is not None:
        unlock_order(connection, lock_id)
    if order.status == DRAFT and order.kind is Kind.RETURN:
        make_return_live(connection, order.id)
    elif order.status == DRAFT:
        placed = PlacedOrder(order.id, order.document_no, account, totals.gross)
        lines = _lines_of_draft(connection, office, order, wanted, account)
        make_live(connection, office, placed, lines, override=wanted.flag("override_on_hold"))


def _with_available_discount(
    connection: psycopg.Connection, order: StoredOrder, goods: Decimal
) -> StoredOrder:
    """Return the document with the larger discount: its own, or the account's."""
    available = available_order_discount(connection, order.customer_id, goods)
    if available > order.discount_percent:
        columns: dict[str, Value] = {"DocumentDiscountPercent": available}
        update(connection, "SOPOrderReturn", ("SOPOrderReturnID", order.id), columns)
    return load_order(connection, order.id, order.kind)


def _check_credit(
    connection: psycopg.Connection,
    office: Office,
    order: StoredOrder,
    gross_before: Decimal,
    wanted: WantedOrder,
) -> None:
    """Hold a live order that grew over the credit limit; let a held one go where that is asked."""
    override = may_override(office.user, asked=wanted.flag("override_on_hold"))
    if order.status == ON_HOLD and override:
        release_order(connection, order)
    elif (
        order.status == LIVE
        and order.gross > gross_before
        and not override
        # the order is among the live ones already
        and goes_over_limit(connection, order.customer_id, Decimal(0))
    ):
        hold_order(connection, order)


def _lines_of_draft(
    connection: psycopg.Connection,
    office: Office,
    order: StoredOrder,
    wanted: WantedOrder,
    account: Customer,
) -> list[tuple[int, Line]]:
    """Return the stored lines of a draft with what they want allocated, now that it goes live."""
    settings = read_settings(connection, professional=office.behaviour.professional)
    asked = {line.id: line.sent.get("to_allocate_quantity") for line in wanted.lines}
    rows = connection.execute(
        'select "SOPOrderReturnLineID" from dbo."SOPOrderReturnLine"'
        ' where "SOPOrderReturnID" = %s order by "PrintSequenceNumber"',
        (order.id,),
    ).fetchall()
    result = []
    for number, (line_id,) in enumerate(rows):
        stored = changed_line(connection, order, _unchanged(line_id, f"lines[{number}]"))
        sent = {name: v for name, v in stored.sent.items() if name != "to_allocate_quantity"}
        if asked.get(line_id) is not None:
            sent["to_allocate_quantity"] = asked[line_id]
        whole = replace(stored, sent=sent)
        desk = desk_for(connection, office.user, settings, account, [whole], None, order.kind)
        result.append((line_id, price_line(whole, desk)))
    return result


def _unchanged(line_id: int, path: str) -> WantedLine:
    return WantedLine(
        path=path, sent={}, columns={}, id=line_id, kind=LineType.STANDARD, to_delete=False
    )

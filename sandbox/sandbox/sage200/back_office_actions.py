"""What ``sandbox sage200 back-office`` can do: each action with its arguments and what it says."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from sandbox.sage200.back_office.accounts import hold_account
from sandbox.sage200.back_office.despatch import despatch_order
from sandbox.sage200.back_office.documents import close_document, hold_document, open_document
from sandbox.sage200.back_office.goods_in import receive_goods
from sandbox.sage200.back_office.invoice import print_credit_note, print_invoice
from sandbox.sage200.back_office.invoice_posting import post_credit_note, post_invoice
from sandbox.sage200.back_office.orders import allocate_order
from sandbox.sage200.back_office.pending import update_pending
from sandbox.sage200.back_office.phone_sale import sell
from sandbox.sage200.back_office.returns import receive_return
from sandbox.sage200.back_office.waiting import update_waiting
from sandbox.sage200.ledger.entries import Posted
from sandbox.sage200.ledger.periods import SALES_LEDGER, set_period_status
from sandbox.sage200.orders.kind import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    import psycopg

    from sandbox.sage200.back_office.pending import Updated
    from sandbox.sage200.ledger.entries import Pending
    from sandbox.sage200.orders.post import Office

    Parser = argparse.ArgumentParser
    Do = Callable[[psycopg.Connection, Office, argparse.Namespace], str]


@dataclass(frozen=True)
class Action:
    """One thing that is done at the desktop.

    Attributes:
        help: What it does, in a few words.
        arguments: Adds what it asks for.
        do: Does it and says what came of it.
    """

    help: str
    arguments: Callable[[Parser], None]
    do: Do


def _order(parser: Parser) -> None:
    parser.add_argument("order", help="document number of the order")


def _despatch(parser: Parser) -> None:
    _order(parser)
    parser.add_argument("--courier", default="", metavar="NAME")
    parser.add_argument("--consignment", default="", metavar="NO")


def _dated_order(parser: Parser) -> None:
    _order(parser)
    parser.add_argument("--date", type=_day, default=_today(), metavar="YYYY-MM-DD")


def _dated_return(parser: Parser) -> None:
    _return(parser)
    parser.add_argument("--date", type=_day, default=_today(), metavar="YYYY-MM-DD")


def _number(parser: Parser) -> None:
    parser.add_argument("number", help="its number")


def _return(parser: Parser) -> None:
    parser.add_argument("order", metavar="return", help="document number of the return")


def _receipt(parser: Parser) -> None:
    _return(parser)
    parser.add_argument(
        "--only",
        type=_quantity,
        action="append",
        metavar="CODE=QUANTITY",
        help="what came back, if not all of it",
    )


def _goods(parser: Parser) -> None:
    parser.add_argument("goods", type=_quantity, metavar="CODE=QUANTITY", help="what arrived")
    parser.add_argument("--warehouse", default="", metavar="NAME", help="default: one that sells")
    parser.add_argument("--cost", type=_decimal, metavar="VALUE", help="per unit")
    parser.add_argument("--reference", default="", metavar="NO", help="number of the delivery")


def _sale(parser: Parser) -> None:
    parser.add_argument("account", help="account number")
    parser.add_argument("goods", nargs="+", type=_quantity, metavar="CODE=QUANTITY")
    parser.add_argument("--allocate", action="store_true", help="allocate what is free at once")
    parser.add_argument("--order-number", default="", metavar="NO", help="the customer's own")


def _document(parser: Parser) -> None:
    parser.add_argument("document", help="document number")
    parser.add_argument("--return", dest="is_return", action="store_true", help="a sales return")


def _opened(parser: Parser) -> None:
    _document(parser)
    parser.add_argument("--user", default="", metavar="NAME", help="who has it open")


def _account(parser: Parser) -> None:
    parser.add_argument("account", help="account number")


def _period(parser: Parser) -> None:
    parser.add_argument("day", type=_day, help="any day of the period, YYYY-MM-DD")
    parser.add_argument("--module", default=SALES_LEDGER, help=f"default: {SALES_LEDGER}")


def _nothing(parser: Parser) -> None:
    del parser


def _added_up(goods: list[tuple[str, Decimal]] | None) -> dict[str, Decimal]:
    quantities: dict[str, Decimal] = {}
    for code, quantity in goods or ():
        quantities[code] = quantities.get(code, Decimal(0)) + quantity
    return quantities


def _kind(args: argparse.Namespace) -> Kind:
    return Kind.RETURN if args.is_return else Kind.ORDER


def _posted(result: Posted | Pending) -> str:
    if isinstance(result, Posted):
        return f"posted with URN {result.urn}"
    return "waits in the pending file of the sales ledger"


def _updated(result: Updated) -> str:
    stay = [f"1 stays: {sentence}" for sentence in result.kept]
    return "\n".join([f"posted {result.posted} documents", *stay])


def _hold_document(*, on_hold: bool) -> Do:
    def do(connection: psycopg.Connection, _: Office, args: argparse.Namespace) -> str:
        hold_document(connection, _kind(args), args.document, on_hold=on_hold)
        return f"{_kind(args).word} {args.document}: {'held' if on_hold else 'released'}"

    return do


def _hold_account(*, on_hold: bool) -> Do:
    def do(connection: psycopg.Connection, _: Office, args: argparse.Namespace) -> str:
        hold_account(connection, args.account, on_hold=on_hold)
        return f"account {args.account}: {'hold' if on_hold else 'release'}"

    return do


def _set_period(*, is_open: bool) -> Do:
    def do(connection: psycopg.Connection, _: Office, args: argparse.Namespace) -> str:
        set_period_status(connection, args.day, args.module, is_open=is_open)
        word = "open" if is_open else "close"
        return f"period of {args.day:%Y-%m-%d} in {args.module}: {word}"

    return do


def _lock(connection: psycopg.Connection, office: Office, args: argparse.Namespace) -> str:
    open_document(connection, office, _kind(args), args.document, args.user)
    return f"{_kind(args).word} {args.document}: locked"


def _unlock(connection: psycopg.Connection, _: Office, args: argparse.Namespace) -> str:
    close_document(connection, _kind(args), args.document)
    return f"{_kind(args).word} {args.document}: unlocked"


def _receive_goods(connection: psycopg.Connection, office: Office, args: argparse.Namespace) -> str:
    code, quantity = args.goods
    note = receive_goods(
        connection, office, code, quantity, args.warehouse, args.cost, args.reference
    )
    return f"received by {note}"


def _sell(connection: psycopg.Connection, office: Office, args: argparse.Namespace) -> str:
    number = sell(
        connection,
        office,
        args.account,
        _added_up(args.goods),
        args.order_number,
        allocate=args.allocate,
    )
    return f"sold by order {number}"


ACTIONS: dict[str, Action] = {
    "sell": Action("take an order over the phone", _sale, _sell),
    "allocate": Action(
        "allocate free stock to an order",
        _order,
        lambda c, o, a: f"allocated {allocate_order(c, o, a.order)}",
    ),
    "despatch": Action(
        "despatch what is allocated to an order",
        _despatch,
        lambda c, o, a: (
            f"despatched by note {despatch_order(c, o, a.order, a.courier, a.consignment)}"
        ),
    ),
    "print-invoice": Action(
        "print the invoice of what is despatched",
        _dated_order,
        lambda c, o, a: f"printed invoice {print_invoice(c, o, a.order, a.date)}",
    ),
    "post-invoice": Action(
        "post a printed invoice",
        _number,
        lambda c, o, a: _posted(post_invoice(c, o, a.number)),
    ),
    "receive-return": Action(
        "confirm that the goods of a return came back",
        _receipt,
        lambda c, o, a: (
            f"received by note {receive_return(c, o, a.order, _added_up(a.only) or None)}"
        ),
    ),
    "print-credit-note": Action(
        "print the credit note of what came back",
        _dated_return,
        lambda c, o, a: f"printed credit note {print_credit_note(c, o, a.order, a.date)}",
    ),
    "post-credit-note": Action(
        "post a printed credit note",
        _number,
        lambda c, o, a: _posted(post_credit_note(c, o, a.number)),
    ),
    "receive-goods": Action("take goods of a supplier into stock", _goods, _receive_goods),
    "lock": Action("open a document, so that the API can't write to it", _opened, _lock),
    "unlock": Action("close a document that is open", _document, _unlock),
    "hold-document": Action("put a document on hold", _document, _hold_document(on_hold=True)),
    "release-document": Action(
        "release a document, whatever the credit limit says",
        _document,
        _hold_document(on_hold=False),
    ),
    "hold": Action("put a customer account on hold", _account, _hold_account(on_hold=True)),
    "release": Action("release a customer account", _account, _hold_account(on_hold=False)),
    "update-nominal": Action(
        "post what waits for the nominal ledger, and what was deferred to a period now open",
        _nothing,
        lambda c, o, _: f"posted {update_waiting(c, o)} entries",
    ),
    "update-sales-ledger": Action(
        "post what waits in the pending file of the sales ledger",
        _nothing,
        lambda c, o, _: _updated(update_pending(c, o)),
    ),
    "close-period": Action("close a period for a module", _period, _set_period(is_open=False)),
    "open-period": Action("open a period for a module", _period, _set_period(is_open=True)),
}
"""The actions by name."""


def _day(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d")  # noqa: DTZ007 - Sage's dates have no zone


def _today() -> datetime:
    now = datetime.now(timezone.utc).replace(tzinfo=None)
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None


def _quantity(text: str) -> tuple[str, Decimal]:
    code, equals, number = text.rpartition("=")
    if not equals or not code:
        raise argparse.ArgumentTypeError(f"{text!r} is not CODE=QUANTITY")
    return code, _decimal(number)

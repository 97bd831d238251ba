"""``sandbox sage200 back-office``: what is done at Sage's desktop, one action per call."""

from __future__ import annotations

import sys
from contextlib import closing
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import psycopg

from sandbox.sage200.back_office.accounts import hold_account
from sandbox.sage200.back_office.despatch import despatch_order
from sandbox.sage200.back_office.invoice import print_invoice
from sandbox.sage200.back_office.invoice_posting import post_invoice
from sandbox.sage200.back_office.orders import allocate_order
from sandbox.sage200.back_office.waiting import update_waiting
from sandbox.sage200.behaviour import Behaviour
from sandbox.sage200.counter import Counter
from sandbox.sage200.database import Database
from sandbox.sage200.ledger.periods import SALES_LEDGER, set_period_status
from sandbox.sage200.orders.post import Office
from sandbox.sage200.refusal import Refusal
from sandbox.sage200.seed.orders import DESKTOP_USER

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options and actions of ``sandbox sage200 back-office``."""
    parser.add_argument("--database-url", required=True, metavar="URL", help="the company")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    allocate = actions.add_parser("allocate", help="allocate free stock to an order")
    despatch = actions.add_parser("despatch", help="despatch what is allocated to an order")
    printing = actions.add_parser("print-invoice", help="print the invoice of what is despatched")
    for order in (allocate, despatch, printing):
        order.add_argument("order", help="document number of the order")
    despatch.add_argument("--courier", default="", metavar="NAME")
    despatch.add_argument("--consignment", default="", metavar="NO")
    printing.add_argument("--date", type=_day, default=_today(), metavar="YYYY-MM-DD")
    posting = actions.add_parser("post-invoice", help="post a printed invoice to the ledgers")
    posting.add_argument("invoice", help="number of the invoice")
    actions.add_parser("update-nominal", help="post what waits for the nominal ledger")
    for name in ("close-period", "open-period"):
        period = actions.add_parser(name, help="for one module")
        period.add_argument("day", type=_day, help="any day of the period, YYYY-MM-DD")
        period.add_argument("--module", default=SALES_LEDGER, help=f"default: {SALES_LEDGER}")
    for name in ("hold", "release"):
        account = actions.add_parser(name, help="a customer account")
        account.add_argument("account", help="account number")


def run(args: argparse.Namespace) -> int:
    """Do the action and say what came of it; return 1 where Sage would refuse it."""
    try:
        with closing(Database(args.database_url)) as database:
            office = desktop_office(database)
            with database.transaction() as connection:
                said = _do(connection, office, args)
    except Refusal as refusal:
        return _failed(refusal.text)
    except psycopg.errors.UndefinedTable:
        return _failed("The database holds no Sage company. Check --database-url.")
    except psycopg.OperationalError as error:
        return _failed(f"The database can't be reached: {error} Check --database-url.")
    sys.stdout.write(f"{said}\n")
    return 0


def desktop_office(database: Database) -> Office:
    """Return the office of the person at the desktop, who may do everything."""
    behaviour = Behaviour(payments_base_currency_only=False)
    return Office(Counter(database), DESKTOP_USER, behaviour)


def _do(connection: psycopg.Connection, office: Office, args: argparse.Namespace) -> str:
    action: str = args.action
    if action == "allocate":
        return f"allocated {allocate_order(connection, office, args.order)}"
    if action == "despatch":
        number = despatch_order(connection, office, args.order, args.courier, args.consignment)
        return f"despatched by note {number}"
    if action == "print-invoice":
        return f"printed invoice {print_invoice(connection, office, args.order, args.date)}"
    if action == "post-invoice":
        return f"posted with URN {post_invoice(connection, office, args.invoice).urn}"
    return _do_for_ledgers(connection, office, args)


def _do_for_ledgers(
    connection: psycopg.Connection, office: Office, args: argparse.Namespace
) -> str:
    action: str = args.action
    if action == "update-nominal":
        return f"posted {update_waiting(connection, office)} entries"
    if action in {"close-period", "open-period"}:
        is_open = action == "open-period"
        set_period_status(connection, args.day, args.module, is_open=is_open)
        return f"period of {args.day:%Y-%m-%d} in {args.module}: {action.partition('-')[0]}"
    hold_account(connection, args.account, on_hold=action == "hold")
    return f"account {args.account}: {action}"


def _day(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d")  # noqa: DTZ007 - Sage's dates have no zone


def _today() -> datetime:
    now = datetime.now(timezone.utc).replace(tzinfo=None)
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def _failed(sentence: str) -> int:
    sys.stderr.write(f"{sentence}\n")
    return 1

"""``sandbox sage200 back-office``: what is done at Sage's desktop, one action per call."""

from __future__ import annotations

import sys
from contextlib import closing
from typing import TYPE_CHECKING

import psycopg

from sandbox.sage200.back_office_actions import ACTIONS
from sandbox.sage200.behaviour import Behaviour
from sandbox.sage200.counter import Counter
from sandbox.sage200.database import Database
from sandbox.sage200.orders.post import Office
from sandbox.sage200.refusal import Refusal
from sandbox.sage200.seed.orders import DESKTOP_USER

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options and actions of ``sandbox sage200 back-office``."""
    parser.add_argument("--database-url", required=True, metavar="URL", help="the company")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, action in ACTIONS.items():
        action.arguments(actions.add_parser(name, help=action.help))


def run(args: argparse.Namespace) -> int:
    """Do the action and say what came of it; return 1 where Sage would refuse it."""
    try:
        with closing(Database(args.database_url)) as database:
            office = desktop_office(database)
            with database.transaction() as connection:
                said = ACTIONS[args.action].do(connection, office, args)
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


def _failed(sentence: str) -> int:
    sys.stderr.write(f"{sentence}\n")
    return 1

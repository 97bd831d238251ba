"""``sandbox sage200 fill``: make a company as large as a real one."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import psycopg

from sandbox.sage200.seed.bulk import BulkError, add_many

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``sandbox sage200 fill``."""
    parser.add_argument("--database-url", required=True, metavar="URL", help="the company's")
    parser.add_argument("--products", type=int, default=10_000, metavar="N")
    parser.add_argument("--orders", type=int, default=50_000, metavar="N")


def run(args: argparse.Namespace) -> int:
    """Add the products and orders; return the exit code."""
    try:
        with psycopg.connect(args.database_url) as connection:
            added = add_many(connection, args.products, args.orders)
    except (BulkError, psycopg.Error) as error:
        print(f"The company can't be filled: {error}", file=sys.stderr)  # noqa: T201
        return 1
    print(f"Added {added.products} products and {added.orders} orders.")  # noqa: T201
    return 0

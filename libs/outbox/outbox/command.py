"""``outbox``: look at the queue, release a refused document, take one out."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from typing import TYPE_CHECKING

from outbox.exceptions import OutboxUnreachableError
from outbox.store import Outbox

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit code."""
    options = _parser().parse_args(arguments)
    if not options.url:
        return _failed("Set WAREHOUSE_URL or give --url: the database that holds the outbox.")
    try:
        with Outbox(options.url) as outbox:
            outbox.ensure_schema()
            return _run(outbox, options)
    except OutboxUnreachableError as error:
        return _failed(str(error))


def _run(outbox: Outbox, options: argparse.Namespace) -> int:
    if options.command == "list":
        for row in outbox.rows_in(options.state):
            print(*row, sep="\t")  # noqa: T201  # the command's output
        return 0
    if options.command == "retry":
        changed = outbox.release(options.number)
        done, undone = "is posted with the next run", "is not rejected; nothing was changed"
    else:
        changed = outbox.ignore(options.number, options.reason, options.who)
        done, undone = "is taken out", "was sent or is not there; nothing was changed"
    if not changed:
        return _failed(f"Order {options.number} {undone}.")
    print(f"Order {options.number} {done}.")  # noqa: T201  # the command's output
    return 0


def _failed(sentence: str) -> int:
    print(sentence, file=sys.stderr)  # noqa: T201  # the command's error output
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="outbox", description=__doc__)
    parser.add_argument(
        "--url",
        default=os.environ.get("WAREHOUSE_URL"),
        help="libpq URL of the database (default: WAREHOUSE_URL)",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    listing = commands.add_parser("list", help="documents of one state, with cause and message")
    listing.add_argument("state", nargs="?", default="rejected")
    retry = commands.add_parser("retry", help="let a rejected order be sent again")
    retry.add_argument("number", help="Magento's order number")
    ignore = commands.add_parser("ignore", help="take an order that was never sent out of the way")
    ignore.add_argument("number", help="Magento's order number")
    ignore.add_argument("--reason", required=True, help="why; shown wherever the order is shown")
    ignore.add_argument("--who", default=getpass.getuser(), help="who decides (default: you)")
    return parser

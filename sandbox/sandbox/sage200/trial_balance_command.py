"""``sandbox sage200 trial-balance``: print the trial balance; fail where it does not add up."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import psycopg

from sandbox.sage200.ledger.trial_balance import trial_balance

if TYPE_CHECKING:
    import argparse

    from sandbox.sage200.ledger.trial_balance import TrialBalance

_WIDTH = 16


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``sandbox sage200 trial-balance``."""
    parser.add_argument("--database-url", required=True, metavar="URL", help="the company")


def run(args: argparse.Namespace) -> int:
    """Print the trial balance; return 1 where it does not add up."""
    try:
        with psycopg.connect(args.database_url) as connection:
            found = trial_balance(connection)
    except psycopg.OperationalError as error:
        sys.stderr.write(f"The database can't be reached: {error} Check --database-url.\n")
        return 1
    except psycopg.errors.UndefinedTable:
        sys.stderr.write("The database holds no Sage company. Check --database-url.\n")
        return 1
    sys.stdout.write(_table(found))
    for problem in found.problems:
        sys.stderr.write(f"{problem}\n")
    return 1 if found.problems else 0


def _table(found: TrialBalance) -> str:
    lines = [f"{'account':<{_WIDTH}}{'debit':>{_WIDTH}}{'credit':>{_WIDTH}}"]
    for row in found.accounts:
        debit = f"{row.balance}" if row.balance > 0 else ""
        credit = f"{-row.balance}" if row.balance < 0 else ""
        lines.append(f"{row.nominal.text:<{_WIDTH}}{debit:>{_WIDTH}}{credit:>{_WIDTH}}")
    lines.append(f"{'total':<{_WIDTH}}{found.debits:>{_WIDTH}}{found.credits:>{_WIDTH}}")
    return "\n".join(lines) + "\n"

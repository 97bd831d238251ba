"""``sandbox sage200``: serve a company in the foreground, or work on one beside the server."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import psycopg
from psycopg.conninfo import conninfo_to_dict

from sandbox.companies import demo_company_dir
from sandbox.faults import Fault
from sandbox.postgres import database_url, ensure_database
from sandbox.sage200 import back_office_command, fill_command, trial_balance_command
from sandbox.sage200.app import create_app
from sandbox.sage200.behaviour import Behaviour, Edition, ErrorShape, Release
from sandbox.sage200.sage_id.grants import accept_refresh_token
from sandbox.sage200.seed.company import create_company
from sandbox.sage200.seed.csv_file import CompanyFilesError
from sandbox.serving import run_forever

if TYPE_CHECKING:
    import argparse

DEFAULT_PORT = 8081
_BESIDE = (
    ("back-office", back_office_command, "do what is done at the desktop: despatch, invoice, …"),
    ("fill", fill_command, "add many products and orders, to try the size of a real company"),
    ("trial-balance", trial_balance_command, "print the trial balance; fails where it is off"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``sandbox sage200``."""
    parser.set_defaults(sage200_run=_serve)
    beside = parser.add_subparsers(title="beside the server", metavar="COMMAND")
    for name, module, text in _BESIDE:
        command = beside.add_parser(name, help=text)
        module.add_arguments(command)
        command.set_defaults(sage200_run=module.run)
    parser.add_argument(
        "--database-url",
        metavar="URL",
        help="libpq URL of the company's database; made and filled where it is missing",
    )
    parser.add_argument(
        "--company",
        type=Path,
        default=demo_company_dir(),
        metavar="DIR",
        help="folder of the company's CSV files, read once; default: the demo company",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, metavar="N", help="0: any free")
    parser.add_argument("--edition", choices=get_args(Edition), default="professional")
    parser.add_argument("--release", choices=get_args(Release), default="2024R1")
    parser.add_argument(
        "--no-date-time-updated",
        action="store_true",
        help="make the tables without that column, as old releases have them (new companies only)",
    )
    parser.add_argument(
        "--refresh-token",
        metavar="T",
        help="accept this refresh token from now on, where the first ones of users.csv are used up",
    )
    parser.add_argument("--refresh-token-user", default="connector", metavar="NAME")
    parser.add_argument("--access-token-seconds", type=int, default=28_800, metavar="N")
    parser.add_argument(
        "--refuse-early-refresh",
        action="store_true",
        help="refuse a refresh while the access token still lives",
    )
    parser.add_argument(
        "--refuse-read-only",
        action="store_true",
        help="refuse read-only fields in bodies; they are ignored otherwise",
    )
    parser.add_argument(
        "--foreign-payments",
        action="store_true",
        help="allow payments with orders on accounts in a foreign currency",
    )
    parser.add_argument("--error-shape", choices=get_args(ErrorShape), default="json")
    parser.add_argument(
        "--latency-ms", type=int, default=0, metavar="N", help="wait before every answer"
    )


def run(args: argparse.Namespace) -> int:
    """Run what was asked for; return the exit code."""
    code: int = args.sage200_run(args)
    return code


def _serve(args: argparse.Namespace) -> int:
    if not args.database_url:
        return _failed("Name the company's database with --database-url.")
    behaviour = Behaviour(
        edition=args.edition,
        release=args.release,
        access_token_seconds=args.access_token_seconds,
        refuse_early_refresh=args.refuse_early_refresh,
        refuse_read_only=args.refuse_read_only,
        error_shape=args.error_shape,
        payments_base_currency_only=not args.foreign_payments,
    )
    try:
        _make_ready(args, behaviour)
        faults = [Fault("delay", delay_ms=args.latency_ms)] if args.latency_ms else []
        app = create_app(args.database_url, behaviour, faults=faults)
    except (CompanyFilesError, LookupError) as error:
        return _failed(str(error))
    except psycopg.OperationalError as error:
        return _failed(f"The database can't be reached: {error} Check --database-url.")
    try:
        run_forever(app, args.host, args.port)
    except OSError as error:
        return _failed(
            f"Port {args.port} on {args.host} can't be used ({error.strerror}). "
            "Give another --port, or stop what listens there."
        )
    finally:
        app.state.database.close()
    return 0


def _make_ready(args: argparse.Namespace, behaviour: Behaviour) -> None:
    name = conninfo_to_dict(args.database_url).get("dbname")
    if name:
        ensure_database(database_url(args.database_url, "postgres"), str(name))
    create_company(
        args.database_url,
        args.company,
        date_time_updated=not args.no_date_time_updated,
        refresh_token_days=behaviour.refresh_token_days,
    )
    if args.refresh_token:
        with psycopg.connect(args.database_url) as connection:
            accept_refresh_token(
                connection,
                args.refresh_token,
                args.refresh_token_user,
                behaviour.refresh_token_days,
            )


def _failed(sentence: str) -> int:
    sys.stderr.write(f"{sentence}\n")
    return 1

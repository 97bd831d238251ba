"""``sandbox magento``: serve a shop in the foreground."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.faults import Fault
from sandbox.magento.access import (
    DEMO,
    DEMO_ADMINISTRATOR,
    DEMO_NOTHING,
    DEMO_ORDERS_VIEW,
    DEMO_STOCK,
    Access,
    Administrator,
    Integration,
)
from sandbox.magento.app import create_app
from sandbox.magento.criteria import InputLimits
from sandbox.magento.journal import JournalError
from sandbox.magento.loading import ShopDataError, load_shop, recorded_shop_dir
from sandbox.magento.settings import Settings
from sandbox.serving import run_forever

if TYPE_CHECKING:
    import argparse

DEFAULT_PORT = 8080


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``sandbox magento``."""
    parser.add_argument(
        "--data",
        type=Path,
        default=recorded_shop_dir(),
        metavar="DIR",
        help="folder of a shop's lists (orders.json, …); default: the recorded shop",
    )
    parser.add_argument(
        "--state",
        type=Path,
        metavar="FILE",
        help="file that keeps what is written to the shop; default: nothing is kept",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, metavar="N", help="0: any free")
    parser.add_argument(
        "--access-token",
        default=DEMO.access_token,
        metavar="T",
        help=f"integration token with all rights (default: {DEMO.access_token})",
    )
    parser.add_argument("--access-token-secret", default=DEMO.access_token_secret, metavar="S")
    parser.add_argument("--consumer-key", default=DEMO.consumer_key, metavar="K")
    parser.add_argument("--consumer-secret", default=DEMO.consumer_secret, metavar="S")
    parser.add_argument("--admin-username", default=DEMO_ADMINISTRATOR.username, metavar="NAME")
    parser.add_argument("--admin-password", default=DEMO_ADMINISTRATOR.password, metavar="P")
    parser.add_argument(
        "--latency-ms", type=int, default=0, metavar="N", help="wait before every answer"
    )
    parser.add_argument(
        "--maximum-page-size", type=int, metavar="N", help="Web API input limit; default: off"
    )
    parser.add_argument(
        "--default-page-size", type=int, metavar="N", help="Web API input limit; default: off"
    )
    parser.add_argument(
        "--maximum-items", type=int, metavar="N", help="Web API input limit; default: off"
    )
    parser.add_argument(
        "--no-integration-bearer",
        action="store_true",
        help="refuse integration tokens as bearer tokens, Magento's default since 2.4.4",
    )


def run(args: argparse.Namespace) -> int:
    """Serve until stopped; return the exit code."""
    try:
        shop = load_shop(args.data, state=args.state)
    except (ShopDataError, JournalError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    access = Access(
        (
            Integration(
                args.access_token,
                None,
                args.access_token_secret,
                args.consumer_key,
                args.consumer_secret,
            ),
            DEMO_STOCK,
            DEMO_ORDERS_VIEW,
            DEMO_NOTHING,
        ),
        (Administrator(args.admin_username, args.admin_password),),
    )
    settings = Settings(
        integration_bearer=not args.no_integration_bearer,
        limits=InputLimits(args.maximum_page_size, args.default_page_size, args.maximum_items),
    )
    faults = [Fault("delay", delay_ms=args.latency_ms)] if args.latency_ms else []
    app = create_app(shop, access=access, settings=settings, faults=faults)

    def announce(base_url: str) -> None:
        orders = len(shop.table("orders").keys)
        key = f" Token: {DEMO.access_token}." if args.access_token == DEMO.access_token else ""
        sys.stdout.write(f"Magento with {orders} orders at {base_url}.{key} Ctrl-C stops it.\n")
        sys.stdout.flush()

    try:
        run_forever(app, args.host, args.port, announce)
    except OSError as error:
        sys.stderr.write(
            f"Port {args.port} on {args.host} can't be used ({error.strerror}). "
            "Give another --port, or stop what listens there.\n"
        )
        return 1
    finally:
        shop.close()
    return 0

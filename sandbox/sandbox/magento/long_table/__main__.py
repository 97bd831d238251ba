"""``python -m sandbox.magento.long_table``: serve so many orders; prints the address."""

from __future__ import annotations

import argparse
import asyncio
from datetime import datetime, timedelta, timezone

from sandbox.magento.loading import recorded_shop_dir
from sandbox.magento.long_table.server import listen
from sandbox.magento.long_table.table import OrderTable, recorded_orders


async def _serve(orders: int, latency_ms: int) -> None:
    table = OrderTable(recorded_orders(recorded_shop_dir()))
    first = datetime.now(timezone.utc) - timedelta(days=365)
    table.fill(orders, first=first, seconds_apart=300 * 86_400 / orders)
    server = await listen(table, latency_ms / 1000)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)  # noqa: T201  # the command's output
    await server.serve_forever()


def main() -> None:
    """Serve until the program is ended."""
    parser = argparse.ArgumentParser(description="A shop with many orders, for measuring.")
    parser.add_argument("--orders", type=int, required=True, help="how many orders")
    parser.add_argument("--latency-ms", type=int, default=0, help="before each answer")
    arguments = parser.parse_args()
    asyncio.run(_serve(arguments.orders, arguments.latency_ms))


if __name__ == "__main__":
    main()

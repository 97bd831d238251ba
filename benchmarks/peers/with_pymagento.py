"""pymagento: its own paging, each order written as one line.

Usage: python with_pymagento.py URL
"""

from __future__ import annotations

import json
import sys

from magento import Magento


def main() -> None:
    """Write every order as one line."""
    client = Magento(base_url=sys.argv[1], token="x")  # noqa: S106 -- the stand-in takes any
    print("begin", flush=True)
    for order in client.get_orders(page_size=100):
        sys.stdout.write(json.dumps({"type": "RECORD", "record": order}) + "\n")


if __name__ == "__main__":
    main()

"""The limit of what Python can read: requests and orjson, pages by key, no check and no state.

Usage: python bare.py URL ORDERS CONNECTIONS
"""

from __future__ import annotations

import queue
import sys
import threading

import orjson
import requests

PAGE = 100
FILTER = "searchCriteria[filter_groups][0][filters][0]"


def main() -> None:
    """Write every order as one line."""
    url, orders, connections = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    firsts: queue.SimpleQueue[int] = queue.SimpleQueue()
    for first in range(0, orders, PAGE):
        firsts.put(first)
    sys.stdout.buffer.write(b"begin\n")
    sys.stdout.flush()
    threads = [threading.Thread(target=_read, args=(url, firsts)) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _read(url: str, firsts: queue.SimpleQueue[int]) -> None:
    session = requests.Session()
    session.headers["Authorization"] = "Bearer x"
    while True:
        try:
            first = firsts.get_nowait()
        except queue.Empty:
            return
        answer = session.get(
            f"{url}/rest/V1/orders",
            params={
                f"{FILTER}[field]": "entity_id",
                f"{FILTER}[condition_type]": "gt",
                f"{FILTER}[value]": str(first),
                "searchCriteria[sortOrders][0][field]": "entity_id",
                "searchCriteria[sortOrders][0][direction]": "ASC",
                "searchCriteria[pageSize]": str(PAGE),
            },
            timeout=60,
        )
        for order in orjson.loads(answer.content)["items"]:
            sys.stdout.buffer.write(b'{"type":"RECORD","record":' + orjson.dumps(order) + b"}\n")


if __name__ == "__main__":
    main()

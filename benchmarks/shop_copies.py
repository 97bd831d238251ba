"""Many orders made of the recorded ones: the same goods and money under numbers of their own."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from outbox.exact_json import dumps

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

RECORDED = Path(__file__).parents[1] / "tests" / "fixtures" / "magento" / "recorded" / "list"
APART = 1000
"""Added to Magento's ids from copy to copy; the recorded shop has fewer documents."""


def recorded(name: str) -> list[dict[str, Any]]:
    """Documents of the recorded shop, numbers exact."""
    text = (RECORDED / f"{name}.json").read_text(encoding="utf-8")
    items: list[dict[str, Any]] = json.loads(text, parse_float=Decimal)["body"]["items"]
    return items


def copies(numbers: Iterable[str], count: int) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Return ``count`` orders, each with its payment transactions.

    Args:
        numbers: Recorded orders to copy, taken in turn.
        count: How many copies.
    """
    orders = {order["increment_id"]: order for order in recorded("orders")}
    payments = recorded("transactions")
    chosen = [orders[number] for number in numbers]
    made = []
    for index in range(count):
        order, turn = chosen[index % len(chosen)], index // len(chosen) + 1
        order_id = order["entity_id"] + turn * APART
        copy = {
            **order,
            "entity_id": order_id,
            "increment_id": f"{turn:03}-{order['increment_id']}",
        }
        mine = [
            {
                **payment,
                "transaction_id": payment["transaction_id"] + turn * APART,
                "order_id": order_id,
            }
            for payment in payments
            if payment["order_id"] == order["entity_id"]
        ]
        made.append((copy, mine))
    return made


def messages(
    made: Sequence[tuple[dict[str, Any], list[dict[str, Any]]]],
    products: Sequence[dict[str, Any]] = (),
) -> Iterator[str]:
    """The copies as Singer messages, as tap-magento writes them: products and payments first."""
    if products:
        yield _schema("products", "id")
    for product in products:
        yield _record("products", product)
    yield _schema("transactions", "transaction_id")
    for _, payments in made:
        for payment in payments:
            yield _record("transactions", payment)
    yield _schema("orders", "entity_id")
    for order, _ in made:
        yield _record("orders", order)


def _schema(stream: str, key: str) -> str:
    schema = {"properties": {key: {"type": "integer"}}}
    return dumps({"type": "SCHEMA", "stream": stream, "key_properties": [key], "schema": schema})


def _record(stream: str, record: dict[str, Any]) -> str:
    return dumps({"type": "RECORD", "stream": stream, "record": record})

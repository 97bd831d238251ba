"""Recorded orders, the shipped mapping tables and a Sage company that knows their codes."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from target_sage200.mapping.codes import (
    Customer,
    PaymentMethod,
    Product,
    SageCodes,
    TaxCode,
    code_key,
)
from target_sage200.mapping.tables import Tables, read_tables

ROOT = Path(__file__).parents[2]
RECORDED = ROOT / "tests" / "fixtures" / "magento" / "recorded" / "list"


def recorded(name: str) -> list[dict[str, Any]]:
    text = (RECORDED / f"{name}.json").read_text(encoding="utf-8")
    items: list[dict[str, Any]] = json.loads(text, parse_float=Decimal)["body"]["items"]
    return items


@pytest.fixture(scope="session")
def orders() -> dict[str, dict[str, Any]]:
    """The 68 recorded orders by increment id."""
    return {order["increment_id"]: order for order in recorded("orders")}


@pytest.fixture(scope="session")
def transactions() -> dict[int, list[dict[str, Any]]]:
    """The recorded payment transactions by order id."""
    found: dict[int, list[dict[str, Any]]] = {}
    for entry in sorted(recorded("transactions"), key=lambda entry: entry["transaction_id"]):
        found.setdefault(entry["order_id"], []).append(entry)
    return found


@pytest.fixture(scope="session")
def tables() -> Tables:
    """The tables the project ships for the recorded shop."""
    return read_tables(ROOT / "mappings")


@pytest.fixture(scope="session")
def codes(orders: dict[str, dict[str, Any]]) -> SageCodes:
    """A company that has every SKU of the recorded orders, and the codes of the tables."""
    skus = {item["sku"] for order in orders.values() for item in order["items"]}
    rates = {0: 0, 1: 20, 2: 0, 5: 5, 9: 0, 10: 0, 119: 19, 120: 20, 123: 23}
    methods = ("Web card", "Web cheque", "Web bank transfer", "Web cash on del")
    accounts = {"WEBGBP": "GBP", "TRADE": "GBP", "WEBUSD": "USD", "WEBEUR": "EUR"}
    return SageCodes(
        base_currency="GBP",
        products={
            code_key(code): Product(100 + number, code)
            for number, code in enumerate(sorted({*skus, "LONG-SKU-64"}))
        },
        tax_codes={code: TaxCode(1000 + code, code, Decimal(rate)) for code, rate in rates.items()},
        customers={
            code_key(account): Customer(2000 + number, account, currency)
            for number, (account, currency) in enumerate(accounts.items())
        },
        warehouses={"leeds": 3001, "newark": 3002},
        payment_methods={
            code_key(name): PaymentMethod(4000 + number, name)
            for number, name in enumerate(methods)
        },
        charges={"carr": 5001},
        countries={"GB": "United Kingdom", "DE": "Germany"},
    )

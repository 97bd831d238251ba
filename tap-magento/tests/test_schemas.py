"""Columns: what the real Magento sent fits, and types mean what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator
from tap_magento.entities import TABLES, WINDOWED
from tap_magento.records import Columns
from tap_magento.streams import schema_of

if TYPE_CHECKING:
    from collections.abc import Callable

RECORDED = {
    "orders": "orders",
    "credit_memos": "creditmemos",
    "invoices": "invoices",
    "shipments": "shipments",
    "transactions": "transactions",
    "products": "products",
    "source_items": "source-items",
    "sources": "sources",
    "stocks": "stocks",
    "stock_source_links": "stock-source-links",
    "websites": "websites",
    "store_groups": "storeGroups",
    "store_views": "storeViews",
    "store_configs": "storeConfigs",
    "tax_rates": "taxRates",
    "tax_rules": "taxRules",
    "tax_classes": "taxClasses",
    "customer_groups": "customerGroups",
}
KEYS = {e.name: (e.key_column,) for e in WINDOWED} | {t.name: t.keys for t in TABLES}


def test_every_stream_has_a_schema_and_a_recording() -> None:
    assert set(KEYS) == set(RECORDED)


@pytest.mark.parametrize("stream", RECORDED)
def test_recorded_rows_fit_their_columns_and_none_is_unknown(
    stream: str, recorded: Callable[[str], list[dict[str, Any]]]
) -> None:
    schema = schema_of(stream)
    columns = Columns.of(schema)
    validator = Draft202012Validator(schema)
    rows = recorded(RECORDED[stream])
    assert rows
    for row in rows:
        record = columns.shape(row)
        assert record["additional_attributes"] is None
        assert [error.message for error in validator.iter_errors(record)] == []


@pytest.mark.parametrize("stream", RECORDED)
def test_columns_are_described_and_only_keys_are_never_null(stream: str) -> None:
    for name, column in schema_of(stream)["properties"].items():
        assert column["description"].endswith(".")
        assert ("null" in column["type"]) is (name not in KEYS[stream])
        # An "items" would make target-postgres choose an array of jsonb instead of jsonb.
        assert "items" not in column


@pytest.mark.parametrize(
    ("stream", "column"),
    [
        ("orders", "grand_total"),
        ("orders", "base_tax_amount"),
        ("orders", "total_qty_ordered"),
        ("credit_memos", "adjustment_positive"),
        ("invoices", "discount_tax_compensation_amount"),
        ("products", "price"),
        ("source_items", "quantity"),
        ("tax_rates", "rate"),
    ],
)
def test_money_and_quantities_are_numbers(stream: str, column: str) -> None:
    assert schema_of(stream)["properties"][column]["type"] == ["number", "null"]


@pytest.mark.parametrize(
    "column",
    [
        "customer_email",
        "customer_firstname",
        "customer_lastname",
        "customer_dob",
        "customer_taxvat",
        "remote_ip",
        "x_forwarded_for",
        "billing_address",
        "payment",
        "status_histories",
        "extension_attributes",
    ],
)
def test_personal_data_is_marked(column: str) -> None:
    description = schema_of("orders")["properties"][column]["description"]
    assert description.endswith("Personal data.")

"""Columns: what the real Magento sent fits, and types mean what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from jsonschema import Draft202012Validator
from tap_magento.entities import TABLES, WINDOWED
from tap_magento.parts import PARTS
from tap_magento.records import Columns, parsed, personal
from tap_magento.streams import schema_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_magento.parts import Part

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
    "customers": "customers",
    "coupons": "coupons",
    "sales_rules": "salesRules",
}
KEYS = {e.name: (e.key_column,) for e in WINDOWED} | {t.name: t.keys for t in TABLES}
KEYS |= {p.name: p.keys for p in PARTS} | {"salable_quantities": ("sku", "stock_id")}
# Adobe Commerce only, of which there is no recording; and what is a plain number.
NOT_RECORDED = {"returns", "salable_quantities"}
_ENCODER = msgspec.json.Encoder(decimal_format="number")


def _raw(row: dict[str, Any]) -> dict[str, msgspec.Raw]:
    return {name: msgspec.Raw(_ENCODER.encode(value)) for name, value in row.items()}


def test_every_stream_has_a_schema_and_a_recording() -> None:
    assert set(KEYS) == set(RECORDED) | {part.name for part in PARTS} | NOT_RECORDED


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
        record = parsed(columns.shape(_raw(row)))
        assert record["additional_attributes"] is None
        assert [error.message for error in validator.iter_errors(record)] == []


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_recorded_parts_fit_their_columns_and_their_keys_are_unique(
    part: Part, recorded: Callable[[str], list[dict[str, Any]]]
) -> None:
    schema = schema_of(part.name)
    columns = Columns.of(schema)
    validator = Draft202012Validator(schema)
    rows = [one for row in recorded(RECORDED[part.whole]) for one in part.of(_raw(row))]
    assert rows
    records = [parsed(columns.shape(row)) for row in rows]
    for record in records:
        assert record["additional_attributes"] is None
        assert [error.message for error in validator.iter_errors(record)] == []
    assert len({tuple(record[key] for key in part.keys) for record in records}) == len(records)


@pytest.mark.parametrize("stream", KEYS)
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
        ("order_items", "row_total_incl_tax"),
        ("order_payments", "amount_paid"),
        ("order_tax_lines", "amount"),
        ("invoice_items", "qty"),
        ("credit_memo_items", "row_total"),
        ("sales_rules", "discount_amount"),
    ],
)
def test_money_and_quantities_are_numbers(stream: str, column: str) -> None:
    assert schema_of(stream)["properties"][column]["type"] == ["number", "null"]


@pytest.mark.parametrize(
    ("stream", "columns"),
    [
        (
            "orders",
            {
                "additional_attributes",
                "billing_address",
                "customer_dob",
                "customer_email",
                "customer_firstname",
                "customer_lastname",
                "customer_middlename",
                "customer_note",
                "customer_prefix",
                "customer_suffix",
                "customer_taxvat",
                "extension_attributes",
                "payment",
                "remote_ip",
                "status_histories",
                "x_forwarded_for",
            },
        ),
        (
            "order_addresses",
            {
                "additional_attributes",
                "city",
                "company",
                "email",
                "extension_attributes",
                "fax",
                "firstname",
                "lastname",
                "middlename",
                "postcode",
                "prefix",
                "street",
                "suffix",
                "telephone",
                "vat_id",
            },
        ),
        (
            "transactions",
            {
                "additional_attributes",
                "additional_information",
                "child_transactions",
                "extension_attributes",
            },
        ),
        (
            "shipments",
            {
                "additional_attributes",
                "comments",
                "extension_attributes",
                "packages",
                "shipping_label",
            },
        ),
        ("invoices", {"additional_attributes", "comments", "extension_attributes"}),
        ("credit_memos", {"additional_attributes", "comments", "extension_attributes"}),
        ("order_items", set()),
        ("products", set()),
    ],
)
def test_personal_data_is_marked(stream: str, columns: set[str]) -> None:
    marked = personal(schema_of(stream))
    assert columns <= marked if columns else not marked

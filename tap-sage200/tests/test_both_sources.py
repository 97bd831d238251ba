"""Both sources give the same records for the same data, but for what is listed here."""

# ruff: noqa: ANN001 (fixtures and parameters are typed where they are made)
from __future__ import annotations

from typing import Any

import pytest
from tap_sage200.api.ledgers import NOT_BY_API
from tap_sage200.catalogue import NOT_BY_SQL, STREAMS

BOTH = [name for name in STREAMS if name not in NOT_BY_SQL and name not in NOT_BY_API]
# Columns the API can't give, by stream: its resources have no such field.
NOT_GIVEN = {
    "stock_movements": {"urn", "created_at"},
    "stock_item_prices": {"created_at"},
    "discount_groups": {"is_single_customer"},
    "sales_documents": {"created_at"},
    "sales_document_lines": {"nominal_account", "nominal_cost_centre", "nominal_department"},
    "despatches": {"created_at", "updated_at"},
    "invoices_and_credits": {
        *("payment_value", "cancelled_at", "tax_items", "created_at"),
    },
    "invoices_and_credits.lines": {
        *("tax_code_id", "nominal_account", "nominal_cost_centre", "nominal_department"),
    },
    "sales_ledger_transactions": {"accounting_period_id", "bank_account_id"},
    "nominal_transactions": {
        *("document_value", "currency_code", "exchange_rate", "posted_at"),
        *("created_at", "updated_at"),
    },
    "nominal_accounts": {"account_type_id", "report_category_code"},
    "accounting_periods": {"states", "created_at", "updated_at"},
    "payment_methods": {"nominal_account", "nominal_cost_centre", "nominal_department"},
}
# Columns SQL can't give: no published source names the tables and columns of 2022 and later.
NOT_BY_TABLE = {"despatches": {"courier_id", "courier_name", "tracking_url", "consignment_no"}}


@pytest.fixture(scope="module")
def by_sql(trading) -> Any:
    return trading.read(*BOTH, web_accounts=["WEBGBP"])


@pytest.fixture(scope="module")
def by_api(trading_api) -> Any:
    return trading_api.read(*STREAMS, web_accounts=["WEBGBP"])


def comparable(stream, record) -> dict[str, Any]:
    left_out = NOT_GIVEN.get(stream, set()) | NOT_BY_TABLE.get(stream, set()) | {"op_lock"}
    kept = {name: value for name, value in record.items() if name not in left_out}
    for name, value in kept.items():
        if isinstance(value, list):
            rows = [comparable(f"{stream}.{name}", row) for row in value]
            kept[name] = sorted(rows, key=repr)
    return kept


@pytest.mark.parametrize("stream", BOTH)
def test_both_sources_give_the_same_records(by_sql, by_api, stream) -> None:
    key = STREAMS[stream][0].name
    sql, api = (
        {record[key]: comparable(stream, record) for record in run.records(stream)}
        for run in (by_sql, by_api)
    )
    assert sql
    assert api.keys() == sql.keys()
    differences = [
        (number, name, sql[number][name], api[number].get(name, "missing"))
        for number in sql
        for name in sql[number]
        if sql[number][name] != api[number].get(name, "missing")
    ]
    assert differences == []


@pytest.mark.parametrize("stream", sorted({name.split(".")[0] for name in NOT_GIVEN}))
def test_what_the_api_cannot_give_is_null(by_api, stream) -> None:
    for record in by_api.records(stream):
        for name in NOT_GIVEN.get(stream, set()):
            assert record.get(name) is None


def test_the_api_gives_what_sql_cannot(by_api) -> None:
    (despatch,) = by_api.records("despatches")
    assert (despatch["courier_name"], despatch["consignment_no"]) == ("Swift Parcels", "SP-000-1")
    (courier,) = by_api.records("couriers")
    assert courier["courier_name"] == "Swift Parcels"


@pytest.mark.parametrize("stream", NOT_BY_API)
def test_the_api_says_what_it_cannot_give(trading_api, stream, caplog) -> None:
    assert trading_api.read(stream).counts == {}
    assert f"{stream}: the API" in caplog.text

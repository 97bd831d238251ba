"""Despatches, invoices and ledgers, against what the back office posted."""

# ruff: noqa: ANN001 (fixtures and parameters are typed where they are made)
from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from tap_sage200.catalogue import NOT_BY_SQL, STREAMS
from tap_sage200.exceptions import AccessError

if TYPE_CHECKING:
    from typing import Protocol

    class Run(Protocol):
        counts: dict[str, int]

        def records(self, stream: str) -> list[dict[str, Any]]: ...


ORDER = "PO-4471"


@pytest.fixture(scope="module")
def run(trading) -> Run:
    return trading.read(*STREAMS)


def one(run, stream, **wanted: object) -> dict[str, Any]:
    (found,) = (
        record
        for record in run.records(stream)
        if all(record[name] == value for name, value in wanted.items())
    )
    return found


def test_every_stream_that_sql_gives_has_records(run) -> None:
    assert set(run.counts) == set(STREAMS) - NOT_BY_SQL


def test_a_despatch_names_its_order_and_what_left(run) -> None:
    despatch = one(run, "despatches")
    assert (despatch["customer_document_no"], despatch["account_number"]) == (ORDER, "HARG01")
    assert {line["item_code"]: line["quantity"] for line in despatch["lines"]} == {
        "TRADE-DRUM": 2,
        "PALLET-EUR": 10,
    }
    lines = {each["sales_document_line_id"] for each in run.records("sales_document_lines")}
    assert {line["sales_document_line_id"] for line in despatch["lines"]} <= lines
    assert all(line["is_invoiced"] is True for line in despatch["lines"])


def test_an_invoice_equals_its_lines_its_vat_and_its_ledger_transaction(run) -> None:
    invoice = one(run, "invoices_and_credits")
    assert invoice["invoice_credit_type"] == "invoice"
    assert sum(line["line_total"] for line in invoice["lines"]) == invoice["total_net"] > 0
    assert sum(item["tax_value"] for item in invoice["tax_items"]) == invoice["total_tax"]
    posted = one(run, "sales_ledger_transactions", reference=invoice["document_no"])
    assert posted["transaction_type"] == "invoice"
    assert posted["gross_value"] == invoice["total_gross"] == posted["outstanding_value"]
    assert posted["currency_code"] == invoice["currency_code"] == "GBP"


def test_an_allocation_is_on_both_sides_and_on_what_is_left(run) -> None:
    invoice = one(run, "sales_ledger_transactions", reference="000000901")
    receipt = one(run, "sales_ledger_transactions", transaction_type="receipt")
    assert invoice["gross_value"] == Decimal("119.99")
    assert invoice["outstanding_value"] == Decimal("69.99")
    assert receipt["outstanding_value"] == 0
    allocations = run.records("sales_ledger_allocations")
    assert {each["sales_ledger_transaction_id"] for each in allocations} == {
        invoice["sales_ledger_transaction_id"],
        receipt["sales_ledger_transaction_id"],
    }
    assert {each["allocation_date"] for each in allocations} == {"2026-11-21"}
    assert {abs(each["allocation_value"]) for each in allocations} == {50}


def test_nominal_entries_balance_by_posting_and_name_account_and_period(run) -> None:
    entries = run.records("nominal_transactions")
    by_urn: dict[int, Decimal] = {}
    for entry in entries:
        by_urn[entry["urn"]] = by_urn.get(entry["urn"], Decimal(0)) + entry["base_value"]
    assert set(by_urn.values()) == {0}
    accounts = {each["nominal_account_id"]: each for each in run.records("nominal_accounts")}
    periods = {each["accounting_period_id"]: each for each in run.records("accounting_periods")}
    for entry in entries:
        assert accounts[entry["nominal_account_id"]]["account_number"] == entry["account_number"]
        period = periods[entry["accounting_period_id"]]
        assert period["start_date"] <= entry["transaction_date"] <= period["end_date"]
        assert period["period_number"] == entry["period_number"]


def test_a_period_tells_which_module_may_post(run) -> None:
    states = {
        period["start_date"]: {
            state["module"]: state["posting_status"] for state in period["states"]
        }
        for period in run.records("accounting_periods")
    }
    assert set(states["2026-11-01"].values()) == {"open"}
    assert set(states["2027-11-01"].values()) == {"future"}
    assert len(states["2026-11-01"]) > 1


def test_a_movement_a_group_and_a_deletion(run) -> None:
    movement = one(run, "stock_movements", stock_movement_id=21)
    assert (movement["transaction_type"], movement["quantity"]) == ("Despatch", Decimal("2.5"))
    assert movement["unit_cost_price"] == Decimal("1.23456")
    assert "TRADE" in {each["discount_group_name"] for each in run.records("discount_groups")}
    deletion = one(run, "deletions")
    assert (deletion["entity_name"], deletion["foreign_id"]) == ("SOPOrderReturn", "77")


def test_prices_are_in_the_currency_of_their_band(run) -> None:
    bands = {each["price_band_id"]: each for each in run.records("price_bands")}
    assert sum(each["is_standard"] for each in bands.values()) == 1
    for price in run.records("stock_item_prices"):
        assert price["price_band_name"] == bands[price["price_band_id"]]["price_band_name"]
        assert price["currency_code"] == bands[price["price_band_id"]]["currency_code"]


def test_bins_add_up_to_their_stock_level(run) -> None:
    levels = {each["warehouse_item_id"]: each for each in run.records("stock_levels")}
    free: dict[int, Decimal] = {}
    for each in run.records("bins"):
        holding = each["warehouse_item_id"]
        free[holding] = free.get(holding, Decimal(0)) + each["free_quantity"]
    assert free
    assert free == {holding: levels[holding]["free_quantity"] for holding in free}


@pytest.mark.parametrize(
    ("change", "stream"),
    [
        pytest.param(
            'update dbo."SOPDespatchReceiptLine" set "IsInvoiced" = 1',
            "despatches",
            id="a despatch when a line of it is invoiced",
        ),
        pytest.param(
            'update dbo."SOPInvCredTaxItem" set "TaxValue" = "TaxValue"',
            "invoices_and_credits",
            id="an invoice when its VAT changes",
        ),
        pytest.param(
            'update dbo."SYSModuleAccountingPeriod" set "SYSModulePostingStatusID" = 0 '
            'where "SYSModuleAccountingPeriodID" = (select min("SYSModuleAccountingPeriodID") '
            'from dbo."SYSModuleAccountingPeriod")',
            "accounting_periods",
            id="a period when a module is closed",
        ),
        pytest.param(
            'update dbo."SLAllocationHeader" set "IsComplete" = 1',
            "sales_ledger_allocations",
            id="an allocation when its session ends",
        ),
        pytest.param(
            'update dbo."PriceBand" set "Name" = \'NEW\' where "ThisIsTheStandardBand" = 1',
            "stock_item_prices",
            id="prices when their band is renamed",
        ),
    ],
)
def test_a_change_below_sends_what_stands_above(trading, change, stream) -> None:
    first = trading.read(stream)
    assert trading.read(stream, state=first.state).counts == {}
    trading.sql(change)
    second = trading.read(stream, state=first.state)
    assert second.counts[stream] >= 1
    assert trading.read(stream, state=second.state).counts == {}


def test_columns_that_2022_brought_are_read_where_they_are_called_so(trading) -> None:
    trading.sql(
        'alter table dbo."SOPDespatchReceipt" add column "ConsignmentNo" varchar(60) '
        "not null default 'SP-000-1'"
    )
    try:
        despatch = one(trading.read("despatches"), "despatches")
    finally:
        trading.sql('alter table dbo."SOPDespatchReceipt" drop column "ConsignmentNo"')
    assert (despatch["consignment_no"], despatch["courier_id"]) == ("SP-000-1", None)


def test_a_release_without_delete_log_reads_the_other_streams(company, caplog) -> None:
    company.sql('drop table dbo."DeleteLog"')
    run = company.read("deletions", "warehouses")
    assert set(run.counts) == {"warehouses"}
    assert "deletions: not read" in caplog.text
    assert "full_compare finds what is gone" in caplog.text


def test_a_delete_log_that_was_read_before_is_no_older_release(company) -> None:
    """The grant was taken away, or the schema is another: nobody would miss the deletions."""
    first = company.read("deletions")
    company.sql('drop table dbo."DeleteLog"')
    with pytest.raises(AccessError, match=r"table dbo\.DeleteLog isn't there for this login"):
        company.read("deletions", state=first.state)


def test_couriers_by_sql_say_where_they_can_be_had(company, caplog) -> None:
    assert company.read("couriers").counts == {}
    assert "api_streams to read it by the REST API" in caplog.text

"""Every resource that can be read, over a company where something has happened to each table."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from sandbox.sage200.api.ledger import post_to_ledger
from sandbox.sage200.back_office.despatch import despatch_order
from sandbox.sage200.back_office.invoice import print_invoice
from sandbox.sage200.back_office.invoice_posting import post_invoice
from sandbox.sage200.back_office.orders import allocate_order
from sandbox.sage200.back_office_command import desktop_office
from sandbox.sage200.contract.fields import resources
from sandbox.sage200.database import Database
from sandbox.sage200.orders.kind import Kind
from sandbox.sage200.orders.post import post_order
from sandbox.sage200.orders.wanted import read_order
from sandbox.sage200.resources.reader import Reader
from sandbox.sage200.resources.source import scalar_fields

if TYPE_CHECKING:
    from collections.abc import Callable

_LISTED = sorted(
    name
    for name, resource in resources().items()
    if "GET" in resource.paths.get(f"/{name}", ()) and Reader().has(name)
)
"""Every resource that can be read as a list."""

_EMPTY_HERE = {
    "analysis_code_mappings",
    "cost_centres",  # the demo company names cost centres in nominal accounts only
    "departments",
    "nominal_transaction_analysis_codes",
    "search_categories",
    "search_values",
    "sop_cancelled_lines",
}


@pytest.fixture(scope="module")
def traded_url(new_company: Callable[[], str]) -> str:
    """A company where an order was despatched (by courier), invoiced, posted, paid, sent back."""
    url = new_company()
    with closing(Database(url)) as database:
        office = desktop_office(database)
        with database.transaction() as connection:
            allocate_order(connection, office, "0000000002")
            despatch_order(connection, office, "0000000002", "DPD", "JD0002")
            invoice = print_invoice(
                connection,
                office,
                "0000000002",
                datetime(2026, 11, 20),  # noqa: DTZ001 - Sage's dates have no zone
            )
            post_invoice(connection, office, invoice)
            receipt = {
                "customer_id": 1001,
                "cheque_value": Decimal("10.00"),
                "transaction_date": "2026-11-20T00:00:00Z",
                "reference": "PAID",
                "bank_id": 1001,
            }
            post_to_ledger(connection, office, "sales_receipts", receipt)
            back = {
                "customer_id": 1001,
                "document_date": "2026-11-21T00:00:00Z",
                "lines": [
                    {
                        "line_type": "EnumLineTypeStandard",
                        "product_id": 1008,
                        "line_quantity": 1,
                    }
                ],
            }
            post_order(connection, office, read_order(back), Kind.RETURN)
            for document_type in (2, 3):  # quotation, pro forma: made at the desktop only
                document = post_order(connection, office, read_order(back), Kind.ORDER)
                connection.execute(
                    'update dbo."SOPOrderReturn" set "DocumentTypeID" = %s'
                    ' where "SOPOrderReturnID" = %s',
                    (document_type, document),
                )
            connection.execute(
                'insert into dbo."SLAccountMemo" ("SLAccountMemoID", "SLCustomerAccountID",'
                " \"MemoText\") values (1, 1001, 'calls on Tuesdays')"
            )
    return url


@pytest.fixture
def books(play: Callable[..., Any], traded_url: str) -> Any:
    """Reach the traded company."""
    return play(traded_url, release="2025R1").sign_in()


@pytest.mark.parametrize("resource", _LISTED)
def test_every_resource_answers_exactly_the_contracts_fields(books: Any, resource: str) -> None:
    shape = resources()[resource].response or ""
    wanted = [field.name for field in scalar_fields(shape)]
    rows = books.get(f"/{resource}", top=3)
    assert all(list(row) == wanted for row in rows)
    assert bool(rows) is (resource not in _EMPTY_HERE)
    # each field can also be sorted by, so its SQL stands on its own
    assert len(books.get(f"/{resource}", top=3, orderby=",".join(wanted))) == len(rows)


@pytest.mark.parametrize(
    ("resource", "query", "expected"),
    [
        (
            "sop_order_despatch_line_views",
            {},
            {
                "sop_despatch_courier_name": "DPD",
                "sop_despatch_consignment_no": "JD0002",
                "sop_order_customer_document_no": "000099999",
                "product_code": "BN-008",
                "warehouse_name": "LEEDS",
                "sop_despatch_line_quantity": 1,
                "sop_despatch_line_is_invoiced": True,
                "customer_reference": "WEBGBP",
            },
        ),
        (
            "sop_order_return_invoice_credit_views",
            {},
            {
                "sop_order_return_document_no": "0000000002",
                "sop_order_return_total_gross_value": Decimal("15.32"),
                "sop_invoice_credit_total_gross_value": Decimal("15.32"),
                "sop_invoice_credit_type_id": "0",
                "customer_name": "Web sales GBP",
            },
        ),
        (
            "sop_allocation_line_views",
            {"filter": "sop_allocation_line_despatched_quantity gt 0"},
            {"sop_allocation_line_current_allocated_quantity": 0},
        ),
        (
            "sop_allocation_line_views",
            {"orderby": "sop_allocation_line_allocated_quantity desc", "top": 1},
            {"warehouse_name": "LEEDS", "bin_holding_name": "Unspecified"},
        ),
        (
            "customer_sop_invoice_credit_line_views",
            {"filter": "product_code eq 'BN-008'"},
            {
                "sop_invoice_credit_type": "EnumSOPInvoiceCreditTypeInvoice",
                "sop_invoice_credit_line_total_value": Decimal("7.77"),
                "product_group_code": "GOODS",
            },
        ),
        (
            "sales_transaction_views",
            {"filter": "reference eq 'PAID'"},
            {
                "transaction_type": "TradingAccountEntryTypePurchasePaymentSalesReceipt",
                "document_gross_value": Decimal("-10.00"),
                "document_outstanding_value": Decimal("-10.00"),
                "base_outstanding_value": Decimal("-10.00"),
                "customer_reference": "WEBGBP",
                "currency_symbol": "£",
            },
        ),
        (
            "nominal_period_value_views",
            {"filter": "nominal_code_reference eq '13100' and accounting_period_id eq 1023"},
            {
                "nominal_period_value_actual_value": Decimal("5.32"),
                "accounting_period_start_date": "2026-11-01T00:00:00.000",
                "year_relative_to_current_year": 0,
            },
        ),
        (
            "bank_posted_transactions",
            {},
            {"reference": "PAID", "cheque_value": Decimal("10.00"), "bank_id": 1001},
        ),
        (
            "bank_views",
            {"filter": "code eq 'BANK'"},
            {"currency_iso_code": "GBP", "currency_name": "Pound Sterling"},
        ),
        (
            "product_warehouse_bin_views",
            {"filter": "product_id eq 1001 and warehouse_name eq 'YORK'"},
            {"bin_holding_name": "Unspecified"},
        ),
        (
            "customer_views",
            {"filter": "reference eq 'DALE01'"},
            {
                "price_band_name": "Trade",
                "discount_group_name": "Trade",
                "order_value_discount_name": "Big orders",
                "customer_location_post_code": "HG1 4LE",
                "currency_iso_code": "GBP",
                "is_over_credit_limit": False,
            },
        ),
        (
            "lookup_customers",
            {"filter": "reference eq 'HARG01'"},
            {"post_code": "BD1 4RN", "account_status_type_id": 0},
        ),
        (
            "product_transaction_views",
            {},
            {
                "product_code": "BN-008",
                "product_group_code": "GOODS",
                "warehouse_name": "LEEDS",
                "transaction_type": "Sales despatch",
                "second_reference": "0000000002",
                "source_area_reference": "WEBGBP",
            },
        ),
        ("sop_return_line_views", {}, {"product_code": "BN-008", "customer_reference": "WEBGBP"}),
        ("company_details", {}, {"name": "Demo Merchant Ltd"}),
        ("lookup_sop_orders", {"filter": "customer_document_no eq '000099999'"}, {"id": 1002}),
        ("lookup_products", {"filter": "code eq 'VIRT-1'"}, {"product_type_id": 2}),
        ("sales_trading_periods", {"filter": "start_date eq 2026-11-01"}, {"period_number": "11"}),
        (
            "price_book_settings",
            {},
            {"use_limited_price_bands": True, "use_order_value_discounts": True},
        ),
    ],
)
def test_views_tell_what_happened(
    books: Any, resource: str, query: dict[str, Any], expected: dict[str, Any]
) -> None:
    (row,) = books.get(f"/{resource}", **query)
    assert {name: row[name] for name in expected} == expected


def test_a_customer_comes_with_bands_and_memos_inside(books: Any) -> None:
    yard = books.get(f"/customers/{books.id_of('customers', 'reference', 'HARG01')}")
    bands = {band["price_band_id"] for band in yard["limited_price_bands"]}
    named = books.get("/price_bands", filter="price_band_type_id eq 1", select="id")
    assert bands == {band["id"] for band in named}
    assert len(bands) == 2
    web = books.get("/customers/1001", expand="price_band")
    assert [memo["note"] for memo in web["memos"]] == ["calls on Tuesdays"]
    assert web["price_band"] is None


def test_settings_tell_how_dates_are_judged(books: Any) -> None:
    (settings,) = books.get("/system_settings", expand="transaction_date_validation")
    terms = settings["transaction_date_validation"]
    assert terms["closed_period_classification"] == "EnumTransactionDateClassificationNotAllowed"
    assert terms["pre_days_normal"] == 9999


def test_what_the_contract_has_and_nobody_plays_says_so(books: Any) -> None:
    answer = books.send("GET", "/stocktakes")
    assert answer.status_code == 501
    assert "does not play" in answer.text

"""Records against what the company's files and tables say."""

# ruff: noqa: ANN001 (fixtures and parameters are typed where they are made)
from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pytest
from sandbox.sage200.contract.tables import tables
from tap_sage200.catalogue import STREAMS

CONTRACT = Path(__file__).parent / "streams.csv"


def seeded(name) -> list[dict[str, str]]:
    import sandbox  # noqa: PLC0415

    path = f"{sandbox.__path__[0]}/companies/demo/{name}.csv"
    with open(path, encoding="utf-8", newline="") as lines:  # noqa: PTH123
        return list(csv.DictReader(lines))


def columns_of(columns, prefix="") -> list[tuple[str, str]]:
    named = []
    for column in columns:
        named.append((prefix + column.name, column.kind.value))
        named += columns_of(column.of, f"{column.name}[].")
    return named


def test_streams_columns_and_types_are_those_agreed() -> None:
    with CONTRACT.open(encoding="utf-8", newline="") as lines:
        agreed = [(row["stream"], row["column"], row["type"]) for row in csv.DictReader(lines)]
    assert agreed == [
        (name, *column) for name, columns in STREAMS.items() for column in columns_of(columns)
    ]


def test_every_table_named_exists_in_the_published_contract() -> None:
    from tap_sage200.statements import all_statements  # noqa: PLC0415

    for each in all_statements():
        for table, column in each.required_columns:
            assert column in tables()[table].columns


def test_stock_levels_are_those_of_the_company(still_company) -> None:
    levels = still_company.read("stock_levels").records("stock_levels")
    read = {(each["item_code"], each["warehouse_name"]): each for each in levels}
    for row in seeded("stock"):
        level = read[row["product"], row["warehouse"]]
        assert level["confirmed_quantity"] == Decimal(row["confirmed"])
        assert level["unconfirmed_quantity"] == Decimal(row["unconfirmed"])
        assert level["on_purchase_order_quantity"] == Decimal(row["on_purchase_order"])
    assert {each["warehouse_name"]: each["use_for_sales_trading"] for each in levels} == {
        "LEEDS": True,
        "YORK": True,
        "NEWARK": True,
        "QUARANTINE": False,
    }


def test_customers_carry_the_currency_of_their_account(still_company) -> None:
    records = still_company.read("customers").records("customers")
    assert {each["account_number"]: each["currency_code"] for each in records} == {
        row["account"]: row["currency"] for row in seeded("customers")
    }


def test_tax_codes_are_those_of_the_company(still_company) -> None:
    records = still_company.read("tax_codes").records("tax_codes")
    assert {each["tax_code"]: each["tax_rate_percent"] for each in records} == {
        0: 0, 1: 20, 2: 0, 5: 5, 9: 0, 10: 0, 119: 19, 120: 20, 123: 23,
    }  # fmt: skip


def test_stock_items_are_those_of_the_company(still_company) -> None:
    records = still_company.read("stock_items").records("stock_items")
    assert {each["item_code"] for each in records} == {row["code"] for row in seeded("products")}
    assert all(each["is_active"] is True for each in records)


@pytest.mark.parametrize(("status", "is_active"), [(0, True), (1, False), (7, False), (None, None)])
def test_only_status_0_is_active_and_no_status_is_unknown(company, status, is_active) -> None:
    company.sql(
        'update dbo."StockItem" set "StockItemStatusID" = %s where "Code" = %s', status, "BN-002"
    )
    records = company.read("stock_items").records("stock_items")
    assert [each["is_active"] for each in records if each["item_code"] == "BN-002"] == [is_active]


def test_free_quantity_takes_off_all_three_allocations_but_not_reserved(company) -> None:
    company.sql(
        'update dbo."WarehouseItem" set "ConfirmedQtyInStock" = 100.5, "UnconfirmedQtyInStock" = 7,'
        ' "QuantityAllocatedSOP" = 10.00001, "QuantityAllocatedStock" = 2, '
        '"QuantityAllocatedBOM" = 3, "QuantityReserved" = 50, "QuantityOnPOPOrder" = 9 '
        'where "WarehouseItemID" = %s',
        company.holding("BN-001", "YORK"),
    )
    levels = company.read("stock_levels").records("stock_levels")
    level = next(
        each for each in levels if (each["item_code"], each["warehouse_name"]) == ("BN-001", "YORK")
    )
    assert level["free_quantity"] == Decimal("92.49999")
    assert level["reserved_quantity"] == 50


def test_a_document_and_its_line_are_exact_to_the_last_digit(company) -> None:
    company.order(
        900002,
        "WEBUSD",
        CustomerDocumentNo="000000777",
        DocumentDate="2026-11-02",
        DocumentStatusID=1,
        CurrencyID=company.sql('select "SYSCurrencyID" from dbo."SLCustomerAccount" '
                               'where "CustomerAccountNumber" = %s', "WEBUSD")[0][0],
        ExchangeRate="1.271234",
        TotalNetValue="33333.33",
        TotalTaxValue="6666.67",
        TotalGrossValue="40000.00",
        PaymentValue="40000.00",
        PaymentReference="TXN-1",
        PaymentMethodName="Web card",
        AnalysisCode1="magento",
    )  # fmt: skip
    company.line(
        900021,
        900002,
        "BN-001",
        "3.00001",
        warehouse="YORK",
        UnitSellingPrice="11111.11037",
        LineTotalValue="33333.33",
        LineTaxValue="6666.67",
        InvoiceCreditQuantity="1.5",
        PrintSequenceNumber=1,
        ItemDescription="Bench Product 1",
        NominalAccountRef="41100",
        NominalCostCentre="WEB",
        TaxCodeID=company.id_of("SYSTaxRate", "SYSTaxRateID", "Code", 1),
    )
    run = company.read("sales_documents", "sales_document_lines")
    document = next(
        each for each in run.records("sales_documents") if each["sales_document_id"] == 900002
    )
    line = next(
        each
        for each in run.records("sales_document_lines")
        if each["sales_document_line_id"] == 900021
    )
    expected = {
        "document_type": "order",
        "document_status": "on_hold",
        "document_date": "2026-11-02",
        "customer_document_no": "000000777",
        "account_number": "WEBUSD",
        "currency_code": "USD",
        "exchange_rate": Decimal("1.271234"),
        "total_net": Decimal("33333.33"),
        "total_tax": Decimal("6666.67"),
        "total_gross": Decimal("40000.00"),
        "payment_value": Decimal("40000.00"),
        "payment_reference": "TXN-1",
        "payment_method_name": "Web card",
        "analysis_code_1": "magento",
    }
    assert {name: document[name] for name in expected} == expected
    expected = {
        "sales_document_id": 900002,
        "document_no": "0000900002",
        "customer_document_no": "000000777",
        "line_type": "standard",
        "item_code": "BN-001",
        "item_description": "Bench Product 1",
        "warehouse_name": "YORK",
        "tax_code": 1,
        "line_quantity": Decimal("3.00001"),
        "invoiced_quantity": Decimal("1.5"),
        "selling_unit_price": Decimal("11111.11037"),
        "line_total": Decimal("33333.33"),
        "line_tax": Decimal("6666.67"),
        "nominal_account": "41100",
        "nominal_cost_centre": "WEB",
        "nominal_department": "",
    }
    assert {name: line[name] for name in expected} == expected


def test_a_document_without_currency_has_its_customers(company) -> None:
    company.order(900003, "WEBEUR", CurrencyID=None)
    records = company.read("sales_documents").records("sales_documents")
    assert {each["sales_document_id"]: each["currency_code"] for each in records}[900003] == "EUR"


@pytest.mark.parametrize(
    ("type_id", "name"),
    [(0, "order"), (1, "return"), (2, "quotation"), (3, "pro_forma"), (9, "other")],
)
def test_document_types_have_names(company, type_id, name) -> None:
    company.order(900003, "WEBEUR", DocumentTypeID=type_id)
    records = company.read("sales_documents").records("sales_documents")
    assert {each["sales_document_id"]: each["document_type"] for each in records}[900003] == name


def test_lines_without_item_have_no_warehouse_and_lines_without_holding_the_headers(
    company,
) -> None:
    company.order(900003, "WEBEUR")
    company.insert(
        "SOPOrderReturnLine",
        SOPOrderReturnLineID=900031,
        SOPOrderReturnID=900003,
        LineTypeID=2,
        ItemCode="CARR",
    )
    company.line(900032, 900003, "BN-001", 1, warehouse=None)
    records = company.read("sales_document_lines").records("sales_document_lines")
    lines = {each["sales_document_line_id"]: each for each in records}
    assert (lines[900031]["line_type"], lines[900031]["item_id"]) == ("charge", None)
    assert lines[900031]["warehouse_name"] is None
    assert lines[900032]["warehouse_name"] == "LEEDS"


def test_a_release_without_date_time_updated_is_read(old_company) -> None:
    old_company.order(900001, "WEBEUR")
    old_company.line(900011, 900001, "BN-001", 1)
    run = old_company.read(*STREAMS, web_accounts=["WEBEUR"])
    assert {"nominal_accounts", "accounting_periods", "stock_item_prices"} < set(run.counts)
    for name in run.counts:
        assert {each["updated_at"] for each in run.records(name)} == {None}


def test_a_release_without_stock_unit_quantities_takes_selling_units(company) -> None:
    company.order(900003, "WEBUSD")
    company.line(900031, 900003, "BN-001", 5, allocated=2, despatched=1, unit=12)
    in_units = demand_of(company, "BN-001")
    for column in ("LineQuantity", "AllocatedQuantity", "DespRcptQuantity"):
        company.sql(f'alter table dbo."SOPOrderReturnLine" drop column "StockUnit{column}"')
    assert in_units == (24, 24)
    assert demand_of(company, "BN-001") == (2, 2)


def demand_of(company, code) -> tuple[Decimal, Decimal]:
    levels = company.read("stock_levels", web_accounts=["WEBUSD"]).records("stock_levels")
    level = next(
        each for each in levels if (each["item_code"], each["warehouse_name"]) == (code, "LEEDS")
    )
    return level["allocated_to_web_quantity"], level["unallocated_web_demand_quantity"]


def test_time_stamps_say_utc(still_company) -> None:
    for record in still_company.read("stock_items").records("stock_items"):
        assert record["created_at"].endswith("+00:00")
        assert len(record["op_lock"]) == 16

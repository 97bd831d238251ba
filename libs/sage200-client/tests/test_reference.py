"""The reference snapshot is typed, looked up as Sage's collation compares, and never guesses."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sage200_client import FixSettings, ReportAnswer, Sage200Client
from sage200_client.contract import resource, schema
from sage200_client.reference import load_reference
from sage200_client.reference_records import (
    AdditionalCharge,
    Country,
    Currency,
    CurrencyIsoCode,
    Customer,
    Holding,
    NominalCode,
    PaymentMethod,
    Product,
    ProductGroup,
    Record,
    SopSettings,
    TaxCode,
    Warehouse,
)

READ = {
    "products": Product,
    "product_groups": ProductGroup,
    "tax_codes": TaxCode,
    "warehouses": Warehouse,
    "customers": Customer,
    "sop_payment_methods": PaymentMethod,
    "sop_additional_charges": AdditionalCharge,
    "currencies": Currency,
    "currency_iso_codes": CurrencyIsoCode,
    "country_codes": Country,
    "sop_settings": SopSettings,
    "nominal_codes": NominalCode,
    "warehouse_holdings": Holding,
}


@pytest.mark.parametrize(("name", "kind"), READ.items())
def test_every_field_read_is_in_the_contract(name: str, kind: type[Record]) -> None:
    response = resource(name).response
    assert response is not None
    assert set(kind.__struct_fields__) <= set(schema(response))


@pytest.fixture
def company(sage: Any) -> Any:
    sage.lists |= {
        "products": [
            {"id": 1, "code": "WSH-01", "name": "Shirt", "allow_sales_order": True},
            {"id": 2, "code": "Straße", "name": "Street", "tax_code_id": 7},
            {"id": 3, "code": "été", "name": "Summer"},
        ],
        "product_groups": [
            {"id": 3, "code": "STOCK", "product_type": "EnumStockItemTypeStock"},
            {"id": 4, "code": "SERVICE", "product_type": "EnumStockItemTypeServiceLabour"},
            {"id": 5, "code": "OLD", "product_type": None},
        ],
        "tax_codes": [{"id": 7, "code": 1, "name": "Standard", "tax_rate": Decimal("20.5")}],
        "warehouses": [
            {"id": 5, "name": "LEEDS", "use_for_sales_trading": True},
            {"id": 6, "name": "twice"},
            {"id": 8, "name": "TWICE "},
        ],
        "customers": [{"id": 9, "reference": "WEBGBP", "name": "Web", "balance": 5}],
        "sop_payment_methods": [{"id": 11, "name": "Web card"}, {"id": 12, "name": None}],
        "sop_additional_charges": [{"id": 13, "code": "CARR", "charge_value": Decimal("4.95")}],
        "currencies": [
            {"id": 14, "symbol": "£", "name": "Pound", "currency_iso_code_id": 2}
            | {"is_base_currency": True},
            {"id": 15, "symbol": "€", "name": "Euro", "is_base_currency": False},
        ],
        "currency_iso_codes": [{"id": 2, "code": "GBP"}],
        "country_codes": [{"id": 16, "code": "GB", "name": "United Kingdom"}],
        "sop_settings": [{"id": 1, "allow_payment_with_order": True}],
        "nominal_codes": [
            {"id": 17, "reference": "04100", "cost_centre_code": "WEB", "department_code": None}
        ],
        "warehouse_holdings": [{"id": 20, "product_id": 1, "warehouse_id": 5}],
    }  # fmt: skip
    return sage


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("WSH-01", 1),
        ("wsh-01", 1),
        ("WSH-01  ", 1),
        (" WSH-01", None),
        ("strasse", 2),
        ("ÉTÉ", 3),
        ("ete", None),
        ("", None),
    ],
)
def test_a_code_is_compared_as_sage_compares(
    client: Sage200Client, company: Any, code: str, found: int | None
) -> None:
    product = load_reference(client).products.find(code)
    assert (product.id if product else None) == found


def test_the_snapshot_is_typed_and_exact(client: Sage200Client, company: Any) -> None:
    found = load_reference(client)
    tax_code = found.tax_codes.find("1")
    assert tax_code is not None
    assert tax_code.tax_rate == Decimal("20.5")
    customer = found.customers.find("webgbp")
    assert customer is not None
    assert isinstance(customer.balance, Decimal)
    assert found.tax_codes.by_id(7) is tax_code
    assert found.tax_codes.by_id(None) is None
    assert [len(found.products), len(found.payment_methods)] == [3, 2]
    assert [one.name for one in found.countries] == ["United Kingdom"]
    assert found.settings.allow_payment_with_order is True
    charge = found.additional_charges.find("carr")
    assert charge is not None
    assert charge.charge_value == Decimal("4.95")
    assert (len(found.nominal_codes), found.holdings) == (0, frozenset())


def test_a_currency_is_found_by_its_iso_code_or_else_its_symbol(
    client: Sage200Client, company: Any
) -> None:
    found = load_reference(client)
    assert found.currencies.find("gbp") == found.base_currency()
    euro = found.currencies.find("€")
    assert euro is not None
    assert euro.name == "Euro"
    del company.lists["currency_iso_codes"]
    assert load_reference(client).currencies.find("£") is not None


def test_a_code_that_two_records_have_is_not_guessed(client: Sage200Client, company: Any) -> None:
    found = load_reference(client)
    with pytest.raises(FixSettings, match="2 records of warehouse 'Twice': rename all but one"):
        found.warehouses.find("Twice")


def test_nominal_codes_and_holdings_are_read_when_asked_for(
    client: Sage200Client, company: Any
) -> None:
    found = load_reference(client, with_nominal_codes=True, with_holdings=True)
    assert found.nominal_codes.find("04100/web/") is not None
    assert found.holdings == {(1, 5)}


def test_only_the_fields_that_are_used_are_asked_for(client: Sage200Client, company: Any) -> None:
    load_reference(client)
    for request in company.api_requests():
        resource = request.path.removeprefix("/api/")
        if resource == "warehouses":
            # Standard does not know use_for_sales_trading and would refuse its name
            assert "select" not in request.query
            continue
        kind = READ[resource]
        assert set(request.query["select"].split(",")) == set(kind.__struct_fields__)


def test_a_record_that_is_not_as_documented_is_reported(
    client: Sage200Client, company: Any
) -> None:
    company.lists["tax_codes"][0]["code"] = "one"
    with pytest.raises(ReportAnswer, match="tax_codes are not as documented"):
        load_reference(client)
    company.lists["tax_codes"] = []
    company.lists["sop_settings"] = []
    with pytest.raises(ReportAnswer, match="0 records of sop_settings"):
        load_reference(client)


@pytest.mark.parametrize(("code", "kept"), [("STOCK", True), ("SERVICE", False), ("OLD", True)])
def test_items_of_service_groups_are_not_kept_in_stock(
    client: Any, company: Any, code: str, kept: bool
) -> None:
    group = load_reference(client).product_groups.find(code)
    assert group is not None
    assert group.is_kept_in_stock() is kept

"""Carriage by shipping_methods.csv: charge, VAT code and nominal account of its own."""

from __future__ import annotations

import shutil
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from target_sage200.magento_document import read_order
from target_sage200.mapping.codes import TaxCode
from target_sage200.mapping.order import map_order
from target_sage200.mapping.payment_table import PaymentRule
from target_sage200.mapping.refusal import RefusalError
from target_sage200.mapping.rules import OrderRules
from target_sage200.mapping.tables import read_tables

if TYPE_CHECKING:
    from target_sage200.mapping.codes import SageCodes

ROOT = Path(__file__).parents[2]
HEADER = "method,sage_charge_code,sage_tax_code,nominal,cost_centre,department\n"
NOMINALS = "line,shipping_method,nominal\ncarriage,*,4900\ngoods,,4000\n"
KNOWN = frozenset({"4000//", "4900//", "4905/web/uk"})


def carriage(
    order: dict[str, Any], folder: Path, codes: SageCodes, row: str, nominals: str = ""
) -> dict[str, Any]:
    """The charge line of an order under one row of the table."""
    shutil.copytree(ROOT / "mappings", folder, dirs_exist_ok=True)
    (folder / "shipping_methods.csv").write_text(HEADER + row, encoding="utf-8")
    if nominals:
        (folder / "nominals.csv").write_text(nominals, encoding="utf-8")
    tables = read_tables(folder)
    read = read_order(order)
    store = tables.stores[read.store_id, read.currency]
    payment = PaymentRule("any", "paid", "", send_payment=False)
    body = map_order(read, store, payment, tables, codes, OrderRules()).body
    (line,) = [one for one in body["lines"] if one["line_type"] == "EnumLineTypeCharge"]
    return dict(line)


@pytest.fixture
def company(codes: SageCodes) -> SageCodes:
    own = {31: TaxCode(1031, 31, Decimal(20)), 32: TaxCode(1032, 32, Decimal(5))}
    return replace(codes, tax_codes={**codes.tax_codes, **own}, nominals=KNOWN)


def test_carriage_may_have_a_vat_code_that_its_goods_do_not_have(
    orders: dict[str, Any], tmp_path: Path, company: SageCodes
) -> None:
    line = carriage(orders["000000001"], tmp_path, company, "flatrate_*,CARR,31,,,\n")
    assert line["tax_code_id"] == 1031
    line = carriage(orders["000000001"], tmp_path, company, "flatrate_*,CARR,,,,\n")
    assert line["tax_code_id"] == 1001


@pytest.mark.parametrize(
    ("code", "cause"), [("32", "vat_rate_differs"), ("77", "vat_code_not_in_sage")]
)
def test_vat_code_of_carriage_must_have_the_rate_that_magento_charged(
    orders: dict[str, Any], tmp_path: Path, company: SageCodes, code: str, cause: str
) -> None:
    with pytest.raises(RefusalError, match=r"mappings/shipping_methods\.csv") as caught:
        carriage(orders["000000001"], tmp_path, company, f"flatrate_*,CARR,{code},,,\n")
    assert caught.value.cause == cause


@pytest.mark.parametrize("nominals", ["", NOMINALS])
def test_carriage_is_posted_to_the_nominal_account_of_its_method(
    orders: dict[str, Any], tmp_path: Path, company: SageCodes, nominals: str
) -> None:
    row = "flatrate_*,CARR,,4905,WEB,UK\n"
    line = carriage(orders["000000001"], tmp_path, company, row, nominals)
    named = {name: value for name, value in line.items() if name.startswith("nominal")}
    assert named == {
        "nominal_reference": "4905",
        "nominal_cost_centre": "WEB",
        "nominal_department": "UK",
    }


def test_nominal_account_of_a_method_must_be_in_sage(
    orders: dict[str, Any], tmp_path: Path, company: SageCodes
) -> None:
    with pytest.raises(RefusalError) as caught:
        carriage(orders["000000001"], tmp_path, company, "flatrate_*,CARR,,4999,,\n")
    assert caught.value.cause == "nominal_not_in_sage"

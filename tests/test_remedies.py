"""What stops an order, who must act, and that nothing but a retry is needed once they did.

One stand-in serves all cases; each has an order of its own. The target runs in this process.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Bench

ROOT = Path(__file__).parents[1]
CAUSES = {
    row["code"]: row
    for row in csv.DictReader(
        (ROOT / "mappings" / "exception_causes.csv").read_text(encoding="utf-8").splitlines()
    )
}
pytestmark = pytest.mark.end_to_end
Order = dict[str, Any]


def shipping(order: Order) -> Order:
    part: Order = order["extension_attributes"]["shipping_assignments"][0]["shipping"]
    return part


def set_sku(order: Order) -> None:
    for item in order["items"]:
        item["sku"] = "NOT-IN-SAGE"


def set_tax(order: Order, code: str) -> None:
    for entry in order["extension_attributes"]["item_applied_taxes"]:
        for tax in entry["applied_taxes"]:
            tax["code"] = code


def to_france(order: Order) -> None:
    set_tax(order, "EU-VAT")
    shipping(order)["address"]["country_id"] = "FR"


def set_payment(order: Order) -> None:
    order["payment"]["method"] = "klarna"


def set_shipping(order: Order) -> None:
    shipping(order)["method"] = "ups_ground"


def set_group(order: Order) -> None:
    order["customer_group_id"] = 9


def long_postcode(order: Order) -> None:
    shipping(order)["address"]["postcode"] = "LS1 1AA LEEDS"


def nothing(_: Bench) -> None:
    """The order itself is what is wrong, or the mapping lacks a row."""


def account(column: str, value: object) -> Callable[[Bench], None]:
    def change(bench: Bench) -> None:
        bench.sage(
            f'update dbo."SLCustomerAccount" set "{column}" = %s'
            ' where "CustomerAccountNumber" = %s',
            value,
            "WEBGBP",
        )

    return change


def permission(value: int) -> Callable[[Bench], None]:
    return lambda bench: (
        bench.sage('update dbo."SOPUserPermission" set "OverridePricesDiscounts" = %s', value)
        and None
    )


def want_channel(bench: Bench) -> None:
    """Sage's users make the analysis code Channel of orders mandatory."""
    bench.sage(
        'insert into dbo."AnalysisCode" ("AnalysisCodeID", "Name", "AllowOvertype",'
        " \"AllowNewOnEntry\") values (900001, 'Channel', 0, 0)"
    )
    bench.sage(
        'insert into dbo."AnalysisCodeValue" ("AnalysisCodeValueID", "AnalysisCodeID", "Value")'
        " values (900001, 900001, 'web')"
    )
    bench.sage(
        'insert into dbo."AnalysisCodeMapping" ("AnalysisCodeMappingID", "ClassName",'
        ' "PropertyName", "SlotIndex", "AnalysisCodeID", "IsMandatory")'
        " values (900001, 'SOPOrderReturn', 'AnalysisCode3', 3, 900001, 1)"
    )


def give_channel(bench: Bench) -> None:
    text = "level,field,value\norder,analysis_code_3,web\n"
    (bench.tables / "analysis_codes.csv").write_text(text, encoding="utf-8")


@dataclass(frozen=True)
class Case:
    """What is wrong, what the row says then, and what mends it.

    Attributes:
        retry: Whether a person must release the order; else the next run takes it by itself.
    """

    cause: str
    owner: str
    words: str
    order: Callable[[Order], None] | None = None
    spoil: Callable[[Bench], None] = nothing
    mend: Callable[[Bench], None] = nothing
    retry: bool = False


CASES = {
    "unmapped SKU": Case(
        "sku_not_in_sage",
        "ecommerce",
        "no stock item 'NOT-IN-SAGE'",
        set_sku,
        mend=lambda bench: bench.add("skus.csv", magento_sku="NOT-IN-SAGE", sage_code="BN-001"),
    ),
    "unmapped tax code": Case(
        "tax_code_unmapped",
        "finance",
        "NEW-VAT",
        lambda order: set_tax(order, "NEW-VAT"),
        mend=lambda bench: bench.add("tax_codes.csv", magento_tax="NEW-VAT", sage_tax_code="1"),
    ),
    "unmapped country": Case(
        "tax_code_unmapped",
        "finance",
        "FR",
        to_france,
        lambda bench: bench.add(
            "tax_codes.csv", magento_tax="EU-VAT", country_id="DE", sage_tax_code="1"
        ),
        lambda bench: bench.add(
            "tax_codes.csv", magento_tax="EU-VAT", country_id="FR", sage_tax_code="1"
        ),
    ),
    "unmapped payment method": Case(
        "payment_method_unmapped",
        "finance",
        "'klarna'",
        set_payment,
        mend=lambda bench: bench.add(
            "payment_methods.csv", method="klarna", post_when="paid", send_payment="no"
        ),
    ),
    "unmapped shipping method": Case(
        "shipping_method_unmapped",
        "finance",
        "'ups_ground'",
        set_shipping,
        mend=lambda bench: bench.add(
            "shipping_methods.csv", method="ups_*", sage_charge_code="CARR"
        ),
    ),
    "customer group without an account": Case(
        "customer_not_in_sage",
        "finance",
        "'NOSUCH'",
        set_group,
        lambda bench: bench.add("customers.csv", customer_group_id="9", account="NOSUCH"),
        lambda bench: bench.replace("customers.csv", "account", "NOSUCH", "TRADE"),
    ),
    "over-long field": Case(
        "postcode_too_long", "ecommerce", "'LS1 1AA LEEDS' has 13 characters", long_postcode
    ),
    "account on hold": Case(
        "account_on_hold",
        "finance",
        "WEBGBP is on hold",
        spoil=account("AccountIsOnHold", 1),
        mend=account("AccountIsOnHold", 0),
    ),
    "closed account": Case(
        "account_closed",
        "finance",
        "Sage 200: Account 'WEBGBP' is not active",
        spoil=account("SYSAccountStatusID", 1),
        mend=account("SYSAccountStatusID", 0),
        retry=True,
    ),
    "wrong currency": Case(
        "currency_differs",
        "finance",
        "account WEBEUR in EUR",
        spoil=lambda bench: bench.replace("stores.csv", "account", "WEBGBP", "WEBEUR"),
        mend=lambda bench: bench.replace("stores.csv", "account", "WEBEUR", "WEBGBP"),
    ),
    "price permission missing": Case(
        "price_permission_missing",
        "finance",
        "Sage 200: Ex20319: user 'connector' does not have permission",
        spoil=permission(0),
        mend=permission(1),
        retry=True,
    ),
    "mandatory analysis code": Case(
        "analysis_code_missing",
        "finance",
        "The analysis code 'Channel' must be entered.",
        spoil=want_channel,
        mend=give_channel,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_row_says_who_must_do_what_and_a_retry_is_all_it_takes(bench: Bench, name: str) -> None:
    case = CASES[name]
    order = bench.order(case.order)
    number = order["increment_id"]
    case.spoil(bench)
    try:
        bench.run(order)
        row = bench.row(number)
        assert (row["state"], row["cause"]) == ("rejected", case.cause)
        assert case.words in row["error"]
        assert CAUSES[case.cause]["owner"] == case.owner
        assert bench.in_sage(number) == []
    finally:
        case.mend(bench)
    later = []
    if case.order is long_postcode:
        shipping(order)["address"]["postcode"] = "LS1 1AA"
        later = [{**order, "updated_at": "2026-12-31 00:00:00"}]
    if case.retry:
        bench.run()
        assert bench.row(number)["state"] == "rejected", "Sage's refusals need a person"
        bench.retry(number)
    bench.run(*later)
    row = bench.row(number)
    assert (row["state"], row["cause"]) == ("posted", None), row["error"]
    assert [gross for _, _, gross, _ in bench.in_sage(number)] == [row["amount"]]


def test_held_order_loses_its_cause_once_it_is_released_in_sage(bench: Bench) -> None:
    account("CreditLimit", 1)(bench)
    order = bench.order()
    try:
        bench.run(order)
    finally:
        account("CreditLimit", 0)(bench)
    row = bench.row(order["increment_id"])
    assert (row["state"], row["cause"]) == ("posted", "held_in_sage")
    assert CAUSES["held_in_sage"]["owner"] == "finance"
    bench.sage(
        'update dbo."SOPOrderReturn" set "DocumentStatusID" = 0 where "SOPOrderReturnID" = %s',
        row["sage_id"],
    )
    bench.run()
    assert bench.row(order["increment_id"])["cause"] is None

"""What records only name by id: few are asked for, many read whole, late ones found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tap_sage200.api.groups import FEW
from tap_sage200.api.lookups import Lookups
from tap_sage200.api.sales import RESOURCES
from tap_sage200.catalogue import STREAMS

if TYPE_CHECKING:
    from tap_sage200.api.fields import Resource

TYPES = [
    {"id": 0, "value": "EnumSOPInvoiceCreditTypeInvoice", "description": "Invoice"},
    {"id": 1, "value": "EnumSOPInvoiceCreditTypeCreditNote", "description": "Credit note"},
    {"id": 2, "value": "EnumSOPInvoiceCreditTypeCreditNote2", "description": ""},
]
STATUSES = [{"id": 6, "value": "EnumDocumentStatusPrinted", "description": "Printed"}]


class Client:
    """Lists of records; notes what was asked for."""

    def __init__(self, **lists: list[dict[str, Any]]) -> None:
        self.lists = lists
        self.asked: list[str] = []

    def get(self, resource: str, **options: Any) -> list[dict[str, Any]]:
        where = options.get("filter")
        self.asked.append(f"{resource} {where}" if where else resource)
        return [
            each
            for each in self.lists[resource]
            if where is None or f"id eq {each['id']}" in where.text.split(" or ")
        ]

    def get_all(self, resource: str, **_options: Any) -> list[dict[str, Any]]:
        self.asked.append(f"all {resource}")
        return list(self.lists[resource])


def customers(count: int) -> list[dict[str, Any]]:
    return [{"id": n, "reference": f"C{n}", "currency_id": 5} for n in range(1, count + 1)]


def test_few_customers_are_asked_for_by_id_and_many_are_read_whole() -> None:
    client = Client(customers=customers(1000))
    names = Lookups(client, {})  # type: ignore[arg-type]
    names.prepare("account_numbers", [3, 4, None, 4])
    assert [names.find("account_numbers", key) for key in (3, 4, None)] == ["C3", "C4", None]
    assert client.asked == ["customers id eq 3 or id eq 4"]
    names.prepare("account_numbers", range(1, FEW + 2))
    assert client.asked[1:] == ["all customers"]
    assert names.find("account_numbers", 999) == "C999"
    assert len(client.asked) == 2


@pytest.mark.parametrize("few", [True, False])
def test_a_customer_made_during_the_run_is_found_and_one_that_is_gone_asked_for_once(
    few: bool,
) -> None:
    client = Client(
        customers=customers(2 if few else 500),
        currencies=[{"id": 5, "currency_iso_code_id": 7}],
        currency_iso_codes=[{"id": 7, "code": "GBP"}],
    )
    names = Lookups(client, {})  # type: ignore[arg-type]
    names.prepare("account_currencies", range(1, 3 if few else 500))
    assert names.find("account_currencies", 1) == "GBP"
    client.lists["customers"].append({"id": 9000, "reference": "NEW", "currency_id": 6})
    client.lists["currencies"].append({"id": 6, "currency_iso_code_id": 8})
    client.lists["currency_iso_codes"].append({"id": 8, "code": "EUR"})
    assert names.find("account_currencies", 9000) == "EUR"
    assert names.find("account_numbers", 9000) == "NEW"
    asked = len(client.asked)
    assert [names.find("account_numbers", 7777) for _ in range(50)] == [None] * 50
    assert client.asked[asked:] == ["customers id eq 7777"]


def test_what_was_looked_up_serves_the_other_streams_of_a_run() -> None:
    client, lists = (
        Client(warehouses=[{"id": 1, "name": "LEEDS", "use_for_sales_trading": True}]),
        {},
    )
    assert Lookups(client, lists).table("warehouse_names") == {1: "LEEDS"}  # type: ignore[arg-type]
    assert Lookups(client, lists).find("warehouse_sells", 1) is True  # type: ignore[arg-type]
    assert client.asked == ["all warehouses"]


@pytest.mark.parametrize(
    ("kind", "status", "made"),
    [
        pytest.param("0", "6", (0, "invoice", 6, "printed"), id="ids as text, as in the contract"),
        pytest.param(1, 6, (1, "credit_note", 6, "printed"), id="ids"),
        pytest.param(
            "EnumSOPInvoiceCreditTypeCreditNote",
            "EnumDocumentStatusPrinted",
            (1, "credit_note", 6, "printed"),
            id="names",
        ),
        pytest.param("2", "6", (2, "credit_note", 6, "printed"), id="a value without description"),
        pytest.param(
            "EnumSOPInvoiceCreditTypeInvoice",
            "EnumDocumentStatusLost",
            (0, "invoice", None, "other"),
            id="a status the list doesn't have",
        ),
        pytest.param("7", "9", (7, "other", 9, "other"), id="ids the lists don't have"),
        pytest.param(None, None, (None, "other", None, "other"), id="nothing"),
    ],
)
def test_type_and_status_of_an_invoice_are_what_the_lists_say(
    kind: object, status: object, made: tuple[object, ...]
) -> None:
    client = Client(sop_invoice_credit_types=TYPES, sop_document_status_types=STATUSES)
    (record,) = _records(
        RESOURCES["invoices_and_credits"],
        client,
        sop_invoice_credit_id=1,
        sop_invoice_credit_type_id=kind,
        sop_invoice_credit_document_status_id=status,
    )
    names = "invoice_credit_type_id", "invoice_credit_type", "document_status_id", "document_status"
    assert tuple(record[name] for name in names) == made


@pytest.mark.parametrize(
    ("currency", "code"),
    [pytest.param(6, "EUR", id="its own"), pytest.param(None, "GBP", id="its customer's")],
)
def test_a_document_is_in_its_own_currency(currency: int | None, code: str) -> None:
    client = Client(
        customers=customers(3),
        currencies=[{"id": n, "currency_iso_code_id": n} for n in (5, 6)],
        currency_iso_codes=[{"id": 5, "code": "GBP"}, {"id": 6, "code": "EUR"}],
    )
    (record,) = _records(
        RESOURCES["sales_documents"], client, id=1, customer_id=2, currency_id=currency
    )
    assert record["currency_code"] == code


def _records(resource: Resource, client: Client, **values: object) -> list[dict[str, Any]]:
    stream = next(name for name, each in RESOURCES.items() if each is resource)
    names = Lookups(client, {})  # type: ignore[arg-type]
    return resource.records([values], STREAMS[stream], names)

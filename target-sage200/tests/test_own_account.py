"""Account numbers by a fixed rule, keys that prove them, and the account that is opened."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from sage200_client.document_check import check_document
from target_sage200.magento_document import read_order
from target_sage200.mapping.account_tables import CustomerRule, read_customers
from target_sage200.mapping.csv_table import MappingFileError
from target_sage200.mapping.own_account import account_key, account_number, new_account
from target_sage200.mapping.refusal import RefusalError
from target_sage200.mapping.text import Trimmer

if TYPE_CHECKING:
    from pathlib import Path

    from target_sage200.magento_order import Order
    from target_sage200.mapping.codes import SageCodes

BY_ID = CustomerRule("*", "*", "", "own", "customer_id", "W")
BY_EMAIL = CustomerRule("*", "*", "", "own", "email", "WE")


@pytest.fixture
def order(orders: dict[str, dict[str, Any]]) -> Order:
    return replace(read_order(orders["000000016"]), customer_id=123, email="Ann@Example.com")


def test_number_is_prefix_and_customer_id(order: Order) -> None:
    assert account_number(order, BY_ID) == "W0000123"
    assert account_key(order, BY_ID) == "magento customer_id 123"


def test_number_of_an_address_is_the_same_however_it_is_written(order: Order) -> None:
    number = account_number(order, BY_EMAIL)
    assert len(number) == 8
    assert number.startswith("WE")
    assert number == account_number(replace(order, email="ann@example.com"), BY_EMAIL)
    assert number != account_number(replace(order, email="ben@example.com"), BY_EMAIL)


@pytest.mark.parametrize(
    ("rule", "change"),
    [(BY_ID, {"customer_id": None}), (BY_ID, {"customer_id": 12345678}), (BY_EMAIL, {"email": ""})],
    ids=["guest", "id too long", "no address"],
)
def test_customer_who_cannot_be_told_apart_is_refused(
    order: Order, rule: CustomerRule, change: dict[str, Any]
) -> None:
    with pytest.raises(RefusalError) as refused:
        account_number(replace(order, **change), rule)
    assert refused.value.cause == "customer_without_key"


def test_new_account_fits_sages_contract(order: Order, codes: SageCodes) -> None:
    known = replace(codes, currency_ids={"GBP": 7}, country_ids={"GB": 9})
    body = new_account(order, BY_ID, known, "spare_text_1", Trimmer("cp1252"))
    assert check_document("customers", body) == []
    assert (body["reference"], body["currency_id"], body["country_code_id"]) == ("W0000123", 7, 9)
    assert body["spare_text_1"] == "magento customer_id 123"
    assert body["main_address"]["address_country_code_id"] == 9


@pytest.mark.parametrize(
    ("billing", "email", "expected"),
    [
        ({"company": "Ann Ltd"}, "a@example.com", "Ann Ltd"),
        ({}, "a@example.com", "Ann Smith"),
        ({"firstname": "", "lastname": ""}, "a@example.com", "a@example.com"),
        ({"firstname": "", "lastname": ""}, "", "Web customer 123"),
    ],
)
def test_account_is_never_without_a_name(
    order: Order, codes: SageCodes, billing: dict[str, str], email: str, expected: str
) -> None:
    named = replace(order.billing, company="", firstname="Ann", lastname="Smith")
    nameless = replace(order, billing=replace(named, **billing), email=email)
    body = new_account(nameless, BY_ID, codes, "spare_text_1", Trimmer("cp1252"))
    assert body["name"] == expected


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("*,*,,own,customer_id,", "one or two letters"),
        ("*,*,,own,customer_id,W1", "one or two letters"),
        ("*,*,,own,phone,W", "phone"),
        ("*,*,,ours,,", "ours"),
        ("*,*,,cash,,", "it is empty"),
    ],
)
def test_wrong_row_is_named(tmp_path: Path, row: str, words: str) -> None:
    header = "store_id,customer_group_id,account,mode,key,prefix"
    (tmp_path / "customers.csv").write_text(f"{header}\n{row}\n", encoding="utf-8")
    with pytest.raises(MappingFileError, match=words):
        list(read_customers(tmp_path))

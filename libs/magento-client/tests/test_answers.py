"""Answers: exact numbers, and every refusal as the exception that says what to do."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from decimal import Decimal

import pytest
from magento_client import (
    InputLimitError,
    MagentoError,
    NotAuthorisedError,
    NotFoundError,
    NotJsonError,
    RefusedError,
    RetryLaterError,
    WrongSettingsError,
)
from magento_client.answers import Answer, filled, read_answer, read_search

JSON = {"Content-Type": "application/json; charset=utf-8"}
HTML = {"Content-Type": "text/html; charset=UTF-8"}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("11.2989", Decimal("11.2989")),
        ("1.7763568394003e-15", Decimal("1.7763568394003E-15")),
        ("0.0040000000000004", Decimal("0.0040000000000004")),
        ("0.1", Decimal("0.1")),
        ("29", 29),
    ],
)
def test_numbers_are_exact(written: str, value: Decimal | int) -> None:
    body = read_answer("GET /x", 200, JSON, f'{{"total":{written}}}'.encode()).body
    assert body == {"total": value}
    assert type(body["total"]) is type(value)


def test_the_shops_clock_comes_with_the_answer() -> None:
    headers = {**JSON, "Date": "Mon, 23 Nov 2026 07:23:40 GMT"}
    answer = read_answer("GET /x", 200, headers, b"[]")
    assert answer == Answer([], 200, datetime(2026, 11, 23, 7, 23, 40, tzinfo=timezone.utc))


@pytest.mark.parametrize(
    ("message", "parameters", "sentence"),
    [
        ("Source %value.", {"value": "nope"}, "Source nope."),
        ('The Product with the "%1" SKU', ["A%1"], 'The Product with the "A%1" SKU'),
        ("Only %1 of %2", ["one"], "Only one of %2"),
        ("20% off %x", None, "20% off %x"),
    ],
)
def test_placeholders_are_filled(message: str, parameters: object, sentence: str) -> None:
    assert filled(message, parameters) == sentence


def _body(message: str, parameters: object = None, **more: object) -> bytes:
    return json.dumps({"message": message, "parameters": parameters, **more}).encode()


@pytest.mark.parametrize(
    ("status", "headers", "content", "kind", "words"),
    [
        (
            401,
            JSON,
            _body(
                "The consumer isn't authorized to access %resources.",
                {"resources": "Magento_Sales::actions_view"},
            ),
            NotAuthorisedError,
            "lack the right Magento_Sales::actions_view",
        ),
        (
            401,
            JSON,
            _body("The signature is invalid. Verify and try again."),
            NotAuthorisedError,
            "signature is invalid",
        ),
        (
            400,
            JSON,
            _body("Maximum SearchCriteria pageSize is %max", {"max": 30}),
            InputLimitError,
            "send at most 30",
        ),
        (
            400,
            JSON,
            _body("Maximum SearchCriteria pageSize is %max", {"max": "30"}),
            InputLimitError,
            "send at most 30",
        ),
        (
            400,
            JSON,
            _body("Specified request cannot be processed."),
            RefusedError,
            "base_url is the shop's address without /rest and without a store code",
        ),
        (
            404,
            JSON,
            _body('The Product with the "%1" SKU doesn\'t exist.', ["NOPE"]),
            NotFoundError,
            '"NOPE" SKU',
        ),
        (
            400,
            JSON,
            _body(
                "Not all of %1",
                ["it"],
                errors=[{"message": "qty of %sku", "parameters": {"sku": "TEE"}}],
            ),
            RefusedError,
            "Not all of it qty of TEE",
        ),
        (500, JSON, _body("Internal Error.\nReport ID: x"), RetryLaterError, "Internal Error. Rep"),
        (500, HTML, b"An error has happened", RetryLaterError, "not JSON"),
        (503, HTML, b"<html>maintenance</html>", RetryLaterError, "maintenance mode"),
        (429, HTML, b"", RetryLaterError, "too many requests"),
        (
            200,
            HTML,
            b"<!doctype html><html><head><title>Sign\n in</title>",
            NotJsonError,
            'HTML page "Sign in"',
        ),
        (200, JSON, b"<html>", NotJsonError, "an HTML page"),
        (403, HTML, b"<h1>Blocked</h1>", NotJsonError, "firewall"),
        (404, HTML, b"<html>", NotJsonError, "check base_url"),
        (200, {}, b"", NotJsonError, "empty body"),
        (200, {"Content-Type": "text/plain"}, b"pong", NotJsonError, "type text/plain"),
        (200, JSON, b'{"items": [', RetryLaterError, "11 bytes of broken JSON"),
        (
            301,
            {"Location": "https://www.shop.example/rest/V1/orders?token=SECRET"},
            b"",
            WrongSettingsError,
            "redirect to https://www.shop.example/rest/V1/orders;",
        ),
    ],
)
def test_every_refusal_says_what_to_do_in_one_sentence(
    status: int, headers: dict[str, str], content: bytes, kind: type[MagentoError], words: str
) -> None:
    with pytest.raises(MagentoError) as caught:
        read_answer("GET /rest/V1/orders", status, headers, content)
    assert type(caught.value) is kind
    message = str(caught.value)
    assert words in message
    assert message.startswith("GET /rest/V1/orders ")
    assert message.endswith(".")
    assert "\n" not in message
    assert "SECRET" not in message


def test_the_acl_resource_and_the_limit_can_be_read_from_the_exception() -> None:
    with pytest.raises(NotAuthorisedError) as right:
        read_answer("GET /x", 401, JSON, _body("no %resources", {"resources": "Magento_Cart::x"}))
    assert right.value.resource == "Magento_Cart::x"
    with pytest.raises(InputLimitError) as limit:
        read_answer("GET /x", 400, JSON, _body("Höchstens %max", {"max": 20}))
    assert limit.value.limit == 20


@pytest.mark.parametrize(
    "body", [[], {"items": [[], []], "total_count": 2}, {"items": []}, "x", {"total_count": 1.5}]
)
def test_json_that_is_no_page_of_rows_is_not_taken_for_one(body: object) -> None:
    with pytest.raises(NotJsonError, match="not a page of rows"):
        read_search("GET /rest/V1/orders", Answer(body, 200, None))


def test_no_rows_may_come_as_null() -> None:
    assert read_search("GET /x", Answer({"items": None, "total_count": 0}, 200, None)).items == []

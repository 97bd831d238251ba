"""Rows whose values stay text: exact, on one line, and refused where they are no rows."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec
import pytest
from magento_client import NotFoundError, NotJsonError, RetryLaterError
from magento_client.rows import read_list, read_page, row_of, rows_of, value

if TYPE_CHECKING:
    from collections.abc import Callable

    from magento_client import RowsAnswer

JSON = {"Content-Type": "application/json", "Date": "Mon, 23 Nov 2026 07:23:37 GMT"}


@pytest.mark.parametrize(
    "number", ["0.30000000000000004", "1.7763568394003e-15", "29", "11.2900", "-5", "1E+2"]
)
def test_a_number_stays_as_it_was_written(number: str) -> None:
    page = read_page("GET", 200, JSON, b'{"items":[{"a":%b}],"total_count":1}' % number.encode())
    assert bytes(page.rows[0]["a"]) == number.encode()
    assert value(page.rows[0]["a"]) == Decimal(number)
    assert not isinstance(value(page.rows[0]["a"]), float)


def test_layout_is_taken_out_so_that_a_row_fits_one_line() -> None:
    content = '{\r\n "items": [\n  {"a": [1.10,\n 2],\n "b": "x\\ny ü"}\n ],\n "total_count": 1\n}'
    (row,) = read_page("GET", 200, JSON, content.encode()).rows
    assert {name: bytes(raw) for name, raw in row.items()} == {
        "a": b"[1.10,2]",
        "b": '"x\\ny ü"'.encode(),
    }


def test_the_shops_clock_and_count_come_along() -> None:
    page = read_page("GET", 200, JSON, b'{"items":null,"search_criteria":{},"total_count":7}')
    assert (page.rows, page.total_count) == ([], 7)
    assert page.shop_time is not None
    assert page.shop_time.isoformat() == "2026-11-23T07:23:37+00:00"


@pytest.mark.parametrize(
    ("read", "content"),
    [
        (read_page, b"[]"),
        (read_page, b'{"items":[]}'),
        (read_page, b'{"items":[[],[]],"total_count":2}'),
        (read_page, b'{"items":[{"a":1}],"total_count":"1"}'),
        (read_page, b'{"message":"hello"}'),
        (read_list, b'{"items":[]}'),
        (read_list, b"[1]"),
    ],
)
def test_json_that_holds_no_rows_is_refused(
    read: Callable[..., RowsAnswer], content: bytes
) -> None:
    with pytest.raises(
        NotJsonError, match=r"^GET /x was answered 200 with JSON that is not a page"
    ):
        read("GET /x", 200, JSON, content)


@pytest.mark.parametrize(
    "content",
    [
        b'{"items":[{"a":1',
        b'{"items":[{"a":01}],"total_count":1}',
        b'{"items":[{"a":"\xff"}],"total_count":1}',
        b'{"items":\n[{"a":NaN}],"total_count":1}',
    ],
)
def test_broken_json_is_asked_for_again(content: bytes) -> None:
    with pytest.raises(RetryLaterError, match="broken JSON"):
        read_page("GET /x", 200, JSON, content)


def test_a_refusal_is_sorted_as_for_any_other_answer() -> None:
    with pytest.raises(NotFoundError, match="Request does not match any route"):
        read_page("GET /x", 404, JSON, b'{"message":"Request does not match any route."}')


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        (b"null", []),
        (b"[]", []),
        (b'[{"a":1}]', [b"1"]),
        (b'{"0":{"a":1},"2":{"a":2}}', [b"1", b"2"]),
    ],
)
def test_nested_rows_come_as_php_may_write_them(text: bytes, rows: list[bytes]) -> None:
    assert [bytes(row["a"]) for row in rows_of(msgspec.Raw(text))] == rows


@pytest.mark.parametrize("text", [b"null", b"[]", b"{}"])
def test_an_object_without_attributes_comes_as_php_may_write_it(text: bytes) -> None:
    assert row_of(msgspec.Raw(text)) == {}


@pytest.mark.parametrize("text", [b"7", b'"x"', b"[1]"])
def test_nested_values_that_are_no_rows_are_refused(text: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        rows_of(msgspec.Raw(text))
    with pytest.raises(msgspec.ValidationError):
        row_of(msgspec.Raw(text))

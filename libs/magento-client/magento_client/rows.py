"""Lists whose values stay the text that Magento sent: exact to the last digit, and fast. No I/O.

A page of 100 orders holds some 30,000 numbers. Most of them are only passed on, so nothing is
gained by turning each into a Decimal and back; ``value`` does it for those that are looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from magento_client.answers import check_status, not_rows, parsed
from magento_client.retry import http_date

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

T = TypeVar("T")

RawRow = dict[str, msgspec.Raw]
"""A row: its attributes, each as the JSON text that Magento sent, on one line."""


class _Page(msgspec.Struct):
    total_count: int
    items: list[RawRow] | None = None


_PAGE = msgspec.json.Decoder(_Page)
_ROWS = msgspec.json.Decoder(list[RawRow])
_ROW = msgspec.json.Decoder(RawRow)
# PHP writes a list with a gap in its numbers as an object.
_NESTED = msgspec.json.Decoder(list[RawRow] | dict[str, RawRow] | None)
_NOTHING = (msgspec.Raw(b"null"), msgspec.Raw(b"[]"))
_VALUE: msgspec.json.Decoder[Any] = msgspec.json.Decoder(float_hook=Decimal)


@dataclass(frozen=True)
class RowsAnswer:
    """One page of a list endpoint.

    Attributes:
        rows: The page's rows.
        total_count: Rows that match the filters, over all pages.
        shop_time: The shop's clock when it answered (``Date`` header, whole seconds, UTC), or
            None where a proxy dropped it.
    """

    rows: list[RawRow]
    total_count: int
    shop_time: datetime | None


def read_page(
    request_name: str, status: int, headers: Mapping[str, str], content: bytes
) -> RowsAnswer:
    """Read one page of a list endpoint; see ``answers.read_answer`` for what is raised.

    Raises:
        NotJsonError: The answer is JSON, but not a page of rows.
    """
    page = _decoded(request_name, status, headers, content, _page)
    return RowsAnswer(page.items or [], page.total_count, http_date(headers.get("Date")))


def read_list(
    request_name: str, status: int, headers: Mapping[str, str], content: bytes
) -> RowsAnswer:
    """Read an endpoint that answers all its rows as one list.

    Raises:
        NotJsonError: The answer is JSON, but not a list of rows.
    """
    rows = _decoded(request_name, status, headers, content, _list)
    return RowsAnswer(rows, len(rows), http_date(headers.get("Date")))


def value(raw: msgspec.Raw) -> Any:
    """Parse one value; numbers with a fraction or exponent are Decimal, never float."""
    return _VALUE.decode(raw)


def row_of(raw: msgspec.Raw) -> RawRow:
    """Return the row that a value holds; an empty one where it is null.

    PHP writes an object without attributes as an empty list.

    Raises:
        msgspec.ValidationError: The value is no object.
    """
    return {} if raw in _NOTHING else _ROW.decode(raw)


def rows_of(raw: msgspec.Raw) -> list[RawRow]:
    """Return the rows that a value holds; none where it is null.

    Raises:
        msgspec.ValidationError: The value is no list of objects.
    """
    nested = _NESTED.decode(raw)
    if nested is None:
        return []
    return nested if isinstance(nested, list) else list(nested.values())


def _decoded(
    request_name: str,
    status: int,
    headers: Mapping[str, str],
    content: bytes,
    decode: Callable[[bytes], T],
) -> T:
    check_status(request_name, status, headers, content)
    try:
        return parsed(request_name, status, headers, content, decode)
    except msgspec.ValidationError:
        raise not_rows(request_name, status) from None


def _page(content: bytes) -> _Page:
    return _PAGE.decode(one_line(content))


def _list(content: bytes) -> list[RawRow]:
    return _ROWS.decode(one_line(content))


def one_line(content: bytes) -> bytes:
    """Take out the line feeds that a shop or proxy may have put between the values.

    Inside of a JSON text a line feed is always escaped, so that one found is mere layout.

    Raises:
        UnicodeDecodeError: The text is not UTF-8.
    """
    if not content.isascii():
        content.decode("utf-8")
    if b"\n" not in content and b"\r" not in content:
        return content
    try:
        return msgspec.json.format(content, indent=-1)
    except msgspec.DecodeError:
        return content  # parsing it will say what is wrong

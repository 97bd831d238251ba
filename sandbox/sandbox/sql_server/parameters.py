"""The parameters of a call: their types and values as the drivers send them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sandbox.sql_server.reading import ProtocolError, Reader
from sandbox.sql_server.sql_types import CODE_PAGE

if TYPE_CHECKING:
    from collections.abc import Callable

_BY_REFERENCE = 1
_NO_LIMIT = 0xFFFF
_NULL_LENGTH = 0xFFFF
_NULL_PLP = 2**64 - 1
_NULL_LONG = 0xFFFFFFFF


@dataclass(frozen=True)
class Parameter:
    """One parameter of a call.

    Attributes:
        name: With its ``@``; empty where it is given by place.
        output: Whether the server gives it a value.
        kind: Name of its type, as the driver sent it.
        value: What the driver sent.
    """

    name: str
    output: bool
    kind: str
    value: Any


def read_parameter(reader: Reader) -> Parameter:
    """Read one parameter.

    Raises:
        ProtocolError: If its type is one this stand-in doesn't know.
    """
    name = reader.short_text()
    status = reader.unsigned(1)
    token = reader.unsigned(1)
    if token not in _KINDS:
        raise ProtocolError(f"parameter {name or 'without name'} has the unknown type {token:#x}")
    kind, read = _KINDS[token]
    return Parameter(name, bool(status & _BY_REFERENCE), kind, read(reader))


def _length(reader: Reader) -> int | None:
    return reader.unsigned(1) or None


def _integer(reader: Reader) -> int | None:
    reader.take(1)
    length = _length(reader)
    if length is None:
        return None
    return reader.unsigned(1) if length == 1 else reader.signed(length)


def _bit(reader: Reader) -> bool | None:
    reader.take(1)
    length = _length(reader)
    return None if length is None else bool(reader.unsigned(length))


def _float(reader: Reader) -> float | None:
    reader.take(1)
    length = _length(reader)
    if length is None:
        return None
    return reader.double() if length == 8 else reader.single()  # noqa: PLR2004


def _decimal(reader: Reader) -> Decimal | None:
    reader.take(2)
    scale = reader.unsigned(1)
    length = _length(reader)
    if length is None:
        return None
    positive = reader.unsigned(1)
    value = Decimal(reader.unsigned(length - 1)).scaleb(-scale)
    return value if positive else -value


def _text(encoding: str) -> Callable[[Reader], str | None]:
    def read(reader: Reader) -> str | None:
        most = reader.unsigned(2)
        reader.take(5)
        body = _body(reader, most)
        return None if body is None else body.decode(encoding)

    return read


def _bytes(reader: Reader) -> bytes | None:
    return _body(reader, reader.unsigned(2))


def _body(reader: Reader, most: int) -> bytes | None:
    if most == _NO_LIMIT:
        return _in_parts(reader)
    length = reader.unsigned(2)
    return None if length == _NULL_LENGTH else reader.take(length)


def _in_parts(reader: Reader) -> bytes | None:
    if reader.unsigned(8) == _NULL_PLP:
        return None
    body = bytearray()
    while length := reader.unsigned(4):
        body += reader.take(length)
    return bytes(body)


def _long_text(encoding: str) -> Callable[[Reader], str | None]:
    def read(reader: Reader) -> str | None:
        reader.take(4 + 5)
        length = reader.unsigned(4)
        return None if length == _NULL_LONG else reader.take(length).decode(encoding)

    return read


def _datetime(reader: Reader) -> datetime | None:
    reader.take(1)
    if _length(reader) is None:
        return None
    days, ticks = reader.signed(4), reader.unsigned(4)
    start = datetime(1900, 1, 1)  # noqa: DTZ001 (SQL Server's datetime has no zone)
    return start + timedelta(days=days, milliseconds=round(ticks * 10 / 3))


def _day(reader: Reader) -> date | None:
    length = _length(reader)
    return None if length is None else date(1, 1, 1) + timedelta(days=reader.unsigned(length))


def _datetime2(reader: Reader) -> datetime | None:
    scale = reader.unsigned(1)
    length = _length(reader)
    if length is None:
        return None
    microseconds = reader.unsigned(length - 3) * 10 ** (6 - scale)
    on = date(1, 1, 1) + timedelta(days=reader.unsigned(3))
    return datetime.combine(on, time()) + timedelta(microseconds=microseconds)


_KINDS: dict[int, tuple[str, Callable[[Reader], Any]]] = {
    0x26: ("int", _integer),
    0x68: ("bit", _bit),
    0x6A: ("decimal", _decimal),
    0x6C: ("numeric", _decimal),
    0x6D: ("float", _float),
    0x6F: ("datetime", _datetime),
    0x28: ("date", _day),
    0x2A: ("datetime2", _datetime2),
    0xE7: ("nvarchar", _text("utf-16-le")),
    0xEF: ("nchar", _text("utf-16-le")),
    0xA7: ("varchar", _text(CODE_PAGE)),
    0xAF: ("char", _text(CODE_PAGE)),
    0x63: ("ntext", _long_text("utf-16-le")),
    0x23: ("text", _long_text(CODE_PAGE)),
    0xA5: ("varbinary", _bytes),
    0xAD: ("binary", _bytes),
}

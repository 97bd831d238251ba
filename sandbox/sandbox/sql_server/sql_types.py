"""SQL Server's types: how each is described, and how its values are written. Pure."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

COLLATION = bytes.fromhex("0904d00034")
"""SQL_Latin1_General_CP1_CI_AS."""
CODE_PAGE = "cp1252"
LONGEST_TEXT = 4000
LONGEST_BYTES = 8000
_NULL_PLP = b"\xff" * 8
_NULL_SHORT = b"\xff\xff"
_FIRST_DAY = date(1, 1, 1)
_DAY_OF_DATETIME = datetime(1900, 1, 1)  # noqa: DTZ001 (SQL Server's datetime has no zone)
_ROWVERSION = 80
_PER_SECOND_OF_DATETIME = 300


@dataclass(frozen=True)
class SqlType:
    """A type as a result or an output parameter is described by.

    Attributes:
        name: As T-SQL writes it.
        info: The description sent.
        encode: Writes a value, length included.
        user_type: Tells row versions from other bytes; 0 for all the rest.
    """

    name: str
    info: bytes
    encode: Callable[[Any], bytes]
    user_type: int = 0


def _short(body: bytes) -> bytes:
    return bytes([len(body)]) + body


def integer(name: str) -> SqlType:
    """Return bigint, int, smallint or tinyint."""
    size = {"bigint": 8, "int": 4, "smallint": 2, "tinyint": 1}[name]
    signed = size > 1

    def encode(value: int | None) -> bytes:
        return b"\0" if value is None else _short(value.to_bytes(size, "little", signed=signed))

    return SqlType(name, bytes([0x26, size]), encode)


def bit() -> SqlType:
    """Return bit."""

    def encode(value: object) -> bytes:
        if value is None:
            return b"\0"
        if value not in {0, 1}:
            raise ValueError(f"{value!r} is no bit")
        return _short(bytes([bool(value)]))

    return SqlType("bit", bytes([0x68, 1]), encode)


def decimal(precision: int, scale: int) -> SqlType:
    """Return decimal of so many digits, of which so many are behind the point."""
    size = next(size for most, size in ((9, 5), (19, 9), (28, 13), (38, 17)) if precision <= most)

    def encode(value: Decimal | int | None) -> bytes:
        if value is None:
            return b"\0"
        scaled = Decimal(value).scaleb(scale)
        whole = int(scaled)
        if whole != scaled or abs(whole) >= 10**precision:
            raise ValueError(f"{value} is no decimal({precision},{scale})")
        return _short(bytes([whole >= 0]) + abs(whole).to_bytes(size - 1, "little"))

    return SqlType(f"decimal({precision},{scale})", bytes([0x6A, size, precision, scale]), encode)


def real() -> SqlType:
    """Return float of 8 bytes."""

    def encode(value: float | Decimal | None) -> bytes:
        return b"\0" if value is None else _short(struct.pack("<d", value))

    return SqlType("float", bytes([0x6D, 8]), encode)


def nvarchar(length: int | None) -> SqlType:
    """Return nvarchar of so many characters; None for max."""
    return _variable("nvarchar", 0xE7, length, 2, "utf-16-le")


def varchar(length: int | None) -> SqlType:
    """Return varchar of so many characters of code page 1252; None for max."""
    return _variable("varchar", 0xA7, length, 1, CODE_PAGE)


def _variable(name: str, token: int, length: int | None, size: int, encoding: str) -> SqlType:
    most = 0xFFFF if length is None else length * size
    info = bytes([token]) + most.to_bytes(2, "little") + COLLATION

    def encode(value: str | None) -> bytes:
        if value is None:
            return _NULL_PLP if length is None else _NULL_SHORT
        body = value.encode(encoding)
        if length is None:
            return _in_parts(body)
        if len(body) > most:
            raise ValueError(f"{value!r} is no {name}({length})")
        return len(body).to_bytes(2, "little") + body

    return SqlType(f"{name}({length or 'max'})", info, encode)


def _in_parts(body: bytes) -> bytes:
    """Write a value of a type without limit: its length, its one part, and its end."""
    part = len(body).to_bytes(4, "little") + body if body else b""
    return len(body).to_bytes(8, "little") + part + bytes(4)


def varbinary(length: int) -> SqlType:
    """Return varbinary of so many bytes."""
    return _bytes("varbinary", 0xA5, length)


def rowversion() -> SqlType:
    """Return rowversion: 8 bytes with a mark of their own."""
    return _bytes("binary", 0xAD, 8, _ROWVERSION)


def binary(length: int) -> SqlType:
    """Return binary of so many bytes."""
    return _bytes("binary", 0xAD, length)


def _bytes(name: str, token: int, length: int, user_type: int = 0) -> SqlType:
    def encode(value: bytes | None) -> bytes:
        if value is None:
            return _NULL_SHORT
        if len(value) > length or (name == "binary" and len(value) != length):
            raise ValueError(f"{value.hex()} is no {name}({length})")
        return len(value).to_bytes(2, "little") + value

    info = bytes([token]) + length.to_bytes(2, "little")
    return SqlType(f"{name}({length})", info, encode, user_type)


def date_and_time() -> SqlType:
    """Return datetime, which counts in 300ths of a second."""

    def encode(value: datetime | None) -> bytes:
        if value is None:
            return b"\0"
        since = value - _DAY_OF_DATETIME
        ticks = round((since.seconds * 1_000_000 + since.microseconds) * 3 / 10_000)
        days, ticks = (since.days + ticks // _TICKS_A_DAY, ticks % _TICKS_A_DAY)
        return _short(days.to_bytes(4, "little", signed=True) + ticks.to_bytes(4, "little"))

    return SqlType("datetime", bytes([0x6F, 8]), encode)


_TICKS_A_DAY = 86_400 * _PER_SECOND_OF_DATETIME


def date_and_time_2(scale: int) -> SqlType:
    """Return datetime2 with so many digits behind the second."""
    size = 3 if scale < 3 else 4 if scale < 5 else 5  # noqa: PLR2004 (the protocol's own steps)

    def encode(value: datetime | None) -> bytes:
        if value is None:
            return b"\0"
        microseconds = (
            (value.hour * 60 + value.minute) * 60 + value.second
        ) * 1_000_000 + value.microsecond
        ticks = microseconds * 10**scale // 1_000_000
        return _short(ticks.to_bytes(size, "little") + _days(value.date()))

    return SqlType(f"datetime2({scale})", bytes([0x2A, scale]), encode)


def day() -> SqlType:
    """Return date."""

    def encode(value: date | None) -> bytes:
        return b"\0" if value is None else _short(_days(value))

    return SqlType("date", b"\x28", encode)


def _days(value: date) -> bytes:
    return (value - _FIRST_DAY).days.to_bytes(3, "little")

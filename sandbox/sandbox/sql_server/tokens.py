"""The parts an answer is put together of. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import TYPE_CHECKING

from sandbox.sql_server.login import SERVER_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from sandbox.sql_server.refusal import Refusal
    from sandbox.sql_server.sql_types import SqlType

SERVER_NAME = "STAND-IN"
_TDS_74 = 0x74000004
_NULLABLE = 1


class Done(IntEnum):
    """The three tokens that end a statement."""

    STATEMENT = 0xFD
    CALL = 0xFE
    IN_CALL = 0xFF


class Status(IntFlag):
    """What an ending says."""

    FINAL = 0
    MORE = 1
    ERROR = 2
    IN_TRANSACTION = 4
    COUNTED = 16
    ATTENTION = 32


class Change(IntEnum):
    """What of the session changed."""

    DATABASE = 1
    LANGUAGE = 2
    PACKET_SIZE = 4
    COLLATION = 7
    BEGUN = 8
    COMMITTED = 9
    ROLLED_BACK = 10
    RESET = 18
    ROUTED = 20


@dataclass(frozen=True)
class ResultColumn:
    """Name and type of a result's column."""

    name: str
    type: SqlType


def _short(text: str) -> bytes:
    return bytes([len(text)]) + text.encode("utf-16-le")


def _sized(token: int, body: bytes) -> bytes:
    return bytes([token]) + len(body).to_bytes(2, "little") + body


def done(kind: Done, status: Status, rows: int = 0) -> bytes:
    """End a statement or a call."""
    return bytes([kind]) + status.to_bytes(2, "little") + bytes(2) + rows.to_bytes(8, "little")


def changed(what: Change, new: str, old: str = "") -> bytes:
    """Say that a setting of the session changed."""
    return _sized(0xE3, bytes([what]) + _short(new) + _short(old))


def changed_bytes(what: Change, new: bytes = b"", old: bytes = b"") -> bytes:
    """Say that a collation or a transaction of the session changed."""
    return _sized(0xE3, bytes([what, len(new)]) + new + bytes([len(old)]) + old)


def routed(host: str, port: int) -> bytes:
    """Send the client on to another server."""
    name = host.encode("utf-16-le")
    place = b"\0" + port.to_bytes(2, "little") + len(host).to_bytes(2, "little") + name
    new = len(place).to_bytes(2, "little") + place
    return _sized(0xE3, bytes([Change.ROUTED]) + new + bytes(2))


def login_accepted() -> bytes:
    """Accept a login, with TDS 7.4."""
    major, minor, build = SERVER_VERSION
    version = bytes([major, minor]) + build.to_bytes(2, "big")
    name = _short("Microsoft SQL Server")
    return _sized(0xAD, b"\1" + _TDS_74.to_bytes(4, "big") + name + version)


def features_accepted(features: Iterable[tuple[int, bytes]]) -> bytes:
    """Accept features of the client; those left out are refused."""
    accepted = b"".join(
        bytes([number]) + len(data).to_bytes(4, "little") + data for number, data in features
    )
    return b"\xae" + accepted + b"\xff"


def _message(token: int, number: int, state: int, severity: int, words: str) -> bytes:
    text = words.encode("utf-16-le")
    body = number.to_bytes(4, "little", signed=True) + bytes([state, severity])
    body += (len(text) // 2).to_bytes(2, "little") + text
    return _sized(token, body + _short(SERVER_NAME) + _short("") + (1).to_bytes(4, "little"))


def error(refusal: Refusal) -> bytes:
    """Say why a statement failed."""
    return _message(0xAA, refusal.number, 1, refusal.severity, refusal.words)


def information(number: int, words: str) -> bytes:
    """Say something that is no error."""
    return _message(0xAB, number, 1, 10, words)


def result(columns: Sequence[ResultColumn], rows: Iterable[Sequence[Any]]) -> bytes:
    """Give columns and rows."""
    answer = bytearray(b"\x81" + len(columns).to_bytes(2, "little"))
    for column in columns:
        answer += column.type.user_type.to_bytes(4, "little") + _NULLABLE.to_bytes(2, "little")
        answer += column.type.info + _short(column.name)
    encoders = [column.type.encode for column in columns]
    for row in rows:
        answer += b"\xd1"
        for encode, value in zip(encoders, row):
            answer += encode(value)
    return bytes(answer)


def return_status(value: int = 0) -> bytes:
    """Give what a procedure returns."""
    return b"\x79" + value.to_bytes(4, "little", signed=True)


def return_value(ordinal: int, name: str, kind: SqlType, value: object) -> bytes:
    """Give an output parameter of a procedure."""
    answer = b"\xac" + ordinal.to_bytes(2, "little") + _short(name) + b"\1"
    return answer + bytes(4) + _NULLABLE.to_bytes(2, "little") + kind.info + kind.encode(value)

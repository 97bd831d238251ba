"""What a client says of itself: PRELOGIN and LOGIN7. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from sandbox.sql_server.reading import ProtocolError, Reader

SERVER_VERSION = (16, 0, 4135)
"""SQL Server 2022."""
_VERSION, _ENCRYPTION, _MARS, _END = 0, 1, 4, 0xFF
_PASSWORD_MASK = 0xA5
_READ_ONLY_INTENT = 0x20
_ODBC = 0x02
_INTEGRATED = 0x80
_EXTENSION = 0x10


class Encryption(IntEnum):
    """How much is encrypted, as PRELOGIN says it."""

    LOGIN_ONLY = 0
    ALL = 1
    NOT_SUPPORTED = 2
    REQUIRED = 3


def client_encryption(body: bytes) -> Encryption:
    """Return what a client's PRELOGIN asks for.

    Raises:
        ProtocolError: If it is no PRELOGIN.
    """
    reader = Reader(body)
    while (token := reader.unsigned(1)) != _END:
        offset, length = (int.from_bytes(reader.take(2), "big") for _ in range(2))
        if token == _ENCRYPTION:
            return Encryption(Reader(body, offset).unsigned(length))
    raise ProtocolError("PRELOGIN says nothing of encryption")


def agreed_encryption(asked: Encryption, *, can_encrypt: bool) -> Encryption:
    """Return the server's answer to what a client asks for."""
    if not can_encrypt or asked is Encryption.NOT_SUPPORTED:
        return Encryption.NOT_SUPPORTED
    return Encryption.LOGIN_ONLY if asked is Encryption.LOGIN_ONLY else Encryption.ALL


def prelogin_answer(encryption: Encryption) -> bytes:
    """Return the body of the server's PRELOGIN."""
    major, minor, build = SERVER_VERSION
    values = {
        _VERSION: bytes([major, minor]) + build.to_bytes(2, "big") + bytes(2),
        _ENCRYPTION: bytes([encryption]),
        _MARS: b"\0",
    }
    offset = 5 * len(values) + 1
    table, data = b"", b""
    for token, value in values.items():
        table += bytes([token]) + (offset + len(data)).to_bytes(2, "big")
        table += len(value).to_bytes(2, "big")
        data += value
    return table + bytes([_END]) + data


@dataclass(frozen=True)
class Login:
    """A client's LOGIN7.

    Attributes:
        user: SQL Server login; empty where it wants to be known by Kerberos.
        password: As typed.
        application: ``APP`` of the connection string.
        server: The server it meant.
        database: The database it wants; empty for the login's own.
        odbc: Whether it is an ODBC driver, which gets ODBC's settings, quoted names among them.
        read_only: Whether an availability group may answer from a readable secondary.
        packet_size: Bytes a packet may have.
        version: TDS version, 0x74000004 for 7.4.
        features: Data of each feature it knows, by number.
    """

    user: str
    password: str = field(repr=False)
    application: str
    server: str
    database: str
    odbc: bool
    read_only: bool
    packet_size: int
    version: int
    features: dict[int, bytes]

    @classmethod
    def parsed(cls, body: bytes) -> Login:
        """Read LOGIN7.

        Raises:
            ProtocolError: If it asks for what this stand-in can't do.
        """
        reader = Reader(body)
        if reader.unsigned(4) != len(body):
            raise ProtocolError("LOGIN7 is not as long as it says")
        version, packet_size = reader.unsigned(4), reader.unsigned(4)
        reader.take(12)
        _, second, types, third = reader.take(4)
        if second & _INTEGRATED:
            raise ProtocolError("a login by Kerberos, which this stand-in doesn't know")
        features = {}
        if third & _EXTENSION:
            at = _offsets(body, 56)[0]
            features = _features(Reader(body, Reader(body, at).unsigned(4)))
        return cls(
            user=_text(body, 40),
            password=_plain(body),
            application=_text(body, 48),
            server=_text(body, 52),
            database=_text(body, 68),
            odbc=bool(second & _ODBC),
            read_only=bool(types & _READ_ONLY_INTENT),
            packet_size=packet_size,
            version=version,
            features=features,
        )


def _offsets(body: bytes, at: int) -> tuple[int, int]:
    reader = Reader(body, at)
    return reader.unsigned(2), reader.unsigned(2)


def _text(body: bytes, at: int) -> str:
    offset, length = _offsets(body, at)
    return Reader(body, offset).text(length)


def _plain(body: bytes) -> str:
    """Return the password: each byte is masked, and its halves are exchanged."""
    offset, length = _offsets(body, 44)
    masked = Reader(body, offset).take(2 * length)
    swapped = (byte ^ _PASSWORD_MASK for byte in masked)
    return bytes((byte >> 4 | byte << 4) & 0xFF for byte in swapped).decode("utf-16-le")


def _features(reader: Reader) -> dict[int, bytes]:
    features = {}
    while (number := reader.unsigned(1)) != _END:
        features[number] = reader.take(reader.unsigned(4))
    return features

"""Messages over a socket: TDS packets, and TLS that is begun inside of them."""

from __future__ import annotations

import select
import socket
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum

from typing_extensions import Self

from sandbox.sql_server.reading import ProtocolError


class Kind(IntEnum):
    """What a message is: the first byte of its packets."""

    BATCH = 1
    CALL = 3
    ANSWER = 4
    ATTENTION = 6
    TRANSACTION = 14
    LOGIN = 16
    PRELOGIN = 18


_LAST = 1
_RESET_CONNECTION = 8 | 16
_HEADER = 8
_TLS_HEADER = 5
_LARGEST = 32767


@dataclass(frozen=True)
class Message:
    """One whole message.

    Attributes:
        kind: What it is.
        resets: Whether the session is to be made as new before.
        body: All packets together, without headers.
    """

    kind: Kind
    resets: bool
    body: bytes


class Channel:
    """The server's end of one connection.

    TLS begins with its records inside of packets; once both sides agree it is the other way about,
    and where only the login is encrypted it ends after that.
    """

    def __init__(self, connected: socket.socket) -> None:
        """Speak over a connected socket."""
        self._socket = connected
        self._tls: ssl.SSLObject | None = None
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._closing = threading.Lock()
        self.packet_size = 4096

    def __enter__(self) -> Self:
        """Keep it open for the length of the ``with`` block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        with self._closing:
            self._socket.close()

    def cut(self) -> None:
        """End it from another thread, where it is still open."""
        # Where the client was quicker there is nothing left to end.
        with self._closing, suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def fileno(self) -> int:
        """Return the socket's number, to be waited for."""
        return self._socket.fileno()

    def receive(self) -> Message | None:
        """Return the next message; None where the client went away.

        Raises:
            ProtocolError: If it is no message of TDS.
        """
        body = bytearray()
        resets = False
        while True:
            header = self._read(_HEADER)
            if header is None:
                return None
            kind, status = header[0], header[1]
            length = int.from_bytes(header[2:4], "big")
            if kind not in set(Kind) or not _HEADER <= length <= _LARGEST:
                raise ProtocolError(f"no packet of TDS: {header.hex()}")
            part = self._read(length - _HEADER)
            if part is None:
                return None
            body += part
            resets = resets or bool(status & _RESET_CONNECTION)
            if status & _LAST:
                return Message(Kind(kind), resets, bytes(body))

    def send(self, body: bytes, kind: Kind = Kind.ANSWER) -> None:
        """Send a message, in packets of the size agreed on."""
        room = self.packet_size - _HEADER
        packets = bytearray()
        parts = [body[start : start + room] for start in range(0, len(body), room)] or [b""]
        for number, part in enumerate(parts, start=1):
            last = _LAST if number == len(parts) else 0
            header = bytes([kind, last]) + (len(part) + _HEADER).to_bytes(2, "big")
            packets += header + bytes([0, 51, number % 256, 0]) + part
        self._write(bytes(packets))

    def start_tls(self, context: ssl.SSLContext) -> None:
        """Shake hands, records inside of PRELOGIN packets.

        Raises:
            ssl.SSLError: If they can't agree, as where the client doesn't trust the certificate.
            ConnectionResetError: If the client leaves meanwhile.
        """
        tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self._send_handshake()
            message = self.receive()
            if message is None:
                raise ConnectionResetError("the client left in the middle of the handshake")
            self._incoming.write(message.body)
        self._send_handshake()
        self._tls = tls

    def stop_tls(self) -> None:
        """Go on unencrypted, as is done after the login where neither side asked for more."""
        self._tls = None

    def wait(self, *others: int, seconds: float | None = None) -> list[int]:
        """Return which of this socket and these other files have something to read."""
        if self._tls is not None and self._tls.pending():
            return [self.fileno()]
        readable, _, _ = select.select([self.fileno(), *others], [], [], seconds)
        return readable

    def _send_handshake(self) -> None:
        if self._outgoing.pending:
            self.send(self._outgoing.read(), Kind.PRELOGIN)

    def _write(self, data: bytes) -> None:
        if self._tls is not None:
            self._tls.write(data)
            data = self._outgoing.read()
        self._socket.sendall(data)

    def _read(self, length: int) -> bytes | None:
        if self._tls is None:
            return self._read_plain(length)
        found = bytearray()
        while len(found) < length:
            part = self._read_tls(self._tls, length - len(found))
            if part is None:
                return None
            found += part
        return bytes(found)

    def _read_tls(self, tls: ssl.SSLObject, most: int) -> bytes | None:
        """Return what the records give so far; empty where one more was only taken in."""
        try:
            return tls.read(most)
        except ssl.SSLWantReadError:
            header = self._read_plain(_TLS_HEADER)
            rest = header and self._read_plain(int.from_bytes(header[3:5], "big"))
            if header is None or rest is None:
                return None
            self._incoming.write(header + rest)
            return b""
        except ssl.SSLZeroReturnError:
            return None

    def _read_plain(self, length: int) -> bytes | None:
        found = bytearray()
        while len(found) < length:
            part = self._socket.recv(length - len(found))
            if not part:
                return None
            found += part
        return bytes(found)

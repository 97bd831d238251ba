"""Reading the parts of a message one after the other. Pure."""

from __future__ import annotations

import struct


class ProtocolError(Exception):
    """The client sent what TDS does not allow, or what this stand-in does not know."""


class Reader:
    """A message's bytes, and how far they were read."""

    def __init__(self, data: bytes, position: int = 0) -> None:
        """Begin at a position.

        Args:
            data: The message.
            position: Where to begin.
        """
        self._data = data
        self.position = position

    @property
    def at_end(self) -> bool:
        """Whether everything was read."""
        return self.position >= len(self._data)

    def take(self, length: int) -> bytes:
        """Return the next bytes.

        Raises:
            ProtocolError: If there are fewer.
        """
        part = self._data[self.position : self.position + length]
        if len(part) != length:
            raise ProtocolError(f"{length} bytes expected at {self.position}, {len(part)} found")
        self.position += length
        return part

    def rest(self) -> bytes:
        """Return all that is left."""
        return self.take(len(self._data) - self.position)

    def unsigned(self, size: int) -> int:
        """Return an integer, lowest byte first."""
        return int.from_bytes(self.take(size), "little")

    def signed(self, size: int) -> int:
        """Return an integer that may be below zero, lowest byte first."""
        return int.from_bytes(self.take(size), "little", signed=True)

    def double(self) -> float:
        """Return a float of 8 bytes."""
        (value,) = struct.unpack("<d", self.take(8))
        return float(value)

    def single(self) -> float:
        """Return a float of 4 bytes."""
        (value,) = struct.unpack("<f", self.take(4))
        return float(value)

    def text(self, length: int) -> str:
        """Return text of so many UTF-16 units."""
        return self.take(2 * length).decode("utf-16-le")

    def short_text(self) -> str:
        """Return text whose length is one byte."""
        return self.text(self.unsigned(1))


def skip_headers(reader: Reader) -> int | None:
    """Read past the headers of a request; return the transaction it says it belongs to.

    Raises:
        ProtocolError: If their lengths don't fit.
    """
    end = reader.position + reader.unsigned(4)
    transaction = None
    while reader.position < end:
        start = reader.position
        length, kind = reader.unsigned(4), reader.unsigned(2)
        if kind == _TRANSACTION_HEADER:
            transaction = reader.unsigned(8)
            if reader.unsigned(4) != 1:
                raise ProtocolError("more than one request at a time, which needs MARS")
        reader.take(start + length - reader.position)
    if reader.position != end:
        raise ProtocolError("the headers are longer than they say")
    return transaction


_TRANSACTION_HEADER = 2

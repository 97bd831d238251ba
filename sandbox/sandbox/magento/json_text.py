r"""JSON as Magento reads and writes it: exact numbers in, ``\u`` escapes and ``\/`` out."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import msgspec
from typing_extensions import Self, override

Document = dict[str, Any]
"""One parsed JSON object; amounts are Decimal or int, never float."""

_NON_ASCII = re.compile(r"[^\x00-\x7f]")
_HIGHEST_SINGLE_UNIT = 0xFFFF


class ScientificDecimal(Decimal):
    """A number that was written with an exponent, kept so that it is written the same way."""

    text: str

    def __new__(cls, text: str) -> Self:
        """Parse ``text`` such as ``1.7763568394003e-15``."""
        number = super().__new__(cls, text)
        number.text = text
        return number

    @override
    def __deepcopy__(self, memo: Any) -> ScientificDecimal:
        return self

    @override
    def __reduce__(self) -> tuple[Any, ...]:
        return (ScientificDecimal, (self.text,))


def _number(text: str) -> Decimal:
    return ScientificDecimal(text) if "e" in text.lower() else Decimal(text)


def _write_other(value: object) -> object:
    if isinstance(value, ScientificDecimal):
        return msgspec.Raw(value.text.encode())
    raise TypeError(f"{type(value).__name__} can't be written as JSON")


_decoder = msgspec.json.Decoder(float_hook=_number)
_encoder = msgspec.json.Encoder(decimal_format="number", enc_hook=_write_other)


def parse_json(data: bytes | str) -> Any:
    """Parse JSON with every fraction as Decimal.

    Raises:
        msgspec.DecodeError: The text is not JSON.
    """
    return _decoder.decode(data)


def magento_json(value: object) -> bytes:
    r"""Write ``value`` as PHP's json_encode does: non-ASCII as ``\u``, ``/`` as ``\/``."""
    text = _encoder.encode(value).replace(b"/", b"\\/")
    if text.isascii():
        return text
    return _NON_ASCII.sub(_escape, text.decode()).encode()


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code <= _HIGHEST_SINGLE_UNIT:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"


def plain(number: Decimal | int) -> Decimal | int:
    """Return ``number`` as Magento shows it: an int when whole, else without trailing zeros."""
    exact = Decimal(number)
    if exact == exact.to_integral_value():
        return int(exact)
    return Decimal(format(exact, "f").rstrip("0"))

"""JSON whose numbers keep every digit: in Python ``Decimal``, in PostgreSQL ``jsonb`` numeric."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from typing import Any

import msgspec

_encoder = msgspec.json.Encoder(decimal_format="number", order="deterministic")
_NUL = r"\u0000"


class FloatInMoneyPathError(TypeError):
    """A binary float was about to be stored, where only exact numbers may be."""


def dumps(value: object) -> str:
    """Write ``value`` as JSON with sorted keys and exact numbers.

    Raises:
        FloatInMoneyPathError: A ``float`` is in it; read JSON with ``parse_float=Decimal``.
    """
    _refuse_floats(value, "$")
    text = _encoder.encode(value).decode()
    if _NUL in text:
        # PostgreSQL's jsonb has no NUL character; the replacement character marks where it stood.
        text = _encoder.encode(_without_nul(value)).decode()
    return text


def loads(text: str | bytes) -> Any:
    """Read JSON; numbers with a fraction or exponent become ``Decimal``."""
    return json.loads(text, parse_float=Decimal)


def digest(value: object) -> str:
    """SHA-256 of the exact JSON: equal content gives equal digests, whatever the key order.

    Numbers that are equal but written differently (``5.940`` and ``5.94``) count as equal.
    """
    return hashlib.sha256(_encoder.encode(_normalised(value))).hexdigest()


def _without_nul(value: object) -> object:
    if isinstance(value, str):
        return value.replace("\0", "\N{REPLACEMENT CHARACTER}")
    if isinstance(value, dict):
        return {_without_nul(key): _without_nul(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nul(item) for item in value]
    return value


def _normalised(value: object) -> object:
    if isinstance(value, dict):
        return {key: _normalised(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_normalised(item) for item in value]
    if isinstance(value, Decimal):
        # A plain "f" form, because normalize() alone writes 30 as 3E+1.
        text = format(value.normalize(), "f")
        return "0" if text == "-0" else text
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value


def _refuse_floats(value: object, path: str) -> None:
    if isinstance(value, float):
        msg = f"{path} is a float ({value!r}): money must stay exact from the first byte."
        raise FloatInMoneyPathError(msg)
    if isinstance(value, dict):
        for key, item in value.items():
            _refuse_floats(item, f"{path}.{key}")
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            _refuse_floats(item, f"{path}[{index}]")

"""JSON whose numbers keep every digit: in Python ``Decimal``, in PostgreSQL ``jsonb`` numeric."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

_encoder = msgspec.json.Encoder(decimal_format="number", order="deterministic")
_NUL = r"\u0000"
_MOST_DIGITS = 1000
"""Magnitude beyond which a number is kept as text: PostgreSQL's numeric ends far later."""
_NOT_STORED = re.compile("[\0\ud800-\udfff]")


class FloatInMoneyPathError(TypeError):
    """A binary float was about to be stored, where only exact numbers may be."""


def dumps(value: object) -> str:
    """Write ``value`` as JSON with sorted keys and exact numbers.

    Raises:
        FloatInMoneyPathError: A ``float`` is in it; read JSON with ``parse_float=Decimal``.
    """
    _refuse_floats(value, "$")
    try:
        text = _encoder.encode(value).decode()
    except UnicodeEncodeError:
        return _encoder.encode(clean(value)).decode()
    if _NUL in text:
        # PostgreSQL's jsonb has no NUL character; the replacement character marks where it stood.
        text = _encoder.encode(clean(value)).decode()
    return text


def clean(value: Any) -> Any:
    """Return what of ``value`` PostgreSQL can hold, so that it reads back as it was stored.

    NUL characters and halves of surrogate pairs become the replacement character; numbers that
    are none (``NaN``) or beyond any column become their text. What a document is compared by must
    be made of this form, or it would differ from itself for ever.
    """
    if isinstance(value, str):
        return _NOT_STORED.sub("\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, Decimal):
        fits = value.is_finite() and abs(value.adjusted()) <= _MOST_DIGITS
        return value if fits else str(value)
    if isinstance(value, Mapping):
        return {clean(key): clean(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [clean(item) for item in value]
    return value


def loads(text: str | bytes) -> Any:
    """Read JSON; numbers with a fraction or exponent become ``Decimal``."""
    return json.loads(text, parse_float=Decimal)


def digest(value: object) -> str:
    """SHA-256 of the exact JSON: equal content gives equal digests, whatever the key order.

    Numbers that are equal but written differently (``5.940`` and ``5.94``) count as equal.
    """
    return hashlib.sha256(_encoder.encode(_normalised(value))).hexdigest()


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

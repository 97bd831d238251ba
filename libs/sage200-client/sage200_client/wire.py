"""Bytes on the wire: JSON with exact numbers, and answers of any shape turned into text.

The JSON of a 400 answer is documented nowhere, 401 comes with an empty body, and a gateway answers
in HTML: nothing here assumes a shape.
"""

from __future__ import annotations

import html
import re
from decimal import Decimal
from typing import Any

import msgspec

from sage200_client.exceptions import ReportAnswer

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(float_hook=Decimal)
_TEXT_KEYS = ("message", "error_description", "detail", "description", "title", "error", "text")
_MOST_TEXT = 2000


def encode_body(body: Any) -> bytes:
    """Encode a document; a ``Decimal`` becomes the same number, digit for digit.

    Raises:
        TypeError: The body holds a float, or something that JSON has no form for.
        ValueError: The body holds NaN or an infinity.
    """
    return _ENCODER.encode(_exact(body, ""))


def decode_body(content: bytes) -> Any:
    """Parse JSON, numbers with a fraction as ``Decimal``; None where there is no content.

    Raises:
        ReportAnswer: It isn't JSON.
    """
    if not content.strip():
        return None
    try:
        return _DECODER.decode(content.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ReportAnswer(
            f"Sage 200 answered with something that is not JSON: {_plain(_text_of(content))!r}"
        ) from error


def body_or_text(content: bytes) -> Any:
    """Parse JSON where it is JSON, else return the text; None where empty. Never raises."""
    try:
        return decode_body(content)
    except ReportAnswer:
        return _text_of(content)[:_MOST_TEXT]


def rows_of(answer: Any) -> list[dict[str, Any]]:
    """Return the records of a list answer: a bare array, or ``{"value": […]}``.

    Raises:
        ReportAnswer: It is neither.
    """
    if isinstance(answer, dict) and isinstance(answer.get("value"), list):
        answer = answer["value"]
    if isinstance(answer, list) and all(isinstance(row, dict) for row in answer):
        return answer
    raise ReportAnswer("Sage 200 answered a list request with something that is not a list.")


def error_text(content: bytes) -> str:
    """Return the words of an error answer as one line; empty where it has none."""
    answer = body_or_text(content)
    if isinstance(answer, str):
        return _plain(answer)
    return _plain("; ".join(dict.fromkeys(_words(answer))) or _text_of(content))


def _words(answer: Any) -> list[str]:
    """Collect the texts of a parsed error, the telling keys first."""
    if isinstance(answer, str):
        return [answer.strip()] if answer.strip() else []
    if isinstance(answer, list):
        return [word for part in answer for word in _words(part)]
    if isinstance(answer, dict):
        lower = {str(key).lower(): value for key, value in answer.items()}
        telling = [word for key in _TEXT_KEYS if key in lower for word in _words(lower[key])]
        nested = [
            word
            for key, value in lower.items()
            if key not in _TEXT_KEYS and isinstance(value, (dict, list))
            for word in (_labelled(key, value))
        ]
        return telling + nested
    return []


def _labelled(key: str, value: Any) -> list[str]:
    """Keep the field's name with its texts: ``{"customer_id": ["is required"]}``."""
    words = _words(value)
    if isinstance(value, list) and key not in {"errors", "value", "messages"}:
        return [f"{key}: {word}" for word in words]
    return words


def _text_of(content: bytes) -> str:
    return content.decode("utf-8", errors="replace")


def _plain(text: str) -> str:
    """Make one line of plain words, of HTML too."""
    if "<" in text and re.search(r"<(!doctype|html|body|head|title|h\d|p)\b", text, re.IGNORECASE):
        text = re.sub(r"(?is)<(script|style)\b.*?</\1>", " ", text)
        text = html.unescape(re.sub(r"(?s)<[^>]*>", " ", text))
    return " ".join(text.split())[:_MOST_TEXT]


def _exact(value: Any, path: str) -> Any:
    """Return the value ready for the encoder, or say where it can't be sent."""
    if isinstance(value, dict):
        return {key: _exact(one, f"{path}.{key}" if path else key) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_exact(one, f"{path}[{index}]") for index, one in enumerate(value)]
    if isinstance(value, float):
        raise TypeError(f"{path} is a float; money and quantities are sent as Decimal.")
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError(f"{path} is {value}, which is no number to send.")
        # Written out: 1E+2 is 100 and 1E-7 is 0.0000001, but not every reader takes an exponent.
        return msgspec.Raw(format(value or abs(value), "f").encode())
    return value

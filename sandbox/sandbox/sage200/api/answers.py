"""Bodies of answers: JSON with exact numbers, and refusals in the shape that was switched on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from starlette.responses import PlainTextResponse, Response

if TYPE_CHECKING:
    from sandbox.sage200.behaviour import Behaviour

_encoder = msgspec.json.Encoder(decimal_format="number")


def json_answer(body: object, status: int = 200) -> Response:
    """Answer an object or a list; decimals are plain JSON numbers with all their digits."""
    return raw_json(_encoder.encode(body), status)


def raw_json(body: bytes, status: int = 200) -> Response:
    """Answer text that is JSON already."""
    return Response(body, status, media_type="application/json; charset=utf-8")


def refusal_answer(text: str, status: int, behaviour: Behaviour) -> Response:
    """Answer a refusal; how Sage wraps the text is in no source, so the shape is a switch."""
    if behaviour.error_shape == "text":
        return PlainTextResponse(text, status)
    return json_answer({"error": text}, status)

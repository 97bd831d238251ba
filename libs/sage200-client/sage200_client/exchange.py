"""What an observer of the traffic is told: enough for an audit row, never a header or a token."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias


@dataclass(frozen=True)
class Exchange:
    """One request and its answer, if one came.

    Attributes:
        method: ``GET``, ``POST``, ``PUT`` or ``DELETE``.
        path: Path below the API's address, with its query, for instance ``/sop_orders``.
        request_body: What was sent, as given by the caller; None for reads.
        status: HTTP status, or None where no answer came.
        response_body: Parsed JSON (fractions as ``Decimal``), else the text; None where empty.
        duration_ms: From the first byte sent to the last byte read, in milliseconds.
        error: One sentence where no answer came, else None.
    """

    method: str
    path: str
    request_body: Any
    status: int | None
    response_body: Any
    duration_ms: int
    error: str | None = None


Observer: TypeAlias = Callable[[Exchange], None]
"""Called after each request, a repeated one included; what it raises reaches the caller."""

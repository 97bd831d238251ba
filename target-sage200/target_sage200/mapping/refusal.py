"""The one exception of the mapping: a document that a person or a table must settle first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class RefusalError(Exception):
    """The document can't be mapped without guessing.

    Attributes:
        cause: Code of ``exception_causes.csv``.
        detail: The figures or values it is about.
    """

    def __init__(self, cause: str, message: str, **detail: object) -> None:
        """Keep cause and parts; ``message`` is the sentence for the person who must act."""
        super().__init__(message)
        self.cause = cause
        self.detail: Mapping[str, Any] = detail

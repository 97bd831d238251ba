"""Kinds of documents that are orders in shape: what a kind is called and numbered by."""

from __future__ import annotations

from enum import IntEnum


class Kind(IntEnum):
    """A document by its id in SOPOrderReturnType."""

    ORDER = 0
    RETURN = 1

    @property
    def word(self) -> str:
        """Return what people call it."""
        return "sales order" if self is Kind.ORDER else "sales return"

    @property
    def number_series(self) -> tuple[str, str]:
        """Return table and column of its number series."""
        name = "Order" if self is Kind.ORDER else "Return"
        return f"SOP{name}Number", f"NextSOP{name}Number"

"""Kinds of stock movements; their ids and names are inferred, for no source spells them out."""

from __future__ import annotations

from enum import IntEnum

GROUPS = {0: "In", 1: "Out"}
"""Rows of TransactionGroup."""


class MovementType(IntEnum):
    """A movement by its id in TransactionType."""

    GOODS_RECEIVED = 0
    SALES_RETURN = 1
    SALES_DESPATCH = 2

    @property
    def group(self) -> int:
        """Return the direction by its id in TransactionGroup."""
        return int(self is MovementType.SALES_DESPATCH)

    @property
    def sign(self) -> int:
        """Return 1 where stock rises, -1 where it falls."""
        return -1 if self.group else 1

    @property
    def title(self) -> str:
        """Return its name in TransactionType."""
        return self.name.replace("_", " ").capitalize()

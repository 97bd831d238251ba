"""Values of a row that the tap cannot do without."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_magento.exceptions import UnsoundAnswerError

if TYPE_CHECKING:
    import msgspec
    from magento_client import RawRow


def needed(row: RawRow, name: str, path: str) -> msgspec.Raw:
    """Return a value of a row.

    Args:
        row: The row.
        name: The value's name.
        path: The endpoint that answered the row.

    Raises:
        UnsoundAnswerError: The row does not hold it.
    """
    try:
        return row[name]
    except KeyError:
        raise UnsoundAnswerError(
            f"GET /rest/{path} was answered with a row without {name}; check that no extension of "
            "the shop changes this endpoint."
        ) from None

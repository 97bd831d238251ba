"""The day of a document, as Sage 200 takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from datetime import datetime


def document_day(stamp: datetime, timezone: str) -> str:
    """Sage refuses bare dates, and shows the day only: the day in the merchant's time zone."""
    return f"{stamp.astimezone(ZoneInfo(timezone)).date().isoformat()}T00:00:00Z"

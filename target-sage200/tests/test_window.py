"""When documents may be sent: hours, days, over midnight, summer time."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from target_sage200.window import read_window


@pytest.mark.parametrize(
    ("window", "utc", "open_"),
    [
        ("07:00-19:00", "2026-11-23T06:59", False),
        ("07:00-19:00", "2026-11-23T07:00", True),
        ("07:00-19:00", "2026-11-23T18:59", True),
        ("07:00-19:00", "2026-11-23T19:00", False),
        ("07:00-19:00", "2026-07-06T06:00", True),
        ("07:00-19:00", "2026-07-06T18:00", False),
        ("mon-fri 07:00-19:00", "2026-11-27T12:00", True),
        ("mon-fri 07:00-19:00", "2026-11-28T12:00", False),
        ("sat 07:00-19:00", "2026-11-28T12:00", True),
        ("sat-mon 07:00-19:00", "2026-11-29T12:00", True),
        ("sat-mon 07:00-19:00", "2026-11-24T12:00", False),
        ("22:00-06:00", "2026-11-23T23:30", True),
        ("22:00-06:00", "2026-11-23T05:59", True),
        ("22:00-06:00", "2026-11-23T12:00", False),
        ("fri 22:00-06:00", "2026-11-28T05:00", True),
        ("fri 22:00-06:00", "2026-11-27T05:00", False),
        ("MON-FRI 07:00-19:00", "2026-11-23T12:00", True),
    ],
)
def test_window_is_of_the_merchants_clock(window: str, utc: str, open_: bool) -> None:
    now = datetime.fromisoformat(utc).replace(tzinfo=timezone.utc)
    assert read_window(window, "Europe/London").is_open(now) is open_


@pytest.mark.parametrize(
    "text", ["", "7-19", "07:00", "25:00-26:00", "07:00-07:00", "xyz 07:00-19:00"]
)
def test_window_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_window(text, "Europe/London")

"""Records: zoned time stamps, and no attribute lost."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from tap_magento.records import Columns, moment_of, zoned
from tap_magento.streams import schema_of


@pytest.mark.parametrize(
    ("magento", "iso"),
    [
        ("2026-11-23 07:01:00", "2026-11-23T07:01:00+00:00"),
        ("2026-11-23T07:01:00+00:00", "2026-11-23T07:01:00+00:00"),
        ("0000-00-00 00:00:00", None),
    ],
)
def test_time_stamps_get_their_zone(magento: str, iso: str | None) -> None:
    assert zoned(magento) == iso


def test_attributes_without_a_column_are_kept_together() -> None:
    columns = Columns.of(schema_of("orders"))
    record = columns.shape(
        {"entity_id": 1, "updated_at": "2026-11-23 07:01:00", "gift": {"to": "A"}, "erp_no": "7"}
    )
    assert record == {
        "entity_id": 1,
        "updated_at": "2026-11-23T07:01:00+00:00",
        "additional_attributes": {"erp_no": "7", "gift": {"to": "A"}},
    }


def test_a_row_of_known_attributes_has_no_additional_ones() -> None:
    assert Columns.of(schema_of("stocks")).shape({"stock_id": 1})["additional_attributes"] is None


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-31T10:00:00Z",
        "2026-01-31T10:00:00+00:00",
        "2026-01-31 10:00:00",
        "2026-01-31T11:00:00+01:00",
        "2026-01-31T10:00:00.750000+00:00",
    ],
)
def test_moments_are_read_in_any_usual_form_as_utc(text: str) -> None:
    assert moment_of(text) == datetime(2026, 1, 31, 10, tzinfo=timezone.utc)


def test_a_day_begins_at_midnight_utc() -> None:
    assert moment_of("2026-01-31") == datetime(2026, 1, 31, tzinfo=timezone.utc)


def test_what_is_no_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="isoformat"):
        moment_of("yesterday")

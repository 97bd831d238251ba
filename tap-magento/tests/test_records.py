"""Records: zoned time stamps, and no attribute lost."""

from __future__ import annotations

from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from tap_magento.records import Columns, moment_of, parsed, personal, zoned_text
from tap_magento.streams import schema_of


def _raw(text: bytes) -> dict[str, msgspec.Raw]:
    return msgspec.json.decode(text, type=dict[str, msgspec.Raw])


@pytest.mark.parametrize(
    ("magento", "iso"),
    [
        (b'"2026-11-23 07:01:00"', b'"2026-11-23T07:01:00+00:00"'),
        (b'"2026-11-23T07:01:00+00:00"', b'"2026-11-23T07:01:00+00:00"'),
        (b'"2026\\u002d11-23 07:01:00"', b'"2026-11-23T07:01:00+00:00"'),
        (b'"0000-00-00 00:00:00"', b"null"),
        (b"null", b"null"),
        (b"7", b"7"),
    ],
)
def test_time_stamps_get_their_zone(magento: bytes, iso: bytes) -> None:
    assert bytes(zoned_text(msgspec.Raw(magento))) == iso


def test_attributes_without_a_column_are_kept_together() -> None:
    columns = Columns.of(schema_of("orders"))
    row = (
        b'{"entity_id": 1, "updated_at": "2026-11-23 07:01:00", "gift": {"to": "A"}, "erp_no": "7"}'
    )
    assert parsed(columns.shape(_raw(row))) == {
        "entity_id": 1,
        "updated_at": "2026-11-23T07:01:00+00:00",
        "additional_attributes": {"erp_no": "7", "gift": {"to": "A"}},
    }


def test_a_row_of_known_attributes_has_no_additional_ones() -> None:
    record = Columns.of(schema_of("stocks")).shape(_raw(b'{"stock_id": 1}'))
    assert record["additional_attributes"] is None


@pytest.mark.parametrize(
    ("left_out", "left"),
    [
        ({"state"}, {"entity_id", "status", "additional_attributes"}),
        ({"additional_attributes"}, {"entity_id", "state", "status"}),
    ],
)
def test_a_column_that_is_left_out_does_not_move_to_the_additional_ones(
    left_out: set[str], left: set[str]
) -> None:
    columns = Columns.of(schema_of("orders"), frozenset(left_out))
    record = columns.shape(_raw(b'{"entity_id": 1, "state": "new", "status": "a", "erp": 7}'))
    assert set(record) == left
    assert not left_out & set(record.get("additional_attributes") or ())


@pytest.mark.parametrize("text", [b"[]", b"{}"])
def test_an_object_without_attributes_is_an_object(text: bytes) -> None:
    row = _raw(b'{"entity_id": 1, "extension_attributes": %b, "items": []}' % text)
    record = parsed(Columns.of(schema_of("orders")).shape(row))
    assert record["extension_attributes"] == {}
    assert record["items"] == []


@pytest.mark.parametrize(
    ("description", "dropped"),
    [
        ("Name. Personal data.", True),
        ("The gateway's answer. May hold personal data.", True),
        ("PERSONAL DATA of the buyer.", True),
        ("Grand total.", False),
    ],
)
def test_every_column_that_mentions_personal_data_counts_as_personal(
    *, description: str, dropped: bool
) -> None:
    schema = {"properties": {"column": {"description": description}}}
    assert personal(schema) == (frozenset({"column"}) if dropped else frozenset())


@pytest.mark.parametrize("text", ["0.30000000000000004", "1.7763568394003E-15", "29", "11.2900"])
def test_a_number_is_parsed_without_a_float_and_passed_on_as_magento_wrote_it(text: str) -> None:
    record: dict[str, Any] = Columns.of(schema_of("orders")).shape(
        _raw(b'{"grand_total": %b}' % text.encode())
    )
    assert bytes(record["grand_total"]) == text.encode()
    number = parsed(record)["grand_total"]
    assert number == Decimal(text)
    assert not isinstance(number, float)


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

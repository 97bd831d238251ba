"""Values of a column: what stays exact, what is read by its digits, and what is refused."""

# ruff: noqa: ANN001 (fixtures and parameters are typed where they are made)
from __future__ import annotations

from decimal import Decimal

import pytest
from tap_sage200.catalogue.sales import DESPATCHES
from tap_sage200.columns import Column, Kind, converted_column
from tap_sage200.exceptions import FailedStreamError, SettingsError, UnreadableColumnError

MONEY = Column("price", Kind.NUMBER, "Price")
WEIGHT = next(column for column in DESPATCHES if column.name == "weight")


@pytest.mark.parametrize(
    ("value", "digits"), [(0.1, "0.1"), (12.5, "12.5"), (3, "3"), (Decimal("1.20"), "1.20")]
)
def test_a_weight_that_comes_as_a_float_keeps_its_digits(value, digits) -> None:
    assert list(converted_column(WEIGHT, [value, None])) == [Decimal(digits), None]


@pytest.mark.parametrize(
    ("column", "value", "why"),
    [
        (MONEY, 0.1, "a float came where a decimal is expected"),
        (MONEY, "abc", "can't be read as number"),
        (Column("pieces", Kind.INTEGER, "Pieces"), "two", "column pieces"),
    ],
)
def test_what_a_column_can_t_hold_is_a_sentence(column, value, why) -> None:
    with pytest.raises(UnreadableColumnError, match=why) as refusal:
        converted_column(column, [value])
    assert column.name in refusal.value.message


def test_stamps_are_of_the_clock_that_the_setting_names(company) -> None:
    """Summer time, the hour that comes twice, winter; a business date stays what it is."""
    stamps = ("2026-07-01 09:30", "2026-10-25 01:30", "2026-12-01 09:30")
    items = company.sql('select "ItemID" from dbo."StockItem" order by 1 limit 3')
    for (item,), stamp in zip(items, stamps):
        company.sql(
            'update dbo."StockItem" set "DateTimeCreated" = %s where "ItemID" = %s', stamp, item
        )
    written = {}
    for zone in ("UTC", "Europe/London"):
        read = company.read("stock_items", database_time_zone=zone).records("stock_items")
        written[zone] = [each["created_at"] for each in read[:3]]
    assert written == {
        "UTC": [
            "2026-07-01T09:30:00+00:00",
            "2026-10-25T01:30:00+00:00",
            "2026-12-01T09:30:00+00:00",
        ],
        "Europe/London": [
            "2026-07-01T08:30:00+00:00",
            "2026-10-25T00:30:00+00:00",
            "2026-12-01T09:30:00+00:00",
        ],
    }


def test_a_time_zone_nobody_knows_is_a_sentence(company) -> None:
    with pytest.raises(SettingsError, match="knows no time zone 'Europe/Leeds'"):
        company.read("stock_items", database_time_zone="Europe/Leeds")


def test_the_stream_and_the_column_are_named(company) -> None:
    company.sql('alter table dbo."SYSTaxRate" alter "TaxRate" type double precision')
    with pytest.raises(FailedStreamError, match=r"Stream tax_codes: column tax_rate_percent \("):
        company.read("tax_codes", "warehouses")

"""The Singer SDK's own suite, against the stand-in company."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk.testing import SuiteConfig, get_tap_test_class
from tap_sage200.catalogue import NOT_BY_SQL
from tap_sage200.tap import TapSage200

if TYPE_CHECKING:
    from typing import Protocol

    class Trading(Protocol):
        url: str


# The suite wants its settings at import; the database is there once the first test runs.
CONFIG: dict[str, Any] = {"sqlalchemy_url": "postgresql:///not_yet", "web_accounts": ["WEBEUR"]}


@pytest.fixture(autouse=True, scope="module")
def database(trading: Trading) -> None:
    CONFIG["sqlalchemy_url"] = trading.url


TestTapSage200 = get_tap_test_class(
    TapSage200,
    config=CONFIG,
    # No published source names the couriers' table.
    suite_config=SuiteConfig(ignore_no_records_for_streams=list(NOT_BY_SQL)),
)

"""The Singer SDK's own suite, against the stand-in's REST API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk.testing import SuiteConfig, get_tap_test_class
from tap_sage200.api.ledgers import NOT_BY_API
from tap_sage200.tap import TapSage200

if TYPE_CHECKING:
    from typing import Protocol

    class Served(Protocol):
        config: dict[str, Any]


# The suite wants its settings at import; the API is there once the first test runs.
CONFIG: dict[str, Any] = {
    "source": "api",
    "api_url": "http://127.0.0.1:1/",
    "client_id": "demo-client",
    "site_id": "not yet",
    "company_id": "1",
    "token_store_url": "postgresql:///not_yet",
}


@pytest.fixture(autouse=True, scope="module")
def api(trading_api: Served) -> None:
    CONFIG.update(trading_api.config)


TestTapSage200ByApi = get_tap_test_class(
    TapSage200,
    config=CONFIG,
    # The stand-in's couriers have no is_default, which the suite would take for no record.
    suite_config=SuiteConfig(ignore_no_records_for_streams=[*NOT_BY_API, "couriers"]),
)

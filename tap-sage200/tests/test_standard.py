"""The Singer SDK's own suite, against the stand-in company."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk.testing import get_tap_test_class
from tap_sage200.tap import TapSage200

if TYPE_CHECKING:
    from typing import Protocol

    class StillCompany(Protocol):
        url: str


# The suite wants its settings at import; the database is there once the first test runs.
CONFIG: dict[str, Any] = {"sqlalchemy_url": "postgresql:///not_yet", "web_accounts": ["WEBEUR"]}


@pytest.fixture(autouse=True, scope="module")
def database(still_company: StillCompany) -> None:
    CONFIG["sqlalchemy_url"] = still_company.url


TestTapSage200 = get_tap_test_class(TapSage200, config=CONFIG)

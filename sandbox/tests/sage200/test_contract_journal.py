"""The real stand-in writes its journal: what the suite-wide contract check rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
import requests
from sandbox.contract_journal import JOURNAL_VARIABLE, read_journal
from sandbox.sage200 import create_app
from sandbox.serving import serve

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def recorded(
    shared_company: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sage: Any
) -> Any:
    """Send one request to a stand-in of its own; return what the journal holds of it."""
    monkeypatch.setenv(JOURNAL_VARIABLE, str(tmp_path))
    app = create_app(shared_company)

    def send(method: str, path: str, body: str | None = None, faults: str = "[]") -> Any:
        agent = f"python-requests/ of this test {uuid4()}"
        headers = {**sage.session.headers, "User-Agent": agent, "Content-Type": "application/json"}
        with serve(app) as url:
            requests.post(f"{url}/__faults", data=faults, timeout=20)
            where = f"{url}/uk/sage200extra/accounts/v1{path}"
            requests.request(method, where, data=body, headers=headers, timeout=20)
        (entry,) = [entry for entry in read_journal(tmp_path) if entry.agent == agent]
        return entry

    yield send
    app.state.database.close()


@pytest.mark.parametrize("faults", ["[]", '[{"action": "status", "status": 503}]'])
def test_a_request_is_checked_also_where_a_fault_strikes_it(recorded: Any, faults: str) -> None:
    entry = recorded("GET", "/products?$filter=sku%20eq%20'A'", faults=faults)
    assert (entry.method, entry.resource) == ("GET", "products")
    assert entry.violations == ("Could not find a property named 'sku' on type 'product'.",)
    assert entry.path == "/products?$filter=sku%20eq%20'A'"
    assert "test_contract_journal.py" in entry.test


def test_a_body_is_kept_where_it_breaks_the_contract_and_no_token_ever(
    recorded: Any, sage: Any, tmp_path: Path
) -> None:
    entry = recorded("POST", "/sop_orders", '{"customer_id": 1, "colour": "red"}')
    assert "colour" in entry.body
    kept = recorded("POST", "/sop_orders", '{"customer_id": 0, "customer_document_no": "K-1"}')
    assert (kept.violations, kept.body, kept.path) == ((), "", "")
    written = "".join(path.read_text("utf-8") for path in tmp_path.iterdir())
    assert sage.session.headers["Authorization"].split()[1] not in written

"""Point 3: bare arrays, paging and filters over the company's own data."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def many_customers(play: Callable[..., Any], new_company: Callable[[], str]) -> Any:
    """A company with 5,200 more accounts."""
    sage = play(new_company()).sign_in()
    sage.sql(
        'insert into dbo."SLCustomerAccount" ("SLCustomerAccountID", "CustomerAccountNumber",'
        ' "CustomerAccountName", "SYSCurrencyID")'
        " select 100000 + n, 'X' || n, 'Extra ' || n, 1001 from generate_series(1, 5200) n"
    )
    return sage


def test_lists_are_bare_arrays_of_500_and_at_most_5000(many_customers: Any) -> None:
    sage = many_customers
    assert len(sage.get("/customers")) == 500
    assert len(sage.get("/customers", top=5000, select="id")) == 5000
    assert sage.send("GET", "/customers", top=5001).status_code == 400
    assert sage.get("/customers", count="true") == 5207
    seen, last = [], 0
    while page := sage.get(
        "/customers", orderby="id", filter=f"id gt {last}", top=2000, select="id"
    ):
        seen += page
        last = page[-1]["id"]
    assert len({row["id"] for row in seen}) == 5207


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/products", {"top": -1}),
        ("/products", {"skip": 1}),
        ("/products", {"select": "code,colour"}),
        ("/products", {"orderby": "colour"}),
        ("/products", {"filter": "colour eq 'red'"}),
        ("/products", {"filter": "code eq 5"}),
        ("/products", {"filter": "weight eq '1'"}),
        ("/products", {"filter": "allow_sales_order eq 'true'"}),
        ("/products", {"filter": "allow_sales_order eq 1"}),
        ("/products", {"filter": "id eq 1.5"}),
        ("/products", {"filter": "contains(weight,'1')"}),
        ("/products", {"filter": "date_time_updated gt 'yesterday'"}),
        ("/products", {"expand": "colour"}),
        ("/products", {"select": "tax_code.colour"}),
        ("/sop_orders", {"filter": "document_status eq 'Live'"}),
        ("/sop_orders", {"filter": "document_status eq '99'"}),
        ("/products/1001", {"filter": "id eq 1"}),
        ("/products/x", {}),
    ],
)
def test_a_wrong_query_gives_400_with_a_sentence(sage: Any, path: str, query: Any) -> None:
    answer = sage.send("GET", path, **query)
    assert answer.status_code == 400
    assert answer.json()["error"].endswith(".")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("code eq 'BN-001'", ["BN-001"]),
        ("code eq 'bn-001'", ["BN-001"]),
        ("code eq 'QUOTE\"1'''", ["QUOTE\"1'"]),
        ("startswith(code,'TEE')", ["TEE-L", "TEE-M", "TEE-S"]),
        ("startswith(code,'%')", []),
        ("endswith(code,'+B-1')", ["A+B-1"]),
        ("contains(name,'wareh')", []),
        ("contains(code,'%20')", ["PCT%20X"]),
        ("contains(name,'Über') or contains(name,'ünïcode')", ["ÜNI-ÇODE"]),
        ("code ge 'TIER-1' and code lt 'TRADE-X'", ["TIER-1", "TRADE-DRUM"]),
        ("weight gt 5.4 and weight le 5.5", ["BN-022"]),
        ("allow_sales_order eq false", []),
        ("product_status_type eq 'EnumStockItemStatusTypeInactive'", []),
        ("startswith(code,'KIT') and product_status_type eq '0'", ["KIT-A", "KIT-B"]),
        ("startswith(code,'KIT') and product_status_type eq 0", ["KIT-A", "KIT-B"]),
        ("inactivation_date ne null", []),
        ("startswith(code,'KIT') and date_time_created gt 2020-01-01", ["KIT-A", "KIT-B"]),
        ("date_time_created lt 2020-01-01T00:00:00.000Z", []),
        ("(code eq 'KIT-A' or code eq 'KIT-B') and not_a_word eq 1", None),
    ],
)
def test_filters_find_what_they_say(sage: Any, text: str, expected: Any) -> None:
    if expected is None:
        assert sage.send("GET", "/products", filter=text).status_code == 400
        return
    found = sage.get("/products", filter=text, select="code", orderby="code")
    assert [row["code"] for row in found] == expected


def test_select_gives_only_what_it_names_also_inside_records(sage: Any) -> None:
    (row,) = sage.get(
        "/products", filter="code eq 'BN-002'", select="code,tax_code.tax_rate,tax_code.code"
    )
    assert row == {"code": "BN-002", "tax_code": {"tax_rate": Decimal("5.00"), "code": 5}}


def test_links_come_only_where_they_are_expanded(sage: Any) -> None:
    plain = sage.get("/products", filter="code eq 'BN-002'")[0]
    assert "tax_code" not in plain
    expanded = sage.get("/products", filter="code eq 'BN-002'", expand="tax_code,product_group")[0]
    assert expanded["tax_code"]["id"] == plain["tax_code_id"]
    assert expanded["product_group"]["code"] == "GOODS"


def test_skip_goes_on_where_the_page_before_ended(sage: Any) -> None:
    first = sage.get("/products", orderby="code desc", top=3, select="code")
    second = sage.get("/products", orderby="code desc", top=3, skip=3, select="code")
    both = sage.get("/products", orderby="code desc", top=6, select="code")
    assert first + second == both


def test_a_single_record_comes_with_its_children(sage: Any) -> None:
    product_id = sage.id_of("products", "code", "BN-001")
    record = sage.get(f"/products/{product_id}")
    names = [holding["warehouse_name"] for holding in record["warehouse_holdings"]]
    assert names == ["LEEDS", "YORK", "NEWARK", "QUARANTINE"]
    assert sage.send("GET", "/products/999999").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/products/{product}/warehouse_holdings",
        "/warehouses/{warehouse}/products/{product}/warehouse_holdings",
        "/products/{product}/warehouses/{warehouse}/warehouse_holdings",
    ],
)
def test_holdings_are_found_under_their_parents(sage: Any, path: str) -> None:
    product = sage.id_of("products", "code", "BN-001")
    warehouse = sage.id_of("warehouses", "name", "LEEDS")
    found = sage.get(path.format(product=product, warehouse=warehouse))
    assert {row["product_id"] for row in found} == {product}
    assert len(found) == (1 if "{warehouse}" in path else 4)


def test_stamps_are_utc_without_a_zone(sage: Any) -> None:
    stamp = sage.get("/tax_codes", top=1)[0]["date_time_updated"]
    assert stamp[10] == "T"
    assert stamp[-4] == "."

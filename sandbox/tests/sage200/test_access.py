"""Point 1 of a faithful stand-in: paths, headers, sites; and what a role leaves out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


def test_sites_need_only_the_bearer_token(sage: Any) -> None:
    del sage.session.headers["X-Site"], sage.session.headers["X-Company"]
    assert sage.get("/sites") == [
        {
            "company_id": 1,
            "company_name": "Demo Merchant Ltd",
            "site_id": "11111111-2222-4333-8444-555555555555",
            "site_name": "Demo Merchant",
            "site_short_name": "DEMO",
        }
    ]


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Site": None},
        {"X-Company": None},
        {"X-Site": "22222222-2222-4333-8444-555555555555"},
        {"X-Company": "2"},
        {"X-Company": "one"},
        {"Authorization": None},
        {"Authorization": "Bearer stale"},
        {"Authorization": "Basic ZGVtbw=="},
    ],
)
def test_a_wrong_or_missing_header_gives_401_with_an_empty_body(
    sage: Any, headers: dict[str, Any]
) -> None:
    sage.session.headers.update(headers)
    answer = sage.send("GET", "/products")
    assert (answer.status_code, answer.content) == (401, b"")


def test_the_subscription_key_is_ignored(sage: Any) -> None:
    sage.session.headers["ocp-apim-subscription-key"] = "anything"
    assert sage.send("GET", "/tax_codes").status_code == 200


def test_each_edition_has_its_own_base_path(play: Callable[..., Any]) -> None:
    standard = play(edition="standard").sign_in()
    assert standard.api.endswith("/uk/sage200/accounts/v1")
    assert standard.get("/warehouses")
    other = standard.base_url + "/uk/sage200extra/accounts/v1/warehouses"
    assert standard.session.get(other, timeout=20).status_code == 404


def test_standard_does_not_know_professional_resources(play: Callable[..., Any]) -> None:
    assert play(edition="standard").sign_in().send("GET", "/finance_charges").status_code == 404


def test_standard_does_not_know_professional_fields(play: Callable[..., Any]) -> None:
    standard, professional = play(edition="standard").sign_in(), play().sign_in()
    field = "use_for_sales_trading"
    assert field in professional.get("/warehouses", top=1)[0]
    assert field not in standard.get("/warehouses", top=1)[0]
    for query in ({"select": field}, {"filter": f"{field} eq true"}, {"orderby": field}):
        answer = standard.send("GET", "/warehouses", **query)
        assert (answer.status_code, field in answer.text) == (400, True)
    group = standard.get("/product_groups", top=1)[0]
    assert group.keys() & {"traceable_type", "do_items_use_units", "keep_movement_history"} == set()


def test_standard_numbers_by_itself_and_segments_addresses(
    play: Callable[..., Any], new_company: Callable[[], str]
) -> None:
    url = new_company()
    standard, professional = play(url, edition="standard").sign_in(), play(url).sign_in()
    standard.sql('update dbo."SOPSetting" set "AutoGenOrderReturnNos" = 0')
    standard.sql('update dbo."SYSSetting" set "UseSegmentedAddress" = 0')
    line = standard.free_text("1.00")
    order = standard.order(line, document_no="MINE", delivery_address={"city": "Leeds"})
    made = standard.post(order)
    assert made["document_no"].isdigit()
    assert made["delivery_address"]["city"] == "Leeds"
    assert "segmented addresses are off" in professional.refusal(order)
    del order["delivery_address"]
    assert professional.post(order)["document_no"] == "MINE"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/stock_items"),
        ("GET", "/sop_orders/1/nonsense"),
        ("POST", "/tax_codes"),
        ("DELETE", "/products"),
        ("GET", "/sop_returns"),
        ("POST", "/sop_returns"),
    ],
)
def test_a_path_or_verb_that_this_release_does_not_have_gives_404(
    sage: Any, method: str, path: str
) -> None:
    assert sage.send(method, path).status_code == 404


def test_a_later_release_has_the_returns_endpoints(play: Callable[..., Any]) -> None:
    assert play(release="2025R1").sign_in().send("GET", "/sop_returns").status_code != 404


def test_what_sage_has_and_the_stand_in_does_not_play_says_so(sage: Any) -> None:
    answer = sage.send("GET", "/sop_incoterms")
    assert answer.status_code == 501
    assert "does not play" in answer.json()["error"]


def test_a_module_that_the_role_leaves_out_gives_403(play: Callable[..., Any]) -> None:
    stock_only = play().sign_in("stock-only")
    assert stock_only.get("/warehouses")
    answer = stock_only.send("GET", "/sop_orders")
    assert answer.status_code == 403
    assert "stock-only" in answer.json()["error"]


def test_refusals_can_be_plain_text(play: Callable[..., Any]) -> None:
    answer = play(error_shape="text").sign_in().send("GET", "/products", top=-1)
    assert answer.status_code == 400
    assert answer.text == "The value '-1' of '$top' must not be negative."


def test_a_list_of_names_has_ids_words_and_descriptions(sage: Any) -> None:
    assert sage.get("/order_return_line_types")[1] == {
        "id": 1,
        "description": "Free text",
        "value": "EnumLineTypeFreeText",
    }


def test_the_users_own_permissions_are_readable(play: Callable[..., Any]) -> None:
    sage = play().sign_in("no-prices")
    (own,) = sage.get("/current_user_sop_user_permissions")
    assert own["user_name"] == "no-prices"
    assert own["override_prices_discounts"] is False
    assert len(sage.get("/sop_user_permissions")) == 3


def test_faults_can_strike_while_it_runs(sage: Any) -> None:
    rule = [{"action": "cut", "moment": "after", "method": "POST", "path": "*/sop_orders"}]
    control = f"{sage.base_url}/__faults"
    assert sage.session.post(control, json=rule, timeout=20).status_code == 200
    body = sage.order(sage.standard("BN-001"), customer_document_no="cut")
    with pytest.raises(OSError, match=r"aborted|reset|closed"):
        sage.send("POST", "/sop_orders", body)
    sage.session.delete(control, timeout=20)
    (made,) = sage.get("/sop_orders", filter="customer_document_no eq 'cut'")
    assert made["document_status"] == "EnumDocumentStatusLive"

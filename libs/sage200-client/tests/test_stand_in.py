"""Against the Sage 200 stand-in: sign-in, rotation over processes, bulk reads and posting."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
import requests
from sage200_client import (
    Backoff,
    Done,
    LogInAgain,
    NotAllowed,
    Refused,
    Sage200Client,
    Sage200Settings,
    TokenStore,
    TryLater,
    Unknown,
    check_document,
    eq,
    one_of,
)
from sage200_client.command import main
from sage200_client.login import begin_login, code_of_redirect
from sage200_client.reference import Reference, load_reference
from sage200_client.sign_in import exchange_code
from sage200_client.tokens import AccessTokens
from sandbox.faults import Fault, FaultInjector
from sandbox.postgres import ensure_database
from sandbox.sage200.app import create_app
from sandbox.sage200.behaviour import Behaviour
from sandbox.sage200.seed.company import create_company
from sandbox.serving import serve

import sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

COMPANY = Path(sandbox.__file__).parent / "companies" / "demo"
SITE = "11111111-2222-4333-8444-555555555555"
REDIRECT_URI = "http://localhost:8400/callback"

ONE_PROCESS = """
import sys
from sage200_client import Sage200Client, Sage200Settings, TokenStore
base, warehouse_url, seed, seconds = sys.argv[1:]
settings = Sage200Settings(
    api_url=f"{base}/uk/sage200extra/accounts/v1/", token_url=f"{base}/oauth/token",
    client_id="demo-client", client_secret="demo-secret", refresh_token=seed,
    site_id="11111111-2222-4333-8444-555555555555", company_id=1,
)
store = TokenStore(warehouse_url, None)
with Sage200Client(settings, store, renew_in_own_process=False) as client:
    renewed_for = 0
    while renewed_for < float(seconds):
        assert client.get("tax_codes", top=1)
        stored = store.read(settings)
        renewed_for = (stored.refresh_obtained_at - stored.signed_in_at).total_seconds()
"""


@dataclass(frozen=True)
class StandIn:
    """The stand-in, running."""

    url: str
    faults: FaultInjector


def run(postgres: str, **behaviour: Any) -> Iterator[StandIn]:
    database_url = ensure_database(postgres, "sage200_of_the_client_tests")
    create_company(database_url, COMPANY)
    app = create_app(database_url, Behaviour(**behaviour))
    injector = FaultInjector(app)
    with serve(injector) as url:
        yield StandIn(url, injector)
    app.state.database.close()


@pytest.fixture(scope="module")
def stand_in(postgres: str) -> Iterator[StandIn]:
    yield from run(postgres)


@pytest.fixture(scope="module")
def hasty_stand_in(postgres: str) -> Iterator[StandIn]:
    """One whose access tokens live two seconds and can't be renewed before their end."""
    yield from run(postgres, access_token_seconds=2, refuse_early_refresh=True)


@pytest.fixture(scope="module")
def standard_stand_in(postgres: str) -> Iterator[StandIn]:
    yield from run(postgres, edition="standard")


def settings_for(stand_in: StandIn, **changes: Any) -> Sage200Settings:
    given: dict[str, Any] = {
        "api_url": f"{stand_in.url}/uk/sage200extra/accounts/v1/",
        "token_url": f"{stand_in.url}/oauth/token",
        "client_id": "demo-client",
        "client_secret": "demo-secret",
        "site_id": SITE,
        "company_id": 1,
    }
    return Sage200Settings(**{**given, **changes})


def log_in(stand_in: StandIn, user: str = "connector") -> str:
    """Log a user in as a browser would; return the refresh token."""
    settings = settings_for(stand_in)
    authorize_url = f"{stand_in.url}/authorize?login_hint={user}"
    request = begin_login(settings, authorize_url=authorize_url, redirect_uri=REDIRECT_URI)
    answer = requests.get(request.url, allow_redirects=False, timeout=5)
    code = code_of_redirect(request, answer.headers["Location"])
    issued = exchange_code(
        settings, code, verifier=request.verifier, redirect_uri=request.redirect_uri
    )
    assert issued.refresh_token is not None
    return issued.refresh_token


@pytest.fixture
def connect(stand_in: StandIn, store: TokenStore) -> Iterator[Callable[..., Sage200Client]]:
    made: list[Sage200Client] = []

    def make(user: str = "connector", **changes: Any) -> Sage200Client:
        settings = settings_for(stand_in, refresh_token=log_in(stand_in, user), **changes)
        backoff = Backoff(first_seconds=0.01)
        client = Sage200Client(settings, store, backoff=backoff, renew_in_own_process=False)
        made.append(client)
        return made[-1]

    yield make
    stand_in.faults.replace([])
    for client in made:
        client.close()


@pytest.fixture
def sage200(connect: Callable[..., Sage200Client]) -> Sage200Client:
    return connect()


def order_for(found: Reference, number: str, **line: Any) -> dict[str, Any]:
    customer, warehouse = found.customers.find("webgbp"), found.warehouses.find("leeds")
    product, tax_code = found.products.find("BN-001"), found.tax_codes.find("1")
    assert customer and warehouse and product and tax_code  # noqa: PT018 - all must be there
    return {
        "customer_id": customer.id,
        "document_date": "2026-01-31T00:00:00Z",
        "customer_document_no": number,
        "lines": [
            {
                "line_type": "EnumLineTypeStandard",
                "product_id": product.id,
                "warehouse_id": warehouse.id,
                "line_quantity": 2,
                "tax_code_id": tax_code.id,
            }
            | line
        ],
    }


def test_the_companies_are_listed(connect: Callable[..., Sage200Client]) -> None:
    (site,) = connect(site_id="", company_id=None).get("sites")
    assert isinstance(site, dict)
    assert (site["site_id"], site["company_id"]) == (SITE, 1)


def test_the_reference_snapshot_is_whole(sage200: Sage200Client) -> None:
    found = load_reference(sage200, with_nominal_codes=True, with_holdings=True)
    assert {one.name for one in found.warehouses} >= {"LEEDS", "YORK", "NEWARK", "QUARANTINE"}
    assert {one.reference for one in found.customers} >= {"WEBGBP", "WEBEUR", "WEBUSD", "TRADE"}
    rates = {one.code: one.tax_rate for one in found.tax_codes}
    assert (rates[1], rates[5], rates[119]) == (Decimal(20), Decimal(5), Decimal(19))
    base = found.base_currency()
    assert base is not None
    assert base == found.currencies.find("GBP")
    assert found.payment_methods.find("web card") is not None
    assert found.additional_charges.find("CARR") is not None
    assert found.countries.find("gb") is not None
    assert len(found.nominal_codes) > 0
    product, warehouse = found.products.find("bn-001"), found.warehouses.find("LEEDS")
    assert product is not None
    assert warehouse is not None
    assert (product.id, warehouse.id) in found.holdings


def test_the_reference_snapshot_of_the_standard_edition_lacks_what_is_professional(
    standard_stand_in: StandIn, connect: Callable[..., Sage200Client]
) -> None:
    api_url = f"{standard_stand_in.url}/uk/sage200/accounts/v1/"
    client = connect(api_url=api_url)
    found = load_reference(client, with_nominal_codes=True, with_holdings=True)
    assert len(found.products) > 20
    assert {one.use_for_sales_trading for one in found.warehouses} == {None}


@pytest.mark.parametrize("name", ["products", "warehouse_holdings", "product_warehouse_views"])
def test_pages_of_any_size_give_the_same_records(sage200: Sage200Client, name: str) -> None:
    whole = list(sage200.get_all(name))
    assert len(whole) > 20
    assert list(sage200.get_all(name, page_size=7)) == whole


def test_an_order_is_posted_to_the_digit_and_found_again(sage200: Sage200Client) -> None:
    found = load_reference(sage200)
    body = order_for(found, "O'Brien & Sons", selling_unit_price=Decimal("1.23456"))
    assert check_document("sop_orders", body) == []
    outcome = sage200.post("sop_orders", body)
    assert isinstance(outcome, Done)
    assert outcome.body["lines"][0]["selling_unit_price"] == Decimal("1.23456")
    assert outcome.body["total_net_value"] == Decimal("2.47")
    again = sage200.get("sop_orders", filter=eq("customer_document_no", "O'Brien & Sons"))
    assert [row["id"] for row in again if isinstance(row, dict)] == [outcome.body["id"]]
    views = sage200.get(
        "sop_order_return_views",
        filter=one_of("customer_document_no", ["nothing", "O'Brien & Sons"]),
        select=["document_no"],
    )
    assert views == [{"document_no": outcome.body["document_no"]}]


@pytest.mark.parametrize(
    ("moment", "action", "made"),
    [("before", "cut", 0), ("after", "cut", 1), ("after", "status", 1), ("after", "delay", 1)],
)
def test_a_post_in_doubt_is_unknown_and_sage_can_be_asked(
    stand_in: StandIn,
    connect: Callable[..., Sage200Client],
    moment: Any,
    action: Any,
    made: int,
) -> None:
    client = connect(timeout_seconds=1.0)
    body = order_for(load_reference(client), f"{moment} {action}")
    stand_in.faults.replace(
        [Fault(action, moment, "POST", "*/sop_orders", count=1, status=504, delay_ms=1500)]
    )
    assert isinstance(client.post("sop_orders", body), Unknown)
    stand_in.faults.replace([])
    found = client.get("sop_orders", filter=eq("customer_document_no", f"{moment} {action}"))
    assert len(found) == made


def test_reads_get_through_a_bad_line(stand_in: StandIn, sage200: Sage200Client) -> None:
    whole = list(sage200.get_all("products"))
    stand_in.faults.replace(
        [
            Fault("cut", "after", "GET", share=0.2, seed=1),
            Fault("status", "before", "GET", share=0.2, seed=2, status=503),
        ]
    )
    assert list(sage200.get_all("products", page_size=5)) == whole


def test_a_busy_sage_is_for_later(stand_in: StandIn, sage200: Sage200Client) -> None:
    busy = Fault("status", method="POST", status=429, headers={"Retry-After": "3"}, path="*/sop_*")
    stand_in.faults.replace([busy])
    outcome = sage200.post("sop_orders", {"customer_id": 1})
    assert outcome == TryLater("Service Temporarily Unavailable", 429, 3.0)


def test_a_wrong_company_is_not_allowed(connect: Callable[..., Sage200Client]) -> None:
    outcome = connect(company_id=7).post("sop_orders", {"customer_id": 1})
    assert isinstance(outcome, NotAllowed)
    assert outcome.status == 401


def test_a_user_without_the_module_is_not_allowed(connect: Callable[..., Sage200Client]) -> None:
    outcome = connect("stock-only").post("sop_orders", {"customer_id": 1})
    assert isinstance(outcome, NotAllowed)
    assert outcome.status == 403


def test_a_user_who_may_not_set_prices_is_refused_in_sages_words(
    connect: Callable[..., Sage200Client],
) -> None:
    client = connect("no-prices")
    body = order_for(load_reference(client), "no prices", selling_unit_price=Decimal(1))
    outcome = client.post("sop_orders", body)
    assert isinstance(outcome, Refused)
    assert "price" in outcome.text.lower()


@pytest.mark.parametrize(
    "change",
    [
        {"colour": "red"},
        {"order_priority": None},
        {"customer_document_no": "x" * 31},
        {"document_date": "2026-01-31"},
        {"delivery_address": {"postcode": "x" * 11}},
        {"delivery_address": {"planet": "Earth"}},
        {"payment_with_order": "yes"},
        {"customer_id": "1001"},
    ],
)
def test_what_the_check_finds_the_stand_in_refuses_too(
    connect: Callable[..., Sage200Client], change: dict[str, Any]
) -> None:
    client = connect(user_agent="magento-sage200 (deliberate)")
    body = order_for(load_reference(client), "checked") | change
    assert len(check_document("sop_orders", body)) == 1
    assert isinstance(client.post("sop_orders", body, checked=False), Refused)


def test_a_token_that_ends_while_in_use_is_renewed(
    stand_in: StandIn, sage200: Sage200Client
) -> None:
    body = order_for(load_reference(sage200), "renewed")
    stand_in.faults.replace([Fault("status", method="POST", status=401, body="", count=1)])
    assert isinstance(sage200.post("sop_orders", body), Done)
    assert len(sage200.get("sop_orders", filter=eq("customer_document_no", "renewed"))) == 1


def test_two_processes_that_refresh_all_the_time_are_never_locked_out(
    hasty_stand_in: StandIn, warehouse_url: str
) -> None:
    url, seed = hasty_stand_in.url, log_in(hasty_stand_in)
    command = [sys.executable, "-c", ONE_PROCESS, url, warehouse_url, seed, "3"]
    processes = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(2)]
    said = [one.communicate(timeout=120)[1].decode() for one in processes]
    assert [one.returncode for one in processes] == [0, 0], said
    # Each ends only when it has seen the token renewed for three seconds.
    with psycopg.connect(warehouse_url) as connection:
        found = connection.execute("select refresh_obtained_at - signed_in_at from sync.sage_token")
        ((renewed_for,),) = found.fetchall()
    assert renewed_for.total_seconds() >= 3


def test_a_crash_between_refresh_and_store_asks_for_a_login_in_one_sentence(
    stand_in: StandIn, store: TokenStore
) -> None:
    settings = settings_for(stand_in, refresh_token=log_in(stand_in))
    first = AccessTokens(settings, store).get()
    crash = f"""
import os, sage200_client.token_renewal as renewal
from sage200_client.tokens import AccessTokens
from sage200_client import Sage200Settings, TokenStore
renewal.stored_from = lambda *_: os._exit(9)
settings = Sage200Settings(
    api_url="{settings.api_url}", token_url="{settings.token_url}", client_id="demo-client",
    client_secret="demo-secret", site_id="{SITE}", company_id=1,
)
AccessTokens(settings, TokenStore("{store.warehouse_url}", None)).get(refused="{first}")
"""
    done = subprocess.run([sys.executable, "-c", crash], check=False)
    assert done.returncode == 9
    with pytest.raises(LogInAgain, match="never got its answer, which used the token up"):
        AccessTokens(settings, store).get(refused=first)


def test_a_person_logs_in_by_paste_and_nobody_else_can_use_the_code(
    stand_in: StandIn,
    warehouse_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in {
        "TARGET_SAGE200_API_URL": f"{stand_in.url}/uk/sage200extra/accounts/v1/",
        "TARGET_SAGE200_TOKEN_URL": f"{stand_in.url}/oauth/token",
        "TARGET_SAGE200_CLIENT_ID": "demo-client",
        "TARGET_SAGE200_CLIENT_SECRET": "demo-secret",
        "SAGE200_AUTHORIZE_URL": f"{stand_in.url}/authorize",
        "WAREHOUSE_URL": warehouse_url,
    }.items():
        monkeypatch.setenv(name, value)

    def consent(_: str) -> str:
        page = capsys.readouterr().out.split("\n\n")[1]
        answer = requests.get(page, allow_redirects=False, timeout=5)
        assert answer.status_code == 302
        redirected = answer.headers["Location"]
        stolen = requests.post(
            f"{stand_in.url}/oauth/token",
            data={
                "grant_type": "authorization_code",
                "client_id": "demo-client",
                "client_secret": "demo-secret",
                "redirect_uri": REDIRECT_URI,
                "code": parse_qs(urlsplit(redirected).query)["code"][0],
                "code_verifier": "a guess",
            },
            timeout=5,
        )
        assert stolen.status_code == 403
        return redirected

    monkeypatch.setattr("getpass.getpass", consent)
    assert main(["login", "--paste"]) == 0
    assert main(["sites"]) == 0
    assert "Demo Merchant Ltd" in capsys.readouterr().out

"""Point 2: refresh tokens that die when used, access tokens that end, and how one signs in."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
import requests

if TYPE_CHECKING:
    from collections.abc import Callable

REDIRECT = "http://127.0.0.1:8400/callback"


def test_a_refresh_token_dies_when_used_and_its_successor_works(
    play: Callable[..., Any], new_company: Callable[[], str]
) -> None:
    sage = play(new_company())
    first = sage.refresh("demo-refresh-token").json()
    assert first["expires_in"] == 28_800
    assert first["token_type"] == "Bearer"
    again = sage.refresh("demo-refresh-token")
    assert (again.status_code, again.json()["error"]) == (403, "invalid_grant")
    assert sage.refresh(first["refresh_token"]).status_code == 200


def test_a_json_body_is_as_good_as_a_form(play: Callable[..., Any]) -> None:
    sage = play()
    body = {
        "grant_type": "refresh_token",
        "client_id": "demo-client",
        "client_secret": "demo-secret",
        "refresh_token": sage.new_refresh_token(),
    }
    assert requests.post(f"{sage.base_url}/oauth/token", json=body, timeout=20).status_code == 200


def test_tokens_outlive_a_restart(play: Callable[..., Any]) -> None:
    sage = play()
    used = sage.new_refresh_token()
    tokens = sage.refresh(used).json()
    restarted = play(refresh_token_days=89)
    restarted.session.headers["Authorization"] = f"Bearer {tokens['access_token']}"
    assert restarted.get("/warehouses")
    assert restarted.refresh(used).status_code == 403
    assert restarted.refresh(tokens["refresh_token"]).status_code == 200


def test_an_access_token_that_has_ended_gives_401(play: Callable[..., Any]) -> None:
    sage = play(access_token_seconds=0).sign_in()
    assert sage.send("GET", "/warehouses").status_code == 401


def test_a_refresh_token_that_has_ended_is_refused(sage: Any) -> None:
    token = sage.new_refresh_token()
    sage.sql("update stand_in.refresh_token set expires_at = now() - interval '1 second'")
    assert sage.refresh(token).status_code == 403


def test_refreshing_too_early_can_be_refused_and_keeps_the_token(play: Callable[..., Any]) -> None:
    sage = play(refuse_early_refresh=True)
    token = sage.refresh(sage.new_refresh_token()).json()["refresh_token"]
    early = sage.refresh(token)
    assert early.status_code == 429
    assert "Rate limit exceeded: access_token not expired" in early.text
    sage.sql("update stand_in.refresh_token set access_expires_at = now() - interval '1 second'")
    assert sage.refresh(token).status_code == 200


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"client_secret": "wrong"}, 401),
        ({"client_id": "nobody"}, 401),
        ({"token": "unknown"}, 403),
        ({"grant_type": "password"}, 403),
    ],
)
def test_a_wrong_grant_is_refused(play: Callable[..., Any], changes: Any, status: int) -> None:
    sage = play()
    answer = sage.refresh(**{"token": sage.new_refresh_token(), **changes})
    assert answer.status_code == status
    assert "error" in answer.json()


def test_no_secret_is_kept_in_the_database(template_url: str) -> None:
    with psycopg.connect(template_url) as connection:
        kept = str(
            [
                *connection.execute("select * from stand_in.client"),
                *connection.execute("select * from stand_in.refresh_token"),
            ]
        )
    assert "demo-secret" not in kept
    assert "demo-refresh-token" not in kept


def authorise(sage: Any, **changes: Any) -> requests.Response:
    query = {
        "audience": "s200ukipd/sage200",
        "response_type": "code",
        "client_id": "demo-client",
        "redirect_uri": REDIRECT,
        "scope": "openid profile email offline_access",
        "state": "s1",
    }
    given = {name: value for name, value in (query | changes).items() if value is not None}
    return requests.get(
        f"{sage.base_url}/authorize", params=given, allow_redirects=False, timeout=20
    )


def answer_of(response: requests.Response) -> dict[str, str]:
    assert response.status_code == 302, response.text
    assert response.headers["location"].startswith(REDIRECT)
    return {k: v[0] for k, v in parse_qs(urlsplit(response.headers["location"]).query).items()}


def redeem(sage: Any, code: Any, **more: Any) -> requests.Response:
    form = {
        "grant_type": "authorization_code",
        "client_id": "demo-client",
        "client_secret": "demo-secret",
        "code": code,
        "redirect_uri": REDIRECT,
    }
    return requests.post(f"{sage.base_url}/oauth/token", data=form | more, timeout=20)


def challenge_of(verifier: str) -> str:
    hashed = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()


def test_the_authorise_page_consents_at_once_and_its_code_works_once(
    play: Callable[..., Any],
) -> None:
    sage = play()
    answer = answer_of(authorise(sage, login_hint="no-prices"))
    assert answer["state"] == "s1"
    tokens = redeem(sage, answer["code"]).json()
    sage.session.headers["Authorization"] = f"Bearer {tokens['access_token']}"
    assert sage.get("/current_user")["logon_name"] == "no-prices"
    assert redeem(sage, answer["code"]).status_code == 403


@pytest.mark.parametrize(("verifier", "status"), [("v" * 43, 200), ("w" * 43, 403), ("", 403)])
def test_a_code_with_a_challenge_needs_its_verifier(
    play: Callable[..., Any], verifier: str, status: int
) -> None:
    sage = play()
    challenge = {"code_challenge": challenge_of("v" * 43), "code_challenge_method": "S256"}
    code = answer_of(authorise(sage, **challenge))["code"]
    assert redeem(sage, code, code_verifier=verifier).status_code == status


@pytest.mark.parametrize(
    "changes",
    [
        {"response_type": "token"},
        {"scope": "openid"},
        {"code_challenge": "x", "code_challenge_method": "plain"},
        {"login_hint": "nobody"},
    ],
)
def test_a_wrong_request_goes_back_with_an_error(play: Callable[..., Any], changes: Any) -> None:
    assert answer_of(authorise(play(), **changes))["error"] == "invalid_request"


@pytest.mark.parametrize(
    "changes", [{"redirect_uri": "http://evil.example/callback"}, {"client_id": "nobody"}]
)
def test_an_unregistered_address_is_never_redirected_to(
    play: Callable[..., Any], changes: Any
) -> None:
    assert authorise(play(), **changes).status_code == 403

"""The command line logs a person in, lists companies and tells how long the login lasts."""

from __future__ import annotations

import base64
import hashlib
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import psycopg
import pytest
import requests
from sage200_client import FixSettings, RetryLater, Sage200Settings
from sage200_client.command import main
from sage200_client.login import (
    LoginRequest,
    RedirectCatcher,
    begin_login,
    code_of_paste,
    code_of_redirect,
)

if TYPE_CHECKING:
    from collections.abc import Callable

REQUEST = LoginRequest("https://id.example/authorize", "http://localhost:8400/callback", "st", "ve")


@pytest.fixture
def environment(
    monkeypatch: pytest.MonkeyPatch, warehouse_url: str, make_settings: Callable[..., Any]
) -> pytest.MonkeyPatch:
    settings: Sage200Settings = make_settings()
    for name, value in {
        "TARGET_SAGE200_API_URL": settings.api_url,
        "TARGET_SAGE200_TOKEN_URL": settings.token_url,
        "TARGET_SAGE200_CLIENT_ID": settings.client_id,
        "TARGET_SAGE200_CLIENT_SECRET": settings.client_secret or "",
        "TARGET_SAGE200_SITE_ID": settings.site_id,
        "TARGET_SAGE200_COMPANY_ID": "1",
        "WAREHOUSE_URL": warehouse_url,
        "SAGE200_REDIRECT_URI": "http://localhost:0/callback",
    }.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_the_consent_page_is_asked_for_with_pkce(make_settings: Callable[..., Any]) -> None:
    request = begin_login(
        make_settings(), authorize_url="https://id.sage.com/authorize", redirect_uri="http://x/y"
    )
    query = {name: values[0] for name, values in parse_qs(urlsplit(request.url).query).items()}
    digest = base64.urlsafe_b64encode(hashlib.sha256(request.verifier.encode()).digest())
    assert query == {
        "audience": "s200ukipd/sage200",
        "response_type": "code",
        "client_id": "our-client",
        "redirect_uri": "http://x/y",
        "scope": "openid profile email offline_access",
        "state": request.state,
        "code_challenge": digest.decode().rstrip("="),
        "code_challenge_method": "S256",
    }
    assert 43 <= len(request.verifier) <= 128
    assert request.verifier not in request.url + repr(request)


def browser(sage: Any, **changes: str) -> Callable[[str], bool]:
    """Play a person who consents: follow the consent page's redirect."""
    answers: dict[str, Any] = {}
    sage.lists["browser"] = [answers]

    def open_page(url: str) -> bool:
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        sage.codes["the-code"] = query
        answer = {"code": "the-code", "state": query["state"], **changes}
        target = f"{query['redirect_uri']}?{urlencode(answer)}".replace("localhost", "127.0.0.1")

        def follow() -> None:
            icon = urlsplit(target)._replace(path="/favicon.ico").geturl()
            answers["icon"] = requests.get(icon, timeout=5).status_code
            answers["page"] = requests.get(target, timeout=5).text

        threading.Thread(target=follow).start()
        return True

    return open_page


def test_a_login_in_the_browser_is_stored(
    environment: pytest.MonkeyPatch, sage: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.setattr("webbrowser.open", browser(sage))
    assert main(["login"]) == 0
    assert "Logged in for 90 days" in capsys.readouterr().out
    (seen,) = sage.lists["browser"]
    assert seen["icon"] == 404
    assert "go back to the terminal" in seen["page"]
    assert main(["token", "status"]) == 0
    assert "89 days left" in capsys.readouterr().out
    form = parse_qs(sage.seen[0].content.decode())
    assert form["grant_type"] == ["authorization_code"]
    assert len(form["code_verifier"][0]) >= 43
    assert sage.codes == {}  # redeemed
    sage.lists["sites"] = [
        {"company_id": 1, "site_id": sage_site(), "company_name": "Demo Ltd", "site_name": "Demo"},
        {"company_id": 2, "site_id": "other", "company_name": "Two", "site_name": "Demo"},
    ]
    assert main(["sites"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"* site {sage_site()}  company 1  Demo Ltd (Demo)"
    assert said[1].startswith("  site other")


def sage_site() -> str:
    return "11111111-2222-4333-8444-555555555555"


def test_a_login_by_paste_is_stored(
    environment: pytest.MonkeyPatch, sage: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.setenv("SAGE200_REDIRECT_URI", "https://shop.example/callback")

    def paste(_: str) -> str:
        url = capsys.readouterr().out.split("\n\n")[1]
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        sage.codes["the-code"] = query
        return f"https://shop.example/callback?code=the-code&state={query['state']}\n"

    environment.setattr("getpass.getpass", paste)
    assert main(["login", "--paste"]) == 0
    assert sage.refreshes == 1


def test_a_login_is_not_overruled_by_the_seed_in_the_environment(
    environment: pytest.MonkeyPatch, sage: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.setenv("TARGET_SAGE200_REFRESH_TOKEN", "an-old-seed")
    environment.setattr("webbrowser.open", browser(sage))
    assert main(["login"]) == 0
    sage.lists["sites"] = []
    assert main(["sites"]) == 0
    assert "may open no company" in capsys.readouterr().out
    assert sage.refreshes == 1


def test_a_refused_consent_is_told_in_sages_words(
    environment: pytest.MonkeyPatch, sage: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    changes = {"error": "access_denied", "error_description": "The user said no"}
    environment.setattr("webbrowser.open", browser(sage, **changes))
    assert main(["login"]) == 1
    assert capsys.readouterr().err == "Sage did not allow the login: The user said no.\n"


@pytest.mark.parametrize(
    ("changes", "arguments", "words"),
    [
        ({"WAREHOUSE_URL": ""}, ["sites"], "WAREHOUSE_URL is not set"),
        ({"TARGET_SAGE200_API_URL": ""}, ["sites"], "TARGET_SAGE200_API_URL is not set"),
        ({"TARGET_SAGE200_CLIENT_ID": ""}, ["sites"], "TARGET_SAGE200_CLIENT_ID is not set"),
        ({"TARGET_SAGE200_API_URL": "sage"}, ["sites"], "api_url is not a web address"),
        ({"TARGET_SAGE200_API_URL": "https://a:b@c"}, ["sites"], "user name or password"),
        ({"TARGET_SAGE200_COMPANY_ID": "one"}, ["sites"], "whole number"),
        ({"TARGET_SAGE200_TIMEOUT_SECONDS": "x"}, ["sites"], "TIMEOUT_SECONDS must be a number"),
        ({"TARGET_SAGE200_TIMEOUT_SECONDS": "0"}, ["sites"], "greater than 0"),
        ({"TARGET_SAGE200_MAX_CONNECTIONS": "0"}, ["sites"], "at least 1"),
        ({}, ["sites"], "run `sage200 login`"),
        ({}, ["token", "status"], "run `sage200 login`"),
        ({"SAGE200_REDIRECT_URI": "https://shop.example/cb"}, ["login"], "--paste"),
        ({"SAGE200_TOKEN_KEY": "short"}, ["sites"], "`sage200 token new-key`"),
    ],
)
def test_what_is_wrong_is_told_in_one_sentence(
    environment: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, str],
    arguments: list[str],
    words: str,
) -> None:
    for name, value in changes.items():
        environment.setenv(name, value)
    assert main(arguments) == 1
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1


def test_a_login_that_ends_soon_is_exit_code_2(
    environment: pytest.MonkeyPatch,
    sage: Any,
    warehouse_url: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    environment.setattr("webbrowser.open", browser(sage))
    assert main(["login"]) == 0
    with psycopg.connect(warehouse_url) as connection:
        connection.execute(
            "update sync.sage_token set signed_in_at = now() - interval '85 days 1 hour',"
            " refresh_started_at = now()"
        )
    capsys.readouterr()
    assert main(["token", "status", "--warn-days", "4"]) == 0
    assert "A refresh begun at" in capsys.readouterr().out
    assert main(["token", "status"]) == 2
    said = capsys.readouterr()
    assert "4 days left" in said.out
    assert "must run `sage200 login`" in said.err


def test_a_new_key_works(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["token", "new-key"]) == 0
    environment.setenv("SAGE200_TOKEN_KEY", capsys.readouterr().out.strip())
    assert main(["token", "status"]) == 1
    assert "No Sage 200 login is stored" in capsys.readouterr().err


@pytest.mark.parametrize(
    "pasted",
    [
        "co",
        " http://localhost:8400/callback?code=co&state=st ",
        "code=co&state=st",
        "?code=co&state=st",
    ],
)
def test_a_code_is_found_in_whatever_is_pasted(pasted: str) -> None:
    assert code_of_paste(REQUEST, pasted) == "co"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("code=co&state=other", "another login"),
        ("code=co", "another login"),
        ("state=st", "holds no code"),
        ("error=access_denied&state=st", "did not allow the login: access_denied"),
    ],
)
def test_an_answer_that_does_not_belong_is_refused(query: str, words: str) -> None:
    with pytest.raises(FixSettings, match=words):
        code_of_redirect(REQUEST, f"http://localhost:8400/callback?{query}")


def test_nothing_pasted_is_told() -> None:
    with pytest.raises(FixSettings, match="Nothing was pasted"):
        code_of_paste(REQUEST, "  ")


def test_a_taken_port_is_told() -> None:
    first = RedirectCatcher("http://localhost:0/callback")
    try:
        with pytest.raises(FixSettings, match="can't be listened on"):
            RedirectCatcher(first.redirect_uri)
        with pytest.raises(RetryLater, match="Nobody logged in"):
            first.wait(1)
    finally:
        first.close()

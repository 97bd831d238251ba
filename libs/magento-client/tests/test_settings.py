"""Settings: what is missing or cannot work is said before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest
from magento_client import AuthMethod, MagentoSettings, WrongSettingsError

SECRETS = {
    "access_token": "SECRET-token",
    "consumer_key": "SECRET-key",
    "consumer_secret": "SECRET-consumer",
    "access_token_secret": "SECRET-token-secret",
    "username": "SECRET-user",
    "password": "SECRET-password",
}


@pytest.mark.parametrize("method", [method.value for method in AuthMethod])
def test_secrets_never_print(method: str) -> None:
    settings = MagentoSettings.from_config(
        {"base_url": "https://shop.example", "auth_method": method, **SECRETS}
    )
    assert "SECRET" not in repr(settings)
    assert "SECRET" not in str(settings)


@pytest.mark.parametrize(
    ("config", "method"),
    [
        ({"access_token": "t"}, AuthMethod.BEARER),
        ({"username": "u", "password": "p"}, AuthMethod.ADMIN),
        ({"username": "u", "password": "p", "access_token": "t"}, AuthMethod.BEARER),
        ({**SECRETS, "auth_method": "oauth1"}, AuthMethod.OAUTH1),
        ({"access_token": "t", "auth_method": ""}, AuthMethod.BEARER),
    ],
)
def test_the_auth_method_follows_from_what_is_set(
    config: dict[str, Any], method: AuthMethod
) -> None:
    settings = MagentoSettings.from_config({"base_url": "https://shop.example", **config})
    assert settings.auth_method is method


@pytest.mark.parametrize(
    "written",
    [
        "https://shop.example/sub",
        "https://shop.example/sub/",
        "https://shop.example/sub/rest",
        "https://shop.example/sub/rest/V1/",
        " https://shop.example/sub ",
    ],
)
def test_the_address_may_be_written_in_any_usual_way(written: str) -> None:
    assert MagentoSettings(written, access_token="t").base_url == "https://shop.example/sub"


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({}, "base_url is empty"),
        ({"base_url": "shop.example"}, "not an http or https address"),
        ({"base_url": "ftp://shop.example"}, "not an http or https address"),
        ({"base_url": "https://shop.example:no"}, "not an http or https address"),
        ({"base_url": "https://u:SECRET@shop.example"}, "holds a user name"),
        ({"base_url": "https://shop.example/rest/eur"}, "goes on after /rest, with a store code"),
        ({"base_url": "https://shop.example/uk/rest/all/V1"}, "goes on after /rest"),
        ({"base_url": "https://shop.example", "access_token": ""}, "lacks access_token; set it"),
        (
            {"base_url": "https://shop.example", "auth_method": "oauth1", "access_token": "t"},
            "lacks consumer_key and consumer_secret and access_token_secret; set them",
        ),
        ({"base_url": "https://shop.example", "auth_method": "basic"}, "must be one of bearer"),
        ({"base_url": "https://shop.example", "access_token": "SECRET\n"}, "line break"),
        (
            {"base_url": "https://s.example", "access_token": "t", "max_requests_per_second": 0},
            "above 0",
        ),
    ],
)
def test_settings_that_cannot_work_stop_with_one_sentence(
    config: dict[str, Any], words: str
) -> None:
    with pytest.raises(WrongSettingsError, match=words) as caught:
        MagentoSettings.from_config(config)
    assert "SECRET" not in str(caught.value)
    assert "\n" not in str(caught.value)

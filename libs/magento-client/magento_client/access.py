"""How a request shows who sends it: bearer token, OAuth 1.0a, or an admin's short-lived token."""

from __future__ import annotations

import base64
import threading
from typing import TYPE_CHECKING

import msgspec
from requests.auth import AuthBase
from requests_oauthlib import OAuth1
from typing_extensions import override

from magento_client.exceptions import LoginRefusedError, NotAuthorisedError
from magento_client.settings import AuthMethod, MagentoSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from requests import PreparedRequest

ADMIN_TOKEN_PATH = "V1/integration/admin/token"  # noqa: S105 -- a path, not a token
_ADMIN_TOKEN_SECONDS = 3600.0
_RENEW_AT_SHARE = 0.8


class BearerToken(AuthBase):
    """Puts one token on a request.

    As an ``auth`` of requests and not as a header: requests would replace a header by what it
    finds for the host in a ``.netrc``.
    """

    def __init__(self, token: str) -> None:
        """Keep the token."""
        self._token = token

    @override
    def __call__(self, r: PreparedRequest) -> PreparedRequest:
        r.headers["Authorization"] = f"Bearer {self._token}"
        return r


class AdminToken(AuthBase):
    """Puts an admin user's token on a request and renews it before it expires.

    Safe for use by many threads: one renews, the others wait. A refusal is remembered: Magento
    locks an account after a few wrong passwords, so nobody asks a second time.
    """

    def __init__(self, fetch: Callable[[], str], *, clock: Callable[[], float]) -> None:
        """Prepare; the first token is fetched with the first request.

        Args:
            fetch: Asks the shop for a token.
            clock: Monotonic seconds.
        """
        self._fetch = fetch
        self._clock = clock
        self._lock = threading.Lock()
        self._token = ""
        self._renew_at = 0.0
        self._refusal: str | None = None

    @override
    def __call__(self, r: PreparedRequest) -> PreparedRequest:
        r.headers["Authorization"] = f"Bearer {self._current()}"
        return r

    def forget(self, header: str) -> None:
        """Drop the token of a request that the shop answered 401, so that a new one is fetched.

        Args:
            header: The ``Authorization`` header that was sent; another thread may have renewed
                the token since.
        """
        with self._lock:
            if header == f"Bearer {self._token}":
                self._token = ""

    def _current(self) -> str:
        with self._lock:
            if not self._token or self._clock() >= self._renew_at:
                self._raise_refusal()
                asked_at = self._clock()
                try:
                    self._token = self._fetch()
                except NotAuthorisedError as refused:
                    self._refusal = str(refused)
                    self._raise_refusal()
                self._renew_at = asked_at + _RENEW_AT_SHARE * lifetime_seconds(self._token)
            return self._token

    def _raise_refusal(self) -> None:
        if self._refusal is not None:
            raise LoginRefusedError(self._refusal)


def lifetime_seconds(token: str) -> float:
    """Return how long an admin token lives: from its own claims, else Magento's usual hour.

    Magento 2.4.4 and later send a JWT that states ``iat`` and ``exp``; the difference counts, as
    the shop's clock may differ from ours. Earlier ones send an opaque token, valid four hours.
    """
    parts = token.split(".")
    if len(parts) == 3:  # noqa: PLR2004 -- header, claims, signature
        padded = parts[1] + "=" * (-len(parts[1]) % 4)
        try:
            claims = msgspec.json.decode(base64.urlsafe_b64decode(padded), type=dict[str, object])
        except (msgspec.DecodeError, ValueError):
            return _ADMIN_TOKEN_SECONDS
        issued, expires = claims.get("iat"), claims.get("exp")
        if (
            isinstance(issued, (int, float))
            and isinstance(expires, (int, float))
            and expires > issued
        ):
            return float(expires - issued)
    return _ADMIN_TOKEN_SECONDS


def oauth1(settings: MagentoSettings) -> AuthBase:
    """Sign each request with HMAC-SHA256; a JSON body is not part of the signature."""
    signer: AuthBase = OAuth1(
        settings.consumer_key,
        settings.consumer_secret,
        settings.access_token,
        settings.access_token_secret,
        signature_method="HMAC-SHA256",
    )
    return signer


def access(
    settings: MagentoSettings, *, fetch_admin_token: Callable[[], str], clock: Callable[[], float]
) -> AuthBase:
    """Return what puts the credentials of ``settings`` on a request."""
    if settings.auth_method is AuthMethod.BEARER:
        return BearerToken(settings.access_token)
    if settings.auth_method is AuthMethod.OAUTH1:
        return oauth1(settings)
    return AdminToken(fetch_admin_token, clock=clock)

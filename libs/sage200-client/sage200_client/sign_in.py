"""The two requests to Sage's token address: exchange a code, and refresh."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import requests

from sage200_client.exceptions import FixSettings, RetryLater
from sage200_client.failures import never_sent, reason
from sage200_client.wire import body_or_text, error_text

if TYPE_CHECKING:
    from sage200_client.settings import Sage200Settings

_Otherwise = TypeVar("_Otherwise", int, None)

_CAREFUL_LIFETIME = 3600
_TOO_EARLY = "not expired"
"""Part of "Rate limit exceeded: access_token not expired", seen where refreshes come too early."""

_BUSY = frozenset({408, 425, 429})


@dataclass(frozen=True)
class IssuedTokens:
    """What the token address gave.

    Attributes:
        access_token: Bearer token for the API.
        expires_in: Its lifetime in seconds (28,800 seen in the wild).
        refresh_token: The next refresh token; None where the old one stays good.
        refresh_expires_in: Lifetime of the refresh token in seconds, where told.
    """

    access_token: str = field(repr=False)
    expires_in: int
    refresh_token: str | None = field(default=None, repr=False)
    refresh_expires_in: int | None = None


class RefreshRefused(Exception):  # noqa: N818 - internal: the token keeper turns it into a sentence
    """The token address said no to a refresh token.

    Attributes:
        too_early: It refused because the access token has not expired yet.
        text: Its words.
    """

    def __init__(self, text: str, *, too_early: bool) -> None:
        super().__init__(text)
        self.text = text
        self.too_early = too_early


def refresh(settings: Sage200Settings, refresh_token: str) -> IssuedTokens:
    """Trade a refresh token for new tokens; the old one dies when Sage handles this.

    Raises:
        RefreshRefused: Sage refused this refresh token.
        FixSettings: Sage refused the client, or its address is wrong.
        RetryLater: No answer, or an answer that says nothing about the token. ``__cause__`` tells
            which; the refresh token may have been used up if the request was sent.
    """
    return _ask(settings, {"grant_type": "refresh_token", "refresh_token": refresh_token})


def exchange_code(
    settings: Sage200Settings, code: str, *, verifier: str, redirect_uri: str
) -> IssuedTokens:
    """Trade the code of a login for tokens (RFC 6749 4.1.3 with the verifier of RFC 7636).

    Raises:
        FixSettings: Sage refused the code or the client.
        RetryLater: No usable answer.
    """
    try:
        return _ask(
            settings,
            {
                "grant_type": "authorization_code",
                "code": code,
                "code_verifier": verifier,
                "redirect_uri": redirect_uri,
            },
        )
    except RefreshRefused as refused:
        raise FixSettings(f"Sage refused the login code: {refused.text}. Log in again.") from None


def _ask(settings: Sage200Settings, grant: dict[str, str]) -> IssuedTokens:
    form = {**grant, "client_id": settings.client_id}
    if settings.client_secret:
        form["client_secret"] = settings.client_secret
    try:
        answer = requests.post(
            settings.token_url,
            data=form,
            headers={"User-Agent": settings.user_agent, "Accept": "application/json"},
            timeout=(min(settings.timeout_seconds, 10.0), settings.timeout_seconds),
            verify=settings.verify_tls,
            allow_redirects=False,
            auth=_no_netrc,
        )
    except requests.RequestException as error:
        sent = "" if never_sent(error) else "; the request may have been handled"
        raise RetryLater(
            f"Sage's sign-in at {settings.token_url} gave no answer: {reason(error)}{sent}."
        ) from error
    return _read(settings, answer, [*grant.values(), settings.client_secret])


def _read(
    settings: Sage200Settings, answer: requests.Response, sent: list[str | None]
) -> IssuedTokens:
    text = "" if answer.ok else _without_secrets(error_text(answer.content), sent)
    if _TOO_EARLY in text:  # whatever the status: it is no matter of being busy
        raise RefreshRefused(text, too_early=True)
    if answer.status_code in _BUSY or answer.status_code >= requests.codes.server_error:
        raise RetryLater(
            f"Sage's sign-in at {settings.token_url} answered {answer.status_code}; try later."
        )
    body = body_or_text(answer.content)
    if answer.ok and isinstance(body, dict) and isinstance(body.get("access_token"), str):
        return IssuedTokens(
            access_token=body["access_token"],
            expires_in=_seconds(body.get("expires_in"), _CAREFUL_LIFETIME),
            refresh_token=body.get("refresh_token") or None,
            refresh_expires_in=_seconds(body.get("refresh_token_expires_in"), None),
        )
    if answer.ok or answer.is_redirect:
        raise FixSettings(
            f"{settings.token_url} answered {answer.status_code} without a token; check token_url."
        )
    if isinstance(body, dict) and body.get("error") in {"invalid_client", "unauthorized_client"}:
        raise FixSettings(f"Sage refused our client ({text}): check client_id and client_secret.")
    if answer.status_code == requests.codes.not_found:
        raise FixSettings(f"{settings.token_url} does not exist (404): check token_url.")
    raise RefreshRefused(text or f"HTTP {answer.status_code}", too_early=False)


def _seconds(value: Any, otherwise: _Otherwise) -> int | _Otherwise:
    """Read a lifetime, sent as a number or as text."""
    try:
        return int(value)
    except (TypeError, ValueError):
        return otherwise


def _without_secrets(text: str, sent: list[str | None]) -> str:
    """Keep an answer that echoes what we sent from carrying a secret into a message."""
    for value in sent:
        if value and value not in {"refresh_token", "authorization_code"}:
            text = text.replace(value, "…")
    return text


def _no_netrc(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keep requests from adding a password of the user's .netrc."""
    return request

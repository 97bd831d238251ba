"""Where Sage 200 is and who we are there. Names are those of target-sage200's settings."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sage200_client.exceptions import FixSettings
from sage200_client.stored_tokens import DEFAULT_WARNING_DAYS

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "TARGET_SAGE200_"
DEFAULT_TOKEN_URL = "https://id.sage.com/oauth/token"  # noqa: S105 - an address, not a secret
DEFAULT_USER_AGENT = "magento-sage200"


@dataclass(frozen=True)
class Sage200Settings:
    """How to reach one company of one Sage 200 site.

    Attributes:
        api_url: Base address, ``https://api.columbus.sage.com/uk/sage200extra/accounts/v1/`` for
            Professional, ``…/uk/sage200/accounts/v1/`` for Standard.
        client_id: Id of our application as registered with Sage.
        token_url: Where tokens are made.
        client_secret: Secret of a confidential ("Web") client; None for a public ("Desktop") one.
        refresh_token: Seed for the first use; afterwards the token store keeps the rotating one.
        site_id: GUID for ``X-Site``; empty until ``sage200 sites`` has told it.
        company_id: Number for ``X-Company``.
        timeout_seconds: Longest wait for the next byte of an answer.
        max_connections: Most requests at one time, over all threads.
        user_agent: Sent with each request.
        verify_tls: Check certificates; False only for a laboratory.
        refresh_token_days: Lifetime of a refresh token chosen on Sage's form, at most 90.
        login_warning_days: From how many days before the login ends on people are warned.
    """

    api_url: str
    client_id: str
    token_url: str = DEFAULT_TOKEN_URL
    client_secret: str | None = field(default=None, repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    site_id: str = ""
    company_id: int | None = None
    timeout_seconds: float = 60.0
    max_connections: int = 4
    user_agent: str = DEFAULT_USER_AGENT
    verify_tls: bool = True
    refresh_token_days: int = 90
    login_warning_days: int = DEFAULT_WARNING_DAYS

    def __post_init__(self) -> None:
        """Refuse what can't work, with the name of the setting.

        Raises:
            FixSettings: An address isn't one, or a number is out of range.
        """
        for name in ("api_url", "token_url"):
            parts = urlsplit(getattr(self, name))
            if parts.scheme not in {"http", "https"} or not parts.hostname:
                raise FixSettings(
                    f"Setting {name} is not a web address (https://…): {getattr(self, name)!r}."
                )
            if parts.username or parts.password:
                raise FixSettings(f"Setting {name} holds a user name or password; take it out.")
        if not self.client_id:
            raise FixSettings("Setting client_id is empty: it is the id of your Sage application.")
        if self.timeout_seconds <= 0:
            raise FixSettings("Setting timeout_seconds must be greater than 0.")
        if self.max_connections < 1:
            raise FixSettings("Setting max_connections must be at least 1.")
        if self.login_warning_days < 0:
            raise FixSettings(
                "Setting login_warning_days can't be negative; 0 warns only after the end."
            )

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Sage200Settings:
        """Read the settings from ``TARGET_SAGE200_API_URL``, ``…_CLIENT_ID`` and so on.

        Args:
            environ: The variables; those of the process by default.

        Raises:
            FixSettings: One is missing or not of its kind.
        """
        given = os.environ if environ is None else environ

        def text(name: str, default: str = "") -> str:
            return given.get(PREFIX + name.upper(), "").strip() or default

        def number(name: str, default: str) -> float:
            try:
                return float(text(name, default))
            except ValueError as error:
                raise FixSettings(f"{PREFIX}{name.upper()} must be a number.") from error

        for name in ("api_url", "client_id"):
            if not text(name):
                raise FixSettings(f"Environment variable {PREFIX}{name.upper()} is not set.")
        company = text("company_id")
        if company and not company.isdecimal():
            raise FixSettings(f"{PREFIX}COMPANY_ID must be a whole number (see `sage200 sites`).")
        return cls(
            api_url=text("api_url"),
            client_id=text("client_id"),
            token_url=text("token_url", DEFAULT_TOKEN_URL),
            client_secret=text("client_secret") or None,
            refresh_token=text("refresh_token") or None,
            site_id=text("site_id"),
            company_id=int(company) if company else None,
            timeout_seconds=number("timeout_seconds", "60"),
            max_connections=int(number("max_connections", "4")),
            user_agent=text("user_agent", DEFAULT_USER_AGENT),
            verify_tls=text("verify_tls", "true").lower() not in {"false", "0", "no"},
            refresh_token_days=int(number("refresh_token_days", "90")),
            login_warning_days=int(number("login_warning_days", str(DEFAULT_WARNING_DAYS))),
        )

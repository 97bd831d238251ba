"""Who we are and where the shop is: built once, checked once, secrets never printed."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from magento_client.exceptions import WrongSettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_USER_AGENT = "magento-client/0.1.0"


class AuthMethod(str, Enum):
    """How the shop knows us."""

    BEARER = "bearer"
    """The integration's access token; since 2.4.4 the shop must allow this use."""
    OAUTH1 = "oauth1"
    """OAuth 1.0a with HMAC-SHA256; works in every shop."""
    ADMIN = "admin"
    """Name and password of an admin user, for a token that lives about an hour."""


_NEEDED: Mapping[AuthMethod, tuple[str, ...]] = {
    AuthMethod.BEARER: ("access_token",),
    AuthMethod.OAUTH1: (
        "consumer_key",
        "consumer_secret",
        "access_token",
        "access_token_secret",
    ),
    AuthMethod.ADMIN: ("username", "password"),
}


@dataclass(frozen=True)
class MagentoSettings:
    """Access to one shop.

    Attributes:
        base_url: The shop's address, such as ``https://shop.example``, without ``/rest``.
        auth_method: How the shop knows us; decides which of the next settings must be set.
        access_token: Integration access token (bearer, oauth1).
        consumer_key: Integration consumer key (oauth1).
        consumer_secret: Integration consumer secret (oauth1).
        access_token_secret: Integration access token secret (oauth1).
        username: Admin user (admin).
        password: Password of the admin user (admin).
        user_agent: What we call ourselves in the shop's access log.
        verify_tls: Check the shop's certificate; switch off for a test shop only.
        connect_timeout_seconds: Longest wait for a connection.
        read_timeout_seconds: Longest silence of the shop within an answer.
        max_requests_per_second: Request budget over all connections; None for no limit.
        max_attempts: Tries of a request that may be repeated, the first included.
        max_wait_seconds: Longest pause before a retry; where the shop's ``Retry-After`` asks for
            more, the request fails at once.
    """

    base_url: str
    auth_method: AuthMethod = AuthMethod.BEARER
    access_token: str = field(default="", repr=False)
    consumer_key: str = field(default="", repr=False)
    consumer_secret: str = field(default="", repr=False)
    access_token_secret: str = field(default="", repr=False)
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    user_agent: str = DEFAULT_USER_AGENT
    verify_tls: bool = True
    connect_timeout_seconds: float = 10.0
    read_timeout_seconds: float = 300.0
    max_requests_per_second: float | None = None
    max_attempts: int = 6
    max_wait_seconds: float = 300.0

    def __post_init__(self) -> None:
        """Check what can be checked without the network.

        Raises:
            WrongSettingsError: A setting is missing or cannot work.
        """
        object.__setattr__(self, "base_url", _checked_base_url(self.base_url))
        missing = [name for name in _NEEDED[self.auth_method] if not getattr(self, name)]
        if missing:
            raise WrongSettingsError(
                f"Access to {self.base_url} with auth_method {self.auth_method.value} lacks "
                f"{' and '.join(missing)}; set {'it' if len(missing) == 1 else 'them'} in the "
                "plugin's settings."
            )
        for name in _NEEDED[self.auth_method]:
            # A line feed pasted along would break the request's header.
            value = getattr(self, name)
            if value != value.strip() or any(ord(letter) < 0x20 for letter in value):  # noqa: PLR2004 -- control characters end there
                raise WrongSettingsError(
                    f"The setting {name} for {self.base_url} begins or ends with a space or holds "
                    "a line break; enter it again without."
                )
        if self.max_requests_per_second is not None and self.max_requests_per_second <= 0:
            raise WrongSettingsError(
                "The setting max_requests_per_second must be above 0; leave it out for no limit."
            )

    @classmethod
    def from_config(
        cls, config: Mapping[str, Any], *, default_user_agent: str = DEFAULT_USER_AGENT
    ) -> MagentoSettings:
        """Build the settings from a plugin's configuration, in which empty means not set.

        Args:
            config: The plugin's settings by name; names that are not ours are ignored.
            default_user_agent: What the plugin calls itself where ``user_agent`` is not set.

        Raises:
            WrongSettingsError: A setting is missing or cannot work.
        """
        rate = config.get("max_requests_per_second")
        verify = config.get("verify_tls")
        return cls(
            base_url=_text(config, "base_url"),
            auth_method=_auth_method(config),
            access_token=_text(config, "access_token"),
            consumer_key=_text(config, "consumer_key"),
            consumer_secret=_text(config, "consumer_secret"),
            access_token_secret=_text(config, "access_token_secret"),
            username=_text(config, "username"),
            password=_text(config, "password"),
            user_agent=_text(config, "user_agent") or default_user_agent,
            verify_tls=True if verify is None else bool(verify),
            max_requests_per_second=None if rate is None else float(rate),
        )


def _text(config: Mapping[str, Any], name: str) -> str:
    value = config.get(name)
    return "" if value is None else str(value)


def _auth_method(config: Mapping[str, Any]) -> AuthMethod:
    named = _text(config, "auth_method")
    if named:
        try:
            return AuthMethod(named)
        except ValueError:
            known = ", ".join(method.value for method in AuthMethod)
            raise WrongSettingsError(
                f'The setting auth_method is "{named}"; it must be one of {known}.'
            ) from None
    if _text(config, "username") and not _text(config, "access_token"):
        return AuthMethod.ADMIN
    return AuthMethod.BEARER


def _checked_base_url(raw: str) -> str:
    """Return the address without a trailing slash or ``/rest``.

    Raises:
        WrongSettingsError: It is no http address, or it holds credentials, a query or a store
            code.
    """
    if not raw:
        raise WrongSettingsError(
            "The setting base_url is empty; set it to the shop's address, such as "
            "https://shop.example."
        )
    try:
        parts = urlsplit(raw.strip())
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname)
        _ = parts.port
    except ValueError:
        usable = False
    if not usable:
        raise WrongSettingsError(
            "The setting base_url is not an http or https address; set it to the shop's address, "
            "such as https://shop.example."
        )
    if parts.username or parts.password or parts.query or parts.fragment:
        # Not quoted: it may hold a password.
        raise WrongSettingsError(
            f"The setting base_url for {parts.hostname} holds a user name, a password or a query; "
            "set it to the bare address, such as https://shop.example."
        )
    path = parts.path.rstrip("/")
    if path.endswith("/rest/V1"):
        path = path.removesuffix("/V1")
    path = path.removesuffix("/rest")
    if "rest" in path.split("/"):
        raise WrongSettingsError(
            f"The setting base_url for {parts.hostname} goes on after /rest, with a store code "
            "perhaps; set it to the shop's address before /rest, such as https://shop.example."
        )
    return f"{parts.scheme}://{parts.netloc}{path}"

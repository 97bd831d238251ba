"""Who may do what: integration tokens, OAuth 1.0a consumers, administrators."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sandbox.magento.errors import MagentoError
from sandbox.magento.json_text import magento_json

if TYPE_CHECKING:
    from collections.abc import Sequence

ADMIN_TOKEN_LIFE = timedelta(hours=1)
STOCK_RESOURCES = frozenset(
    {
        "Magento_Catalog::products",
        "Magento_Catalog::catalog",
        "Magento_Catalog::categories",
        "Magento_Catalog::attributes_attributes",
        "Magento_CatalogInventory::cataloginventory",
        "Magento_InventoryApi::source",
        "Magento_InventoryApi::stock",
        "Magento_InventoryApi::stock_source_link",
        "Magento_InventoryApi::stock_source_item_assign",
        "Magento_InventorySalesApi::stock",
    }
)
"""What an integration needs that publishes stock and does nothing else."""
ORDERS_VIEW_RESOURCES = frozenset({"Magento_Sales::actions_view"})
"""What an integration has that may look at orders only."""


@dataclass(frozen=True)
class Integration:
    """One integration: an access token, and the other three keys where it signs by OAuth 1.0a.

    Attributes:
        access_token: The bearer token, and the ``oauth_token`` of signed requests.
        resources: What it may do; None is everything.
        access_token_secret: Needed for signed requests, as are the next two.
        consumer_key: Names the integration in signed requests.
        consumer_secret: Signs them.
    """

    access_token: str = field(repr=False)
    resources: frozenset[str] | None = None
    access_token_secret: str = field(default="", repr=False)
    consumer_key: str = field(default="", repr=False)
    consumer_secret: str = field(default="", repr=False)

    def may(self, resource: str) -> bool:
        """Whether the integration has a right; an empty one is had by all."""
        return not resource or self.resources is None or resource in self.resources


@dataclass(frozen=True)
class Administrator:
    """A user who can ask for a token that lives one hour; may do everything."""

    username: str
    password: str = field(repr=False)


DEMO = Integration(
    access_token="demo-access-token",  # noqa: S106 - opens the stand-in only
    access_token_secret="demo-access-token-secret",  # noqa: S106 - the same
    consumer_key="demo-consumer-key",
    consumer_secret="demo-consumer-secret",  # noqa: S106 - the same
)
"""The integration the stand-in knows where no other is given."""
DEMO_STOCK = Integration("demo-stock-token", STOCK_RESOURCES)
DEMO_ORDERS_VIEW = Integration("demo-orders-view-token", ORDERS_VIEW_RESOURCES)
DEMO_NOTHING = Integration("demo-nothing-token", frozenset())
DEMO_ADMINISTRATOR = Administrator("demo-admin", "demo-admin-Passw0rd")


class Access:
    """The integrations and administrators of a shop."""

    def __init__(
        self,
        integrations: Sequence[Integration] = (DEMO, DEMO_STOCK, DEMO_ORDERS_VIEW, DEMO_NOTHING),
        administrators: Sequence[Administrator] = (DEMO_ADMINISTRATOR,),
    ) -> None:
        self._integrations = tuple(integrations)
        self._administrators = tuple(administrators)
        self._issued: dict[str, datetime] = {}
        self._signing_key = secrets.token_bytes(32)

    def bearer(self, token: str, now: datetime, *, integrations: bool = True) -> Integration | None:
        """Return who a bearer token belongs to, None for nobody.

        Args:
            token: The token.
            now: The shop's time; administrators' tokens end after an hour.
            integrations: Whether integration tokens count; off by default since Magento 2.4.4.
        """
        expires = self._issued.get(token)
        if expires is not None:
            return Integration(token) if now < expires else None
        if not integrations:
            return None
        for integration in self._integrations:
            if token and hmac.compare_digest(token.encode(), integration.access_token.encode()):
                return integration
        return None

    def consumer(self, consumer_key: str, token: str) -> Integration | None:
        """Return the integration of an OAuth consumer key and token, None where they don't fit."""
        for integration in self._integrations:
            if integration.consumer_key and integration.consumer_key == consumer_key:
                return integration if integration.access_token == token else None
        return None

    def revoke_admin_tokens(self) -> None:
        """Make every administrator's token worthless; integrations' tokens do not end."""
        self._issued.clear()

    def issue_admin_token(self, username: str, password: str, now: datetime) -> str:
        """Return a new administrator's token.

        Raises:
            MagentoError: 401, name or password are wrong.
        """
        given = Administrator(username, password)
        if given not in self._administrators:
            raise MagentoError(
                401,
                "The account sign-in was incorrect or your account is disabled temporarily. "
                "Please wait and try again later.",
            )
        expires = now + ADMIN_TOKEN_LIFE
        header = {"kid": "1", "alg": "HS256"}
        claims = {
            "uid": 1,
            "utypid": 2,
            "iat": int(now.timestamp()),
            "exp": int(expires.timestamp()),
            "jti": secrets.token_hex(8),
        }
        signed = b".".join(_base64(magento_json(part)) for part in (header, claims))
        signature = hmac.new(self._signing_key, signed, hashlib.sha256).digest()
        token = (signed + b"." + _base64(signature)).decode()
        self._issued[token] = expires
        return token


def _base64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")

"""The target's settings: their JSON schema, and the frozen values made of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sage200_client.settings import Sage200Settings
from singer_sdk import typing as th

from target_sage200.exceptions import SettingError
from target_sage200.gate import GateRules
from target_sage200.mapping.order import OrderRules
from target_sage200.mapping.tables import POST_WHEN

if TYPE_CHECKING:
    from collections.abc import Mapping

CONFIG_SCHEMA: dict[str, Any] = th.PropertiesList(
    th.Property(
        "api_url",
        th.StringType,
        required=True,
        description="Base URL of the Sage 200 API, e.g. …/uk/sage200extra/accounts/v1/",
    ),
    th.Property("token_url", th.StringType, default="https://id.sage.com/oauth/token"),
    th.Property("client_id", th.StringType, required=True, description="OAuth client id"),
    th.Property("client_secret", th.StringType, secret=True, description="OAuth client secret"),
    th.Property(
        "refresh_token",
        th.StringType,
        secret=True,
        description="Refresh token of the first use; afterwards the token store holds it",
    ),
    th.Property("site_id", th.StringType, required=True, description="X-Site, a GUID"),
    th.Property("company_id", th.StringType, required=True, description="X-Company, a number"),
    th.Property(
        "token_key",
        th.StringType,
        secret=True,
        description="Key under which tokens are encrypted in the token store",
    ),
    th.Property(
        "outbox_url",
        th.StringType,
        required=True,
        secret=True,
        description="libpq URL of the PostgreSQL database that holds schema sync",
    ),
    th.Property(
        "mappings_dir", th.StringType, required=True, description="Folder of the mapping tables"
    ),
    th.Property(
        "source", th.StringType, default="magento", description="Name of the Magento installation"
    ),
    th.Property(
        "order_route",
        th.StringType,
        allowed_values=["sop_orders"],
        default="sop_orders",
        description="What a Magento order becomes in Sage 200",
    ),
    th.Property(
        "post_when",
        th.StringType,
        allowed_values=list(POST_WHEN),
        description="Rule for payment methods that payment_methods.csv does not list;"
        " without it such orders are refused",
    ),
    th.Property(
        "tax_strategy",
        th.StringType,
        allowed_values=["rounding_lines", "refuse"],
        default="rounding_lines",
        description="What to do where Sage's VAT differs from Magento's by rounding",
    ),
    th.Property(
        "start_from",
        th.DateTimeType,
        description="Orders placed before this UTC stamp are not posted",
    ),
    th.Property("minimum_age_minutes", th.IntegerType, default=0),
    th.Property(
        "test_emails",
        th.ArrayType(th.StringType),
        default=[],
        description="E-mail addresses or @domains whose orders are not posted",
    ),
    th.Property("post_zero_totals", th.BooleanType, default=True),
    th.Property(
        "bundle_price_on", th.StringType, allowed_values=["children", "parent"], default="children"
    ),
    th.Property("allocate_stock", th.BooleanType, default=True),
    th.Property(
        "description_limit",
        th.IntegerType,
        default=60,
        description="Characters a free-text or comment line takes: 60, or up to 6000 by release",
    ),
    th.Property(
        "text_encoding",
        th.StringType,
        allowed_values=["cp1252", "utf-8"],
        default="cp1252",
        description="What the Sage database can hold",
    ),
    th.Property("timezone", th.StringType, default="Europe/London"),
    th.Property("max_connections", th.IntegerType, default=4),
    th.Property("timeout_seconds", th.IntegerType, default=60),
    th.Property(
        "in_doubt_after_seconds",
        th.IntegerType,
        default=180,
        description="How long a request may still be at work in Sage 200 after it was sent;"
        " a document of unknown fate is asked about only then",
    ),
    th.Property(
        "max_failures",
        th.IntegerType,
        default=5,
        description="Technical failures in a row after which the run stops",
    ),
    th.Property(
        "dry_run",
        th.BooleanType,
        default=False,
        description="Decide and map, show what would be posted, send nothing",
    ),
    th.Property("user_agent", th.StringType, default="target-sage200"),
    th.Property("verify_tls", th.BooleanType, default=True),
).to_dict()


@dataclass(frozen=True)
class Settings:
    """All settings, checked.

    Attributes:
        lease: How long a document in flight belongs to its worker; longer than any request lives.
    """

    sage: Sage200Settings
    token_key: str | None
    outbox_url: str
    mappings_dir: Path
    source: str
    post_when: str | None
    gate: GateRules
    mapping: OrderRules
    max_connections: int
    lease: timedelta
    max_failures: int
    dry_run: bool


def read_settings(config: Mapping[str, Any]) -> Settings:
    """Make frozen settings of the plugin's configuration.

    Raises:
        SettingError: A value is out of range; the message names the setting.
    """
    company = str(config["company_id"]).strip()
    if not company.isdecimal():
        msg = f"Setting company_id must be a whole number, not {company!r} (see: sage200 sites)."
        raise SettingError(msg)
    for name in ("max_connections", "timeout_seconds", "in_doubt_after_seconds", "max_failures"):
        if int(config[name]) < 1:
            msg = f"Setting {name} must be at least 1."
            raise SettingError(msg)
    if int(config["in_doubt_after_seconds"]) <= int(config["timeout_seconds"]):
        # Else another run could ask about, and post again, what a worker of this one still sends.
        msg = (
            "Setting in_doubt_after_seconds must be greater than timeout_seconds:"
            f" {config['in_doubt_after_seconds']} is not greater than {config['timeout_seconds']}."
        )
        raise SettingError(msg)
    return Settings(
        sage=Sage200Settings(
            api_url=config["api_url"],
            token_url=config["token_url"],
            client_id=config["client_id"],
            client_secret=config.get("client_secret"),
            refresh_token=config.get("refresh_token"),
            site_id=config["site_id"],
            company_id=int(company),
            timeout_seconds=int(config["timeout_seconds"]),
            max_connections=int(config["max_connections"]),
            user_agent=config["user_agent"],
            verify_tls=bool(config["verify_tls"]),
        ),
        token_key=config.get("token_key") or None,
        outbox_url=config["outbox_url"],
        mappings_dir=Path(config["mappings_dir"]),
        source=config["source"],
        post_when=config.get("post_when"),
        gate=GateRules(
            start_from=_stamp(config.get("start_from")),
            minimum_age=timedelta(minutes=int(config["minimum_age_minutes"])),
            test_emails=tuple(config["test_emails"]),
            post_zero_totals=bool(config["post_zero_totals"]),
        ),
        mapping=OrderRules(
            bundle_price_on=config["bundle_price_on"],
            allocate_stock=bool(config["allocate_stock"]),
            description_limit=int(config["description_limit"]),
            text_encoding=config["text_encoding"],
            timezone=config["timezone"],
            most_rounding=Decimal(0) if config["tax_strategy"] == "refuse" else Decimal("0.01"),
        ),
        max_connections=int(config["max_connections"]),
        lease=timedelta(seconds=int(config["in_doubt_after_seconds"])),
        max_failures=int(config["max_failures"]),
        dry_run=bool(config["dry_run"]),
    )


def _stamp(value: str | None) -> datetime | None:
    if not value:
        return None
    try:
        stamp = datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        msg = f"Setting start_from must be a stamp like 2026-01-31T00:00:00Z, not {value!r}."
        raise SettingError(msg) from None
    return stamp if stamp.tzinfo else stamp.replace(tzinfo=timezone.utc)

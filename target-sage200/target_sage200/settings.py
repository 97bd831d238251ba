"""The target's settings, checked and frozen; their JSON schema is in ``config_schema``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfoNotFoundError

from sage200_client.settings import Sage200Settings

from target_sage200.exceptions import SettingError
from target_sage200.gate import GateRules
from target_sage200.mapping.rules import OrderRules
from target_sage200.mapping.strategy import check_strategy
from target_sage200.window import Window, read_window

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

EMAIL_OR_DOMAIN = re.compile(r"[^@\s*?]*@[^@\s*?]+")


@dataclass(frozen=True)
class Settings:
    """All settings, checked.

    Attributes:
        lease: How long a document in flight belongs to its worker; longer than any request lives.
        max_documents: Documents sent in one run at most.
        order_route: The resource that orders go to.
        window: When documents may be sent; ``None`` is always.
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
    max_documents: int | None
    window: Window | None
    on_total_difference: str
    order_route: str
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
    wrong = check_strategy(config["tax_strategy"])
    if wrong:
        msg = f"Setting {wrong}."
        raise SettingError(msg)
    if config["max_rounding"] < 0:
        msg = f"Setting max_rounding must not be below 0: {config['max_rounding']}."
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
            login_warning_days=int(config["login_warning_days"]),
        ),
        token_key=config.get("token_key") or None,
        outbox_url=config["outbox_url"],
        mappings_dir=Path(config["mappings_dir"]),
        source=config["source"],
        post_when=config.get("post_when"),
        gate=GateRules(
            start_from=_stamp(config.get("start_from")),
            minimum_age=timedelta(minutes=int(config["minimum_age_minutes"])),
            test_emails=_test_emails(config["test_emails"]),
            post_zero_totals=bool(config["post_zero_totals"]),
            hold_statuses=_hold_statuses(config["hold_statuses"]),
        ),
        mapping=OrderRules(
            customer_key_field=config["customer_key_field"],
            update_accounts=bool(config["update_accounts"]),
            bundle_price_on=config["bundle_price_on"],
            allocate_stock=bool(config["allocate_stock"]),
            description_limit=int(config["description_limit"]),
            text_encoding=config["text_encoding"],
            timezone=config["timezone"],
            refunds_before_posting=config["refunds_before_posting"],
            discounts=config["discounts"],
            gift_messages=bool(config["gift_messages"]),
            tax_strategy=config["tax_strategy"],
            # A JSON number comes as a float; its shortest text is what the person wrote.
            max_rounding=Decimal(str(config["max_rounding"])),
        ),
        max_connections=int(config["max_connections"]),
        lease=timedelta(seconds=int(config["in_doubt_after_seconds"])),
        max_failures=int(config["max_failures"]),
        max_documents=_limit(config.get("max_documents_per_run")),
        window=_window(config.get("dispatch_window"), config["timezone"]),
        on_total_difference=config["on_total_difference"],
        order_route="sales_invoices" if config["order_route"] == "ledger" else "sop_orders",
        dry_run=bool(config["dry_run"]),
    )


def _test_emails(entries: Sequence[str]) -> tuple[str, ...]:
    """Whole addresses and ``@domains``; an end of an address would catch strangers' orders."""
    for entry in entries:
        if not EMAIL_OR_DOMAIN.fullmatch(entry):
            msg = (
                f"Setting test_emails: {entry!r} is neither an e-mail address like"
                " ann@example.com nor a domain like @example.com."
            )
            raise SettingError(msg)
    return tuple(entries)


def _hold_statuses(entries: Sequence[str]) -> tuple[str, ...]:
    if not all(entry.strip() for entry in entries):
        msg = "Setting hold_statuses: an entry is empty. Name statuses of Magento like fraud."
        raise SettingError(msg)
    return tuple(entry.strip() for entry in entries)


def _limit(value: int | None) -> int | None:
    if value is not None and int(value) < 1:
        msg = "Setting max_documents_per_run must be at least 1; leave it out for no limit."
        raise SettingError(msg)
    return None if value is None else int(value)


def _window(value: str | None, timezone_name: str) -> Window | None:
    if not value:
        return None
    try:
        return read_window(value, timezone_name)
    except (ValueError, ZoneInfoNotFoundError) as error:
        msg = f"Setting dispatch_window can't be used: {error}."
        raise SettingError(msg) from None


def _stamp(value: str | None) -> datetime | None:
    if not value:
        return None
    try:
        stamp = datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        msg = f"Setting start_from must be a stamp like 2026-01-31T00:00:00Z, not {value!r}."
        raise SettingError(msg) from None
    return stamp if stamp.tzinfo else stamp.replace(tzinfo=timezone.utc)

"""What the user configured, checked once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from magento_client import MagentoSettings

from target_magento.exceptions import WrongSettingError

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULTS: Mapping[str, Any] = MappingProxyType(
    {
        "mappings_dir": "mappings",
        "inventory": "msi",
        "compare_with": "magento",
        "max_change_share": 0.5,
        "max_zero_share": 0.2,
        "allow_large_change": False,
        "max_age_minutes": 60,
        "batch_size": 500,
        "zero_status": 0,
        "skip_unknown_skus": True,
        "product_cache_minutes": 60,
        "dry_run": False,
    }
)
"""What counts where a setting is not set."""


class CompareWith(str, Enum):
    """What a level is compared with, to find the differences that are sent."""

    MAGENTO = "magento"
    """Magento's own figures, read at each run: changes made in Magento are put right."""
    PUBLISHED = "published"
    """What was last published: saves the reading in very large shops."""


@dataclass(frozen=True)
class StockSettings:
    """Settings of the target.

    Attributes:
        magento: Access to the shop.
        outbox_url: PostgreSQL with schema ``sync``; may hold a password.
        mappings_dir: Folder of the mapping tables.
        max_change_share: Largest share of known source items that may change in a run, 0 to 1.
        max_zero_share: Largest share of source items in stock that may go to zero, 0 to 1.
        max_age: Oldest read of Sage that is published.
        batch_size: Source items in one request.
        zero_status: Status of a source item with quantity 0: 0 out of stock, 1 in stock.
        compare_with: What levels are compared with.
        product_cache: How long it is remembered which SKUs Magento has.
        dry_run: Compare and record, send nothing.
        skip_unknown_skus: Leave out SKUs that Magento lacks; otherwise they stop the run.
        allow_large_change: Let this run pass the guard.
    """

    magento: MagentoSettings
    outbox_url: str = field(repr=False)
    mappings_dir: Path
    max_change_share: Decimal
    max_zero_share: Decimal
    max_age: timedelta
    batch_size: int
    zero_status: int
    compare_with: CompareWith
    product_cache: timedelta
    dry_run: bool
    skip_unknown_skus: bool
    allow_large_change: bool

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> StockSettings:
        """Build the settings from the plugin's configuration.

        Raises:
            WrongSettingError: A setting cannot work.
            magento_client.WrongSettingsError: Access to the shop is not complete.
        """
        given = {name: value for name, value in config.items() if value is not None and value != ""}
        config = {**DEFAULTS, **given}
        if config["inventory"] == "legacy":
            raise WrongSettingError(
                "The setting inventory is legacy, which is not available yet: this version "
                "publishes to multi-source inventory only; set inventory to msi."
            )
        if not config.get("outbox_url"):
            raise WrongSettingError(
                "The setting outbox_url is empty; set it to the libpq URL of the PostgreSQL "
                "database that holds the outbox."
            )
        return cls(
            magento=MagentoSettings.from_config(config, default_user_agent="target-magento/0.1.0"),
            outbox_url=str(config["outbox_url"]),
            mappings_dir=Path(str(config["mappings_dir"])).expanduser(),
            max_change_share=_share(config, "max_change_share"),
            max_zero_share=_share(config, "max_zero_share"),
            max_age=timedelta(minutes=float(config["max_age_minutes"])),
            batch_size=int(config["batch_size"]),
            zero_status=int(config["zero_status"]),
            compare_with=CompareWith(config["compare_with"]),
            product_cache=timedelta(minutes=float(config["product_cache_minutes"])),
            dry_run=bool(config["dry_run"]),
            skip_unknown_skus=bool(config["skip_unknown_skus"]),
            allow_large_change=bool(config["allow_large_change"]),
        )


def _share(config: Mapping[str, Any], name: str) -> Decimal:
    share = Decimal(str(config[name]))
    if not 0 <= share <= 1:
        raise WrongSettingError(
            f"The setting {name} is {share}; write a share from 0 to 1, such as 0.5 for half."
        )
    return share

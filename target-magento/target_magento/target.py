"""Settings, stream to sink registry, and the end of the input, where stock is published."""

from __future__ import annotations

import sys
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import click
import psycopg
from magento_client import MagentoError
from outbox.exceptions import OutboxUnreachableError
from singer_sdk import Target
from singer_sdk import typing as th
from singer_sdk.contrib.msgspec import MsgSpecReader
from typing_extensions import override

from target_magento.database import Database
from target_magento.exceptions import PublishError
from target_magento.mapping_tables import Mappings, read_mappings
from target_magento.publish import StockRun
from target_magento.settings import DEFAULTS, StockSettings
from target_magento.sinks import IgnoredSink, SalesDocumentLineSink, StockLevelSink

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import FrameType

    from singer_sdk.sinks import Sink

_TERMINATED = 143

_ACCESS = (
    th.Property(
        "base_url",
        th.StringType,
        required=True,
        title="Shop address",
        description="Address of the Magento shop, such as https://shop.example, without /rest.",
    ),
    th.Property(
        "auth_method",
        th.StringType(allowed_values=["bearer", "oauth1", "admin"]),
        description="How the shop knows us; by default admin where a username is set and no "
        "access_token, otherwise bearer.",
    ),
    th.Property(
        "access_token",
        th.StringType,
        secret=True,
        description="Access token of the integration (bearer, oauth1).",
    ),
    th.Property(
        "consumer_key",
        th.StringType,
        secret=True,
        description="Consumer key of the integration (oauth1).",
    ),
    th.Property(
        "consumer_secret",
        th.StringType,
        secret=True,
        description="Consumer secret of the integration (oauth1).",
    ),
    th.Property(
        "access_token_secret",
        th.StringType,
        secret=True,
        description="Access token secret of the integration (oauth1).",
    ),
    th.Property("username", th.StringType, description="Admin user (admin)."),
    th.Property(
        "password", th.StringType, secret=True, description="Password of the admin user (admin)."
    ),
    th.Property(
        "user_agent",
        th.StringType,
        description="What we call ourselves in the shop's access log; target-magento by default.",
    ),
    th.Property(
        "verify_tls",
        th.BooleanType,
        default=True,
        description="Check the shop's certificate; switch off for a test shop only.",
    ),
)

_STOCK = (
    th.Property(
        "outbox_url",
        th.StringType,
        required=True,
        secret=True,
        title="Outbox database",
        description="PostgreSQL that holds the outbox and what was published, as a libpq URL.",
    ),
    th.Property(
        "mappings_dir",
        th.StringType,
        default=DEFAULTS["mappings_dir"],
        description="Folder of warehouses.csv, skus.csv and stores.csv.",
    ),
    th.Property(
        "inventory",
        th.StringType(allowed_values=["msi", "legacy"]),
        default=DEFAULTS["inventory"],
        description="msi: multi-source inventory. legacy (one stock figure a product) is not "
        "available yet.",
    ),
    th.Property(
        "compare_with",
        th.StringType(allowed_values=["magento", "published"]),
        default=DEFAULTS["compare_with"],
        description="What levels are compared with: what Magento holds now (puts changes made "
        "there right), or what was last published (saves the reading in very large shops).",
    ),
    th.Property(
        "max_change_share",
        th.NumberType,
        default=DEFAULTS["max_change_share"],
        description="Stop if more than this share (0 to 1) of the source items that were "
        "published before would change.",
    ),
    th.Property(
        "max_zero_share",
        th.NumberType,
        default=DEFAULTS["max_zero_share"],
        description="Stop if more than this share (0 to 1) of the source items with stock would "
        "go to zero.",
    ),
    th.Property(
        "allow_large_change",
        th.BooleanType,
        default=DEFAULTS["allow_large_change"],
        description="Let this run pass max_change_share and max_zero_share.",
    ),
    th.Property(
        "max_age_minutes",
        th.NumberType(exclusive_minimum=0),
        default=DEFAULTS["max_age_minutes"],
        description="Levels that were read from Sage longer ago are not published.",
    ),
    th.Property(
        "batch_size",
        th.IntegerType(minimum=1),
        default=DEFAULTS["batch_size"],
        description="Source items in one request.",
    ),
    th.Property(
        "zero_status",
        th.IntegerType(allowed_values=[0, 1]),
        default=DEFAULTS["zero_status"],
        description="Status sent with quantity 0: 0 out of stock; 1 in stock, which products "
        "with backorders need to stay on sale.",
    ),
    th.Property(
        "skip_unknown_skus",
        th.BooleanType,
        default=DEFAULTS["skip_unknown_skus"],
        description="Leave out SKUs that Magento lacks (they are listed in "
        "sync.published_stock); if false, they stop the run.",
    ),
    th.Property(
        "product_cache_minutes",
        th.NumberType(minimum=0),
        default=DEFAULTS["product_cache_minutes"],
        description="How long it is remembered which SKUs Magento has.",
    ),
    th.Property(
        "dry_run",
        th.BooleanType,
        default=DEFAULTS["dry_run"],
        description="Compare and record what would be sent; send nothing.",
    ),
)


class TargetMagento(Target):
    """Publishes Sage 200's available stock to Magento 2.

    Records are only remembered while the input lasts. At its end levels are compared and the
    differences are sent; only then does state go out. A run that stops leaves state where it was
    and ends with an exit code above 0.
    """

    name = "target-magento"
    config_jsonschema: ClassVar[dict[str, Any]] = th.PropertiesList(*_ACCESS, *_STOCK).to_dict()
    default_sink_class = IgnoredSink
    message_reader_class = MsgSpecReader

    @override
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        # The sinks share one connection.
        self.max_parallelism = 1
        self._levels_came = False

    @cached_property
    def stock_settings(self) -> StockSettings:
        """The settings, checked."""
        return StockSettings.from_config(self.config)

    @cached_property
    def stock_mappings(self) -> Mappings:
        """The mapping tables, checked."""
        return read_mappings(self.stock_settings.mappings_dir)

    @cached_property
    def database(self) -> Database:
        """The connection to PostgreSQL, opened when first needed."""
        return Database(self.stock_settings.outbox_url)

    @override
    def get_sink_class(self, stream_name: str) -> type[Sink]:
        if stream_name == StockLevelSink.name:
            self._levels_came = True
            return StockLevelSink
        if stream_name == SalesDocumentLineSink.name:
            return SalesDocumentLineSink
        return IgnoredSink

    @override
    def process_endofpipe(self) -> None:
        """Publish, now that the input is complete; then let state go out."""
        try:
            for sink in (*self._sinks_to_clear, *self._sinks_active.values()):
                self.drain_one(sink)
            if self._levels_came:
                StockRun(
                    self.stock_settings, self.stock_mappings, self.database, self.logger
                ).publish()
            else:
                self.logger.info("Nothing to publish: the input has no stream stock_levels.")
            super().process_endofpipe()
        finally:
            self.close()

    @override
    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:
        """Stop without deciding from an incomplete input; state stays where it was."""
        self.logger.warning("Ended by signal %d; the next run goes on from there.", signum)
        sys.exit(_TERMINATED)

    def close(self) -> None:
        """Close the connection to PostgreSQL, if one was opened."""
        opened: Mapping[str, Any] = self.__dict__
        if "database" in opened:
            opened["database"].close()

    @classmethod
    @override
    def invoke(cls, **kwargs: Any) -> None:
        """Run; a failure that a person can act on is said in one sentence.

        Raises:
            click.ClickException: The sentence; the exit code is 1.
        """
        try:
            super().invoke(**kwargs)
        except (PublishError, MagentoError, OutboxUnreachableError) as error:
            raise click.ClickException(str(error)) from error
        except psycopg.OperationalError as error:
            raise click.ClickException(str(OutboxUnreachableError(str(error)))) from error
        except psycopg.errors.InsufficientPrivilege as error:
            raise click.ClickException(
                f"The outbox database refuses the user of outbox_url: {error}; grant it create on "
                "the database and all rights on schema sync."
            ) from error

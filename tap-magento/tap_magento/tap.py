"""The tap: its settings, its streams, and how the program ends."""

from __future__ import annotations

import threading
import weakref
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from magento_client import (
    AuthMethod,
    LoginRefusedError,
    MagentoClient,
    MagentoError,
    MagentoSettings,
    UnreachableError,
)
from singer_sdk import Tap
from singer_sdk import typing as th
from singer_sdk.tap_base import CliTestOptionValue
from typing_extensions import override

from tap_magento.chosen_stores import ChosenStores
from tap_magento.entities import TABLES, WINDOWED
from tap_magento.fetchers import Fetchers
from tap_magento.page_size import PageSize
from tap_magento.parts import PARTS
from tap_magento.row_writer import RowWriter
from tap_magento.streams import SalableStream, TableStream
from tap_magento.windowed_streams import PartStream, WindowedStream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    import click

    from tap_magento.streams import MagentoStream

_PAGE_SIZE = 100
_MAX_CONNECTIONS = 4
_LONGEST_TOLERANCE_SECONDS = 10**9


@dataclass(frozen=True)
class ShopAccess:
    """What the streams share to read one shop.

    Attributes:
        settings: Where the shop is, and who asks.
        client: Asks.
        fetchers: The connections.
        page_size: Rows a page.
        stores: The stores to keep to.
        sampling: Whether a row of each stream is enough: the connection is only tested.
    """

    settings: MagentoSettings
    client: MagentoClient
    fetchers: Fetchers
    page_size: PageSize
    stores: ChosenStores
    sampling: bool

    def close(self) -> None:
        """Close the connections."""
        self.fetchers.close()
        self.client.close()


def _utc_now() -> datetime:
    return datetime.now(timezone.utc)


class TapMagento(Tap):
    """Singer tap for Magento 2 (Open Source and Adobe Commerce).

    Attributes:
        clock: This machine's time, UTC.
    """

    name = "tap-magento"
    package_name = "tap-magento"
    message_writer_class = RowWriter

    config_jsonschema = th.PropertiesList(
        th.Property(
            "base_url",
            th.URIType,
            required=True,
            description="The shop's address, such as https://shop.example, without /rest.",
        ),
        th.Property(
            "auth_method",
            th.StringType,
            allowed_values=[method.value for method in AuthMethod],
            description=(
                "How the shop knows the tap: bearer (access_token; since Magento 2.4.4 the shop "
                "must allow it), oauth1 (consumer_key, consumer_secret, access_token, "
                "access_token_secret; works in every shop) or admin (username, password). "
                "Left out, it is admin where only username and password are set, else bearer."
            ),
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
        th.Property("username", th.StringType, description="Name of the admin user (admin)."),
        th.Property(
            "password",
            th.StringType,
            secret=True,
            description="Password of the admin user (admin).",
        ),
        th.Property(
            "start_date",
            th.StringType,
            description=(
                "First moment to read, such as 2026-01-31T00:00:00Z; empty reads from the "
                "beginning. Without a zone it is UTC."
            ),
        ),
        th.Property(
            "store_ids",
            th.ArrayType(th.IntegerType),
            description=(
                "Stores to read orders, invoices, shipments and credit memos of; empty reads all. "
                "A store that the shop does not have ends the run."
            ),
        ),
        th.Property(
            "page_size",
            th.IntegerType(minimum=1),
            default=_PAGE_SIZE,
            description="Rows a page; lowered by itself where the shop allows fewer.",
        ),
        th.Property(
            "max_connections",
            th.IntegerType(minimum=1, maximum=64),
            default=_MAX_CONNECTIONS,
            description="Requests to the shop at the same time.",
        ),
        th.Property(
            "lookback_seconds",
            th.IntegerType(minimum=0),
            default=600,
            description="How far before its bookmark a run begins, for rows committed late.",
        ),
        th.Property(
            "settle_seconds",
            th.IntegerType(minimum=0),
            default=30,
            description="How far before the shop's clock a run ends, for rows not committed yet.",
        ),
        th.Property(
            "clock_tolerance_seconds",
            th.IntegerType(minimum=0, maximum=_LONGEST_TOLERANCE_SECONDS),
            default=300,
            description=(
                "How far the shop's clock (Date header) and this machine's may be apart. Where the "
                "shop's is further ahead, rows are read up to this machine's time only; further "
                "behind, a run begins so much earlier. Keep it below lookback_seconds."
            ),
        ),
        th.Property(
            "rolling_reread_days",
            th.IntegerType(minimum=0),
            default=30,
            description=(
                "Read open orders, shipments and credit memos made in so many days again in every "
                "run, as part shipments, tracks, comments and address changes move no updated_at; "
                "0 does not."
            ),
        ),
        th.Property(
            "products_full_reread_hours",
            th.IntegerType(minimum=0),
            default=23,
            description=(
                "Read all products and tier prices again after so many hours, as prices and costs "
                "written by the shop's price API move no updated_at; 23 is once a day for a run "
                "of every day as well. 0 does not."
            ),
        ),
        th.Property(
            "salable_skus",
            th.ArrayType(th.StringType),
            description=("SKUs to read salable_quantities of; one request for each SKU and stock."),
        ),
        th.Property(
            "drop_personal_data",
            th.BooleanType,
            default=False,
            description=(
                "Leave out every column that is marked as personal data: names, addresses, "
                "e-mail, what extensions add to documents; target-sage200 needs them."
            ),
        ),
        th.Property(
            "user_agent",
            th.StringType,
            description="What the tap calls itself in the shop's access log.",
        ),
        th.Property(
            "verify_tls",
            th.BooleanType,
            default=True,
            description="Check the shop's certificate; switch off for a test shop only.",
        ),
        th.Property(
            "max_requests_per_second",
            th.NumberType,
            description="Request budget over all connections; empty for no limit.",
        ),
    ).to_dict()

    def __init__(self, **kwargs: Any) -> None:
        """Prepare; the shop is not asked."""
        self._stop = threading.Event()
        self._shop: ShopAccess | None = None
        self._sampling = False
        self.clock: Callable[[], datetime] = _utc_now
        super().__init__(**kwargs)

    @override
    def discover_streams(self) -> list[MagentoStream]:
        windowed = {entity.name: WindowedStream(self, entity) for entity in WINDOWED}
        parts = [PartStream(self, part) for part in PARTS]
        for stream in parts:
            windowed[stream.part.whole].add(stream)
        tables = (TableStream(self, table) for table in TABLES)
        return [*windowed.values(), *parts, *tables, SalableStream(self)]

    def now(self) -> datetime:
        """Return this machine's time, UTC."""
        return self.clock()

    def shop(self) -> ShopAccess:
        """Return the access to the shop, made with the first call.

        Raises:
            WrongSettingsError: A setting is missing or cannot work.
        """
        if self._shop is None:
            agent = f"tap-magento/{version('tap-magento')}"
            settings = MagentoSettings.from_config(self.config, default_user_agent=agent)
            client = MagentoClient(settings)
            connections = int(self.config.get("max_connections") or _MAX_CONNECTIONS)
            self._shop = ShopAccess(
                settings=settings,
                client=client,
                fetchers=Fetchers(connections, self._stop),
                page_size=PageSize(int(self.config.get("page_size") or _PAGE_SIZE)),
                stores=ChosenStores(client, tuple(self.config.get("store_ids") or ())),
                sampling=self._sampling,
            )
            weakref.finalize(self, self._shop.close)
        return self._shop

    @override
    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:
        """End between two records at the first signal, at once at the second.

        Nothing is written here: the signal may have come in the middle of a line.
        """
        if self._stop.is_set():
            raise SystemExit(128 + signum)
        self._stop.set()

    @classmethod
    @override
    def invoke(cls, **kwargs: Any) -> None:
        with cls._one_sentence():
            super().invoke(**kwargs)

    @classmethod
    @override
    def cb_test(cls, ctx: click.Context, param: click.Option, value: str) -> None:
        """Test the access to every stream, and say of each that cannot be read why."""
        if value != CliTestOptionValue.All.value:
            super().cb_test(ctx, param, value)
            return
        given = ctx.params.get("config")
        tap = cls(
            config=None if given is None else given.config,
            parse_env_config=given is not None and given.parse_env,
        )
        tap._sampling = True
        failed = False
        for stream in tap.streams.values():
            try:
                tap.run_sync_dry_run(dry_run_record_limit=1, streams=[stream])
            except MagentoError as error:  # noqa: PERF203 -- each stream has its own
                cls.logger.error("%s", error)  # noqa: TRY400 -- the sentence is for a person
                failed = True
                if isinstance(error.__cause__, (UnreachableError, LoginRefusedError)):
                    # No stream can be read then, and each would take its time to say so.
                    break
        ctx.exit(1 if failed else 0)

    @classmethod
    @contextmanager
    def _one_sentence(cls) -> Iterator[None]:
        """End the program with the sentence of an error instead of a traceback."""
        try:
            yield
        except MagentoError as error:
            cls.logger.error("%s", error)  # noqa: TRY400 -- the sentence is for a person
            raise SystemExit(1) from None

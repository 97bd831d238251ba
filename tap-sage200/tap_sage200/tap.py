"""The tap: settings, and which streams there are."""

from __future__ import annotations

import time
from contextlib import nullcontext
from typing import TYPE_CHECKING

from singer_sdk import Tap
from singer_sdk import typing as th
from singer_sdk.helpers.capabilities import PluginCapabilities
from typing_extensions import override

from tap_sage200.api.documents import ApiDespatches
from tap_sage200.api.invoices import ApiInvoices
from tap_sage200.api.source import ApiSource
from tap_sage200.api.stock_levels import ApiStockLevels
from tap_sage200.api.streams import ApiStream
from tap_sage200.api_settings import API_SETTINGS
from tap_sage200.budget import Budget
from tap_sage200.catalogue import STREAMS
from tap_sage200.connection import ConnectionParameters
from tap_sage200.database import Pace, SageDatabase
from tap_sage200.exceptions import SageReadError, SettingsError
from tap_sage200.shortfall import Shortfall
from tap_sage200.sql_streams import SqlStream
from tap_sage200.stock_levels import StockLevels
from tap_sage200.writing import BatchWriter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_sage200.streams import SageStream

STREAM_CLASSES: dict[str, type[SqlStream]] = {"stock_levels": StockLevels}
API_STREAM_CLASSES: dict[str, type[ApiStream]] = {
    "stock_levels": ApiStockLevels,
    "despatches": ApiDespatches,
    "invoices_and_credits": ApiInvoices,
}


class TapSage200(Tap):
    """Singer tap for Sage 200 (UK): stock, documents and ledgers, by SQL or by the REST API."""

    name = "tap-sage200"
    message_writer_class = BatchWriter
    # Files of records would go out beside the versions of a comparison and the sentences of a run.
    capabilities = [each for each in Tap.capabilities if each is not PluginCapabilities.BATCH]  # noqa: RUF012 - the SDK's own

    config_jsonschema = th.PropertiesList(
        th.Property(
            "source",
            th.StringType,
            default="sql",
            allowed_values=["sql", "api"],
            description=(
                "Where to read: sql (SQL Server, Professional) or api (REST, Standard and hosted "
                "Professional)."
            ),
        ),
        th.Property(
            "api_streams",
            th.ArrayType(th.StringType),
            description=(
                "With source sql: streams that are read by the API all the same, such as "
                "despatches and couriers, whose tracking no published source names in SQL."
            ),
        ),
        th.Property(
            "sqlalchemy_url",
            th.StringType,
            secret=True,
            description="mssql+pyodbc://USER:PASSWORD@SERVER/DATABASE, instead of the parts below.",
        ),
        th.Property(
            "driver",
            th.StringType,
            description=(
                "ODBC driver by name or path. Empty: Microsoft's, from mssql-python-odbc on Linux. "
                "FreeTDS encrypts, but checks no certificate of a server that is given here."
            ),
        ),
        th.Property(
            "server",
            th.StringType,
            description=r"SQL Server as HOST, HOST,PORT or HOST\INSTANCE.",
        ),
        th.Property(
            "database",
            th.StringType,
            description="The company's database.",
        ),
        th.Property(
            "username",
            th.StringType,
            description="A read-only login (docs/sql/create_reader.sql). Empty: Kerberos.",
        ),
        th.Property("password", th.StringType, secret=True, description="Its password."),
        th.Property(
            "application_intent",
            th.StringType,
            allowed_values=["ReadOnly", "ReadWrite"],
            description="ReadOnly lets an availability group answer from a readable secondary.",
        ),
        th.Property(
            "odbc_options",
            th.ObjectType(additional_properties=th.StringType),
            description=(
                "More options for the driver; by default Encrypt is yes and "
                "TrustServerCertificate no."
            ),
        ),
        th.Property("schema", th.StringType, default="dbo", description="Schema of Sage's tables."),
        th.Property(
            "database_time_zone",
            th.StringType,
            default="UTC",
            description=(
                "Whose clock the stamps of Sage's tables are (created_at and the like; business "
                "dates have none): UTC, or for instance Europe/London."
            ),
        ),
        th.Property(
            "isolation_level",
            th.StringType,
            default="READ COMMITTED",
            allowed_values=["READ COMMITTED", "SNAPSHOT"],
            description="SNAPSHOT takes no locks at all, where the DBA allows it.",
        ),
        th.Property(
            "lock_timeout_ms",
            th.IntegerType(minimum=1),
            default=3000,
            description="How long a statement waits for a Sage user's lock, milliseconds.",
        ),
        th.Property(
            "statement_timeout_seconds",
            th.IntegerType(minimum=1),
            default=300,
            description="A statement that takes longer is given up and tried again smaller.",
        ),
        th.Property(
            "batch_size",
            th.IntegerType(minimum=1),
            default=5000,
            description="Rows a statement, or records a page of the API, holds at most.",
        ),
        th.Property(
            "pause_ms",
            th.IntegerType(minimum=0),
            default=0,
            description="Rest between two batches, milliseconds.",
        ),
        th.Property(
            "max_seconds",
            th.NumberType(minimum=0),
            description="Time a run may take; the next run goes on where it stopped.",
        ),
        *API_SETTINGS,
        th.Property(
            "full_compare",
            th.BooleanType,
            default=False,
            description=(
                "Read everything and tell the target which rows are gone (ACTIVATE_VERSION), for "
                "example at night."
            ),
        ),
        th.Property(
            "warehouses",
            th.ArrayType(th.StringType),
            description="Names of the warehouses whose stock levels are read. Empty: all.",
        ),
        th.Property(
            "web_accounts",
            th.ArrayType(th.StringType),
            description=(
                "Customer accounts that web orders are posted to; one that ends in * stands for "
                "all that begin so. Where other orders are on them, too, a marker of web orders "
                "instead: analysis_code_1=WEB or customer_document_no=1000*."
            ),
        ),
    ).to_dict()

    shortfall: Shortfall | None = None
    """What the run that is under way could not read."""
    database: SageDatabase | None = None
    """Where streams are read by SQL; None where all are read by the API."""

    @override  # type: ignore[misc] # the SDK has no hook after the last stream
    def sync_all(self) -> None:
        """Read every selected stream; one that can't be read doesn't stop the others.

        With ``max_seconds`` those begin that have waited longest, so that each has its turn,
        however long others take. A stream that locks were in the way of is tried once more when all
        others were read.

        Raises:
            SageReadError: At the end, with a sentence for each stream that was not read whole.
        """
        streams: dict[str, SageStream] = self.streams  # type: ignore[assignment]
        for stream in streams.values():
            if stream.selected:
                stream.prepare()
        if self.config.get("max_seconds") is not None:
            in_turn = sorted(streams.values(), key=lambda each: each.begun)
            self._streams = {each.name: each for each in in_turn}
        self.shortfall = shortfall = Shortfall()
        try:
            with self.database.run() if self.database else nullcontext():
                super().sync_all()
                for blocked in shortfall.once_more():
                    blocked.sync()
                    blocked.finalize_state_progress_markers()
        except SageReadError as error:
            shortfall.tell(error)
        finally:
            self.shortfall = None
        shortfall.tell()

    @override
    def discover_streams(self) -> Sequence[SageStream]:
        """Return every stream; nothing connects yet.

        Raises:
            SettingsError: A setting is wrong, or asks for what this tap doesn't do.
        """
        if self.config.get("batch_config"):
            raise SettingsError(
                "Setting batch_config: this tap writes records, not files of them: a comparison "
                "(full_compare) and streams that fail could not be told of. Leave it out."
            )
        pace = Pace(
            batch_size=self.config["batch_size"],
            pause_seconds=self.config["pause_ms"] / 1000,
            sleep=time.sleep,
            clock=time.monotonic,
        )
        budget = Budget(self.config.get("max_seconds"), time.monotonic(), time.monotonic)
        by_api = self._by_api()
        streams: dict[str, SageStream] = {}
        if by_api:
            source = ApiSource.from_config(self.config)
            for name in by_api:
                streams[name] = API_STREAM_CLASSES.get(name, ApiStream)(
                    self, name, source, budget, pace
                )
        if len(by_api) < len(STREAMS):
            self.database = database = SageDatabase(
                ConnectionParameters.from_config(self.config), pace
            )
            for name in STREAMS.keys() - by_api:
                streams[name] = STREAM_CLASSES.get(name, SqlStream)(self, name, database, budget)
        return [streams[name] for name in STREAMS]

    def _by_api(self) -> set[str]:
        """Return the streams that are read by the API.

        Raises:
            SettingsError: A stream is named that isn't one.
        """
        if self.config["source"] == "api":
            return set(STREAMS)
        named = set(self.config.get("api_streams") or [])
        if unknown := sorted(named - STREAMS.keys()):
            raise SettingsError(
                f"Setting api_streams: there is no stream {', '.join(unknown)}. There are "
                f"{', '.join(STREAMS)}."
            )
        return named

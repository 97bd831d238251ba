"""The tap: settings, and which streams there are."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from singer_sdk import Tap
from singer_sdk import typing as th
from typing_extensions import override

from tap_sage200.budget import Budget
from tap_sage200.catalogue import STREAMS
from tap_sage200.connection import ConnectionParameters
from tap_sage200.database import Pace, SageDatabase
from tap_sage200.exceptions import SettingsError
from tap_sage200.sql_streams import SqlStream
from tap_sage200.stock_levels import StockLevels
from tap_sage200.writing import BatchWriter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_sage200.streams import SageStream

STREAM_CLASSES: dict[str, type[SqlStream]] = {"stock_levels": StockLevels}


class TapSage200(Tap):
    """Singer tap for Sage 200 (UK): stock, customers and sales documents, read gently by SQL."""

    name = "tap-sage200"
    message_writer_class = BatchWriter

    config_jsonschema = th.PropertiesList(
        th.Property(
            "source",
            th.StringType,
            default="sql",
            allowed_values=["sql", "api"],
            description="Where to read: sql (SQL Server, Sage 200 Professional). api comes later.",
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
                "FreeTDS checks the server's certificate only if freetds.conf names a ca file."
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
            "odbc_options",
            th.ObjectType(additional_properties=th.StringType),
            description=(
                "More options for the driver, such as ApplicationIntent: ReadOnly. "
                "By default Encrypt is yes and TrustServerCertificate no."
            ),
        ),
        th.Property("schema", th.StringType, default="dbo", description="Schema of Sage's tables."),
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
            "batch_size",
            th.IntegerType(minimum=1),
            default=5000,
            description="Rows a statement returns at most.",
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
            description="Customer accounts that web orders are posted to.",
        ),
    ).to_dict()

    @override
    def discover_streams(self) -> Sequence[SageStream]:
        """Return every stream; nothing connects yet."""
        if self.config["source"] != "sql":
            raise SettingsError(
                "Setting source: api is not available in this version of tap-sage200; use sql."
            )
        pace = Pace(
            batch_size=self.config["batch_size"],
            pause_seconds=self.config["pause_ms"] / 1000,
            sleep=time.sleep,
        )
        database = SageDatabase(ConnectionParameters.from_config(self.config), pace)
        budget = Budget(self.config.get("max_seconds"), time.monotonic(), time.monotonic)
        return [
            STREAM_CLASSES.get(name, SqlStream)(self, name, database, budget) for name in STREAMS
        ]

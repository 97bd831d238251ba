"""Singer streams: which rows a run reads, and the bookmarks it leaves."""

from __future__ import annotations

import abc
import json
import logging
import sys
from importlib.resources import files
from typing import TYPE_CHECKING, Any, cast

from magento_client import MagentoError, WrongSettingsError
from singer_sdk import Stream
from singer_sdk.exceptions import SyncLifecycleSignal
from singer_sdk.helpers.conform import TypeConformanceLevel
from typing_extensions import override

from tap_magento.exceptions import StreamFailedError
from tap_magento.fetchers import StopRequestedError
from tap_magento.records import Columns, moment_of
from tap_magento.table_read import TableRead
from tap_magento.windowed_read import WindowDone, WindowedRead
from tap_magento.windows import start_of_run

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from singer_sdk.helpers.types import Context, Record

    from tap_magento.entities import Table, Windowed
    from tap_magento.tap import TapMagento

# What a shell reports of a program that SIGTERM ended.
_EXIT_TERMINATED = 143


def schema_of(stream: str) -> dict[str, Any]:
    """Return the JSON schema of a stream."""
    text = files("tap_magento").joinpath("schemas", f"{stream}.json").read_text(encoding="utf-8")
    return cast("dict[str, Any]", json.loads(text))


class MagentoStream(Stream):
    """What all streams share: exact records, and errors as one sentence."""

    # The schemas are ours and permissive where Magento is; conforming would only take time,
    # and turn what a schema does not know into warnings.
    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE

    def __init__(self, tap: TapMagento, name: str) -> None:
        """Prepare; the shop is not asked."""
        schema = schema_of(name)
        super().__init__(tap, schema=schema, name=name)
        self.shop = tap.shop
        self.columns = Columns.of(schema)

    @abc.abstractmethod
    def pages(self) -> Iterable[list[Record]]:
        """Hand out the rows of a run."""

    @override
    def get_records(self, context: Context | None) -> Iterable[Record]:
        try:
            for page in self.pages():
                for row in page:
                    yield self.columns.shape(row)
        except MagentoError as error:
            raise StreamFailedError(f"Stream {self.name}: {error}") from error
        except StopRequestedError:
            self.log("Stopped on request; the next run goes on from the state written so far.")
            raise SystemExit(_EXIT_TERMINATED) from None

    @override
    def log(self, message: str, *args: Any, level: int = logging.INFO, **kwargs: Any) -> None:
        raised = sys.exc_info()[1]
        if level >= logging.ERROR and isinstance(raised, (MagentoError, SyncLifecycleSignal)):
            # Singer's own "unhandled error": the program ends with the one sentence instead, and
            # a connection test that stops after a record is no error.
            return
        super().log(message, *args, level=level, **kwargs)


class WindowedStream(MagentoStream):
    """Rows by time windows; the bookmark is the end of the last window that was handed out."""

    def __init__(self, tap: TapMagento, entity: Windowed) -> None:
        """Prepare; the shop is not asked."""
        super().__init__(tap, entity.name)
        self.entity = entity
        self.primary_keys = (entity.key_column,)
        self.replication_key = entity.stamp

    @property
    @override
    def is_sorted(self) -> bool:
        # Tells Singer that a run that was cut short can go on from its state.
        return True

    @override
    def pages(self) -> Iterable[list[Record]]:
        access = self.shop()
        reader = WindowedRead(
            access.client, access.fetchers, access.page_size, self.entity, self._store_ids()
        )
        shop_time = reader.shop_time()
        start = start_of_run(
            self._bookmark(), self._start_date(), self._seconds("lookback_seconds")
        )
        self.log("Reading %s from %s", self.name, start or "the beginning")
        for event in reader.read(start, shop_time, self._seconds("settle_seconds")):
            if isinstance(event, WindowDone):
                self._set_bookmark(event.end)
            else:
                yield event
        days = self._seconds("rolling_reread_days")
        if days and self.name == "orders":
            yield from reader.reread_open(shop_time, days)

    def _store_ids(self) -> tuple[int, ...]:
        return tuple(self.config.get("store_ids") or ())

    def _seconds(self, setting: str) -> int:
        return int(self.config.get(setting) or 0)

    def _start_date(self) -> datetime | None:
        text = self.config.get("start_date")
        if not text:
            return None
        try:
            return moment_of(str(text))
        except ValueError:
            raise WrongSettingsError(
                f'The setting start_date is "{text}"; write it as 2026-01-31T00:00:00Z.'
            ) from None

    def _bookmark(self) -> datetime | None:
        state = self.stream_state
        value = state.get("replication_key_value")
        if self.replication_method == "FULL_TABLE" or not value:
            return None
        if state.get("replication_key") != self.entity.stamp:
            return None
        try:
            return moment_of(str(value))
        except ValueError:
            raise WrongSettingsError(
                f'The state holds the bookmark "{value}", which is no moment; correct or remove '
                "it to read from start_date."
            ) from None

    def _set_bookmark(self, end: datetime) -> None:
        """Write the state after all records of a window have gone out."""
        if self.replication_method == "FULL_TABLE":
            return
        kept = self._bookmark()
        # The shop's clock may have been set back; what was read stays read.
        latest = end if kept is None else max(kept, end)
        state = self.stream_state
        state["replication_key"] = self.entity.stamp
        state["replication_key_value"] = latest.isoformat()
        self.state_manager.is_flushed = False
        self._write_state_message()

    @override
    def get_replication_key_signpost(self, context: Context | None = None) -> None:
        return None

    @override
    def _write_starting_replication_value(self, context: Context | None) -> None:
        """Leave no marker in the state: where a run began does not help to resume it."""

    @override
    def _increment_stream_state(
        self, latest_record: Record, *, context: Context | None = None
    ) -> None:
        """Leave the bookmark alone: rows come by key inside a window, not by their stamp."""


class TableStream(MagentoStream):
    """A table that is read whole in every run."""

    def __init__(self, tap: TapMagento, table: Table) -> None:
        """Prepare; the shop is not asked."""
        super().__init__(tap, table.name)
        self.table = table
        self.primary_keys = table.keys

    @override
    def pages(self) -> Iterator[list[Record]]:
        access = self.shop()
        reader = TableRead(access.client, access.fetchers, access.page_size, self.table)
        yield from reader.read()

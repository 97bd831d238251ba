"""Singer streams: what all have in common, and tables that are read whole."""

from __future__ import annotations

import abc
import json
import logging
import sys
from contextlib import ExitStack, contextmanager
from importlib.resources import files
from typing import TYPE_CHECKING, Any, cast

from magento_client import MagentoError
from singer_sdk import Stream
from singer_sdk.exceptions import SyncLifecycleSignal
from singer_sdk.helpers.conform import TypeConformanceLevel
from typing_extensions import override

from tap_magento.exceptions import StreamFailedError
from tap_magento.fetchers import StopRequestedError
from tap_magento.ordered_pages import Rows
from tap_magento.outlet import Outlet
from tap_magento.records import Columns, parsed, personal
from tap_magento.salable_read import STREAM, SalableRead
from tap_magento.table_read import TableRead

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Sequence

    from magento_client import RawRow
    from singer_sdk.helpers.types import Context

    from tap_magento.entities import Table
    from tap_magento.records import Record
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
        self._every_column = schema_of(name)
        schema = schema_of(name)
        self._dropped: frozenset[str] = frozenset()
        if tap.config.get("drop_personal_data"):
            self._dropped = personal(schema)
            for column in self._dropped:
                del schema["properties"][column]
        super().__init__(tap, schema=schema, name=name)
        self.shop = tap.shop
        self.message_writer = tap.message_writer

    @abc.abstractmethod
    def pages(self) -> Iterable[Rows]:
        """Hand out the rows of a run."""

    def family(self) -> Sequence[MagentoStream]:
        """Return the selected streams that are made of the rows this stream reads."""
        return [self] if self.selected else []

    def made_of(self, rows: list[RawRow]) -> list[RawRow]:
        """Return this stream's rows that are in the rows which the shop answered."""
        return rows

    def wants(self, page: Rows) -> bool:
        """Tell whether this stream still needs the rows of a page."""
        del page
        return True

    def columns(self) -> Columns:
        """Return how a row becomes a record, without what is not selected."""
        mask = self.mask
        deselected = {
            name
            for name in self._every_column["properties"]
            if not mask.get(("properties", name), True)
        }
        return Columns.of(self._every_column, self._dropped | deselected)

    @override
    def get_records(self, context: Context | None) -> Iterable[Record]:
        columns = self.columns()
        with self._one_sentence():
            for page in self.pages():
                yield from (parsed(columns.shape(row)) for row in self.made_of(page.rows))

    @override
    def _sync_records(
        self, context: Context | None = None, *, write_messages: bool = True
    ) -> Generator[dict[str, Any], Any, Any]:
        """Send the records of this stream, and of those that are made of the same rows.

        Takes the place of Singer's loop, which looks at every record many times. Without
        ``write_messages``, which is how Singer asks for the records of a BATCH, those of this
        stream are returned instead; the others are sent.
        """
        family = self.family()
        for one in family:
            if one is not self:
                one._write_schema_message()  # noqa: SLF001 -- a stream as this one
        with self._one_sentence(), ExitStack() as metrics:
            metrics.enter_context(self.get_sync_timer())
            outlets = [Outlet(one, metrics) for one in family]
            for page in self._limited(self.pages()):
                for outlet in outlets:
                    if not outlet.stream.wants(page):
                        continue
                    rows = outlet.stream.made_of(page.rows)
                    if outlet.stream is self and not write_messages:
                        yield from outlet.records(rows)
                    else:
                        outlet.send(rows)
        for one in family:
            one._finalize_state(one.stream_state)  # noqa: SLF001 -- a stream as this one
            if write_messages:
                one._write_state_message()  # noqa: SLF001 -- a stream as this one

    def _limited(self, pages: Iterable[Rows]) -> Iterator[Rows]:
        """Keep to the number of records that a connection test asks for."""
        read = 0
        for page in pages:
            limit = self.ABORT_AT_RECORD_COUNT
            rows = page.rows if limit is None else page.rows[: limit - read]
            read += len(rows)
            yield Rows(rows, page.end)
            if len(rows) < len(page.rows):
                self._check_max_record_limit(current_record_index=read)

    @contextmanager
    def _one_sentence(self) -> Iterator[None]:
        """Let errors name the stream, and end where that is asked for."""
        try:
            yield
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


class TableStream(MagentoStream):
    """A table that is read whole in every run."""

    def __init__(self, tap: TapMagento, table: Table) -> None:
        """Prepare; the shop is not asked."""
        super().__init__(tap, table.name)
        self.table = table
        self.primary_keys = table.keys

    @override
    def pages(self) -> Iterator[Rows]:
        access = self.shop()
        reader = TableRead(access.client, access.fetchers, access.page_size, self.table)
        for rows in reader.sample() if access.sampling else reader.read():
            yield Rows(rows, None)


class SalableStream(MagentoStream):
    """What can be sold of chosen SKUs from each stock."""

    def __init__(self, tap: TapMagento) -> None:
        """Prepare; the shop is not asked."""
        super().__init__(tap, STREAM)
        self.primary_keys = ("sku", "stock_id")

    @override
    def pages(self) -> Iterator[Rows]:
        access = self.shop()
        skus = tuple(str(sku) for sku in self.config.get("salable_skus") or ())
        reader = SalableRead(
            access.client, access.fetchers, access.page_size, access.settings, skus
        )
        for rows in reader.sample() if access.sampling else reader.read():
            yield Rows(rows, None)

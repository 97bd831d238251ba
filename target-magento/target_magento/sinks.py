"""Singer records in, remembered levels and order lines out. Nothing is sent to Magento here."""

from __future__ import annotations

from datetime import datetime, timezone
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, cast

from singer_sdk.sinks import BatchSink
from singer_sdk.sinks.core import BaseJSONSchemaValidator, JSONSchemaValidator
from typing_extensions import override

from target_magento.database import Level, OrderLine
from target_magento.exceptions import BadRecordError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_magento.target import TargetMagento


class SchemaOnlyValidator(BaseJSONSchemaValidator):
    """Checks that the schema is one. Records are checked where they are read, in plain words."""

    def __init__(self, schema: dict[str, Any]) -> None:
        """Check the schema.

        Raises:
            singer_sdk.exceptions.InvalidJSONSchema: It is none.
        """
        super().__init__(schema)
        JSONSchemaValidator(schema)

    @override
    def validate(self, record: dict[str, Any]) -> None:
        """Accept every record."""


class StockSink(BatchSink):
    """What both sinks share: when a record was read, and checked figures."""

    @property
    def stock_target(self) -> TargetMagento:
        """The target, which holds the database."""
        return self._stock_target

    @override
    def __init__(self, target: TargetMagento, *args: Any, **kwargs: Any) -> None:
        self._stock_target = target
        super().__init__(target, *args, **kwargs)

    @property
    @override
    def include_sdc_metadata_properties(self) -> bool:
        """Always: ``time_extracted`` reaches a sink in no other way."""
        return True

    @override
    def get_validator(self) -> BaseJSONSchemaValidator:
        return SchemaOnlyValidator(self.schema)

    @override
    def setup(self) -> None:
        """Check settings, mappings and the database before any input is read."""
        super().setup()
        _ = self.stock_target.stock_mappings
        _ = self.stock_target.database

    def read_at(self, record: Mapping[str, Any]) -> datetime:
        """Return when the tap read the record; never in the future, now where it doesn't say."""
        now = datetime.now(timezone.utc)
        extracted = record.get("_sdc_extracted_at")
        if not isinstance(extracted, datetime):
            return now
        if extracted.tzinfo is None:
            extracted = extracted.replace(tzinfo=timezone.utc)
        return min(now, extracted)

    def text(self, record: Mapping[str, Any], name: str) -> str:
        """Return a filled text.

        Raises:
            BadRecordError: It is missing or empty.
        """
        value = record.get(name)
        if value is None or value == "":
            raise self._bad(record, name, "is missing")
        return str(value)

    def whole(self, record: Mapping[str, Any], name: str) -> int:
        """Return a whole number.

        Raises:
            BadRecordError: It is none.
        """
        number = self.number(record, name)
        if number != int(number):
            raise self._bad(record, name, "is no whole number")
        return int(number)

    def number(
        self, record: Mapping[str, Any], name: str, default: Decimal | None = None
    ) -> Decimal:
        """Return a number, exactly as it was written.

        Raises:
            BadRecordError: It is missing without a default, or no number.
        """
        value = record.get(name)
        if value is None:
            if default is None:
                raise self._bad(record, name, "is missing")
            return default
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            raise self._bad(record, name, "is no number") from None
        if isinstance(value, bool) or not number.is_finite():
            raise self._bad(record, name, "is no number")
        return number

    def _bad(self, record: Mapping[str, Any], name: str, what: str) -> BadRecordError:
        which = record.get("item_code") or record.get(next(iter(self.key_properties), ""), "?")
        return BadRecordError(
            f"{self.stream_name} record of {which}: {name} {what}; nothing was published. Check "
            "the tap's selected columns and any stream map."
        )


class StockLevelSink(StockSink):
    """``stock_levels``: what Sage holds of each item in each warehouse."""

    name = "stock_levels"

    @override
    def process_record(self, record: dict[str, Any], context: dict[str, Any]) -> None:
        for_sale = record.get("use_for_sales_trading")
        level = Level(
            warehouse_item_id=self.whole(record, "warehouse_item_id"),
            item_code=self.text(record, "item_code"),
            warehouse_name=self.text(record, "warehouse_name"),
            for_sale=True if for_sale is None else bool(for_sale),
            free=self.number(record, "free_quantity"),
            # Unknown web orders count as none: too little is offered, never too much.
            allocated_to_web=self.number(record, "allocated_to_web_quantity", Decimal(0)),
            unallocated_web_demand=self.number(
                record, "unallocated_web_demand_quantity", Decimal(0)
            ),
            read_at=self.read_at(record),
        )
        context.setdefault("levels", []).append(level)

    @override
    def process_batch(self, context: dict[str, Any]) -> None:
        self.stock_target.database.save_levels(context.pop("levels", []))


class SalesDocumentLineSink(StockSink):
    """``sales_document_lines``: what Sage has despatched of the web orders."""

    name = "sales_document_lines"

    @override
    def process_record(self, record: dict[str, Any], context: dict[str, Any]) -> None:
        if not record.get("customer_document_no") or not record.get("item_code"):
            return
        if record.get("line_type") not in {None, "standard"}:
            return
        line = OrderLine(
            sales_document_line_id=self.whole(record, "sales_document_line_id"),
            sales_document_id=self.whole(record, "sales_document_id"),
            customer_document_no=self.text(record, "customer_document_no"),
            item_code=self.text(record, "item_code"),
            warehouse_name=cast("str | None", record.get("warehouse_name")),
            line_quantity=self.number(record, "line_quantity"),
            despatched_quantity=self.number(record, "despatched_quantity", Decimal(0)),
            read_at=self.read_at(record),
        )
        context.setdefault("lines", []).append(line)

    @override
    def process_batch(self, context: dict[str, Any]) -> None:
        self.stock_target.database.save_order_lines(context.pop("lines", []))


class IgnoredSink(BatchSink):
    """Any other stream: said once, and left out."""

    @override
    def get_validator(self) -> BaseJSONSchemaValidator:
        return SchemaOnlyValidator(self.schema)

    @override
    def setup(self) -> None:
        super().setup()
        self.logger.warning(
            "The stream %s is ignored: target-magento takes stock_levels and sales_document_lines.",
            self.stream_name,
        )

    @override
    def process_record(self, record: dict[str, Any], context: dict[str, Any]) -> None:
        """Leave the record out."""

    @override
    def process_batch(self, context: dict[str, Any]) -> None:
        """Leave the batch out."""

"""Singer records in, outbox rows out: stored whole, in one transaction a batch, decided later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from outbox.product_options import ProductOption
from outbox.rows import Key, PaymentTransaction, SourceDocument
from singer_sdk import BatchSink
from typing_extensions import override

from target_sage200.magento_document import utc_stamp

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from singer_sdk.sinks import JSONSchemaValidator

    from target_sage200.target import TargetSage200

SALES_ORDER = "sales_order"


class StoringSink(BatchSink):
    """A sink that keeps records as they come.

    Records are not validated against the stream's schema and not repaired: whatever Magento sent
    is stored, and what can't be read becomes a rejected row that a person sees.
    """

    MAX_SIZE_DEFAULT = 500
    _target: TargetSage200

    def __init__(self, target: TargetSage200, *args: Any, **kwargs: Any) -> None:
        """Keep the target, whose outbox and settings are used."""
        super().__init__(target, *args, **kwargs)
        self._target = target
        # A wrong table is told before anything is read.
        target.tables  # noqa: B018

    @override
    def get_validator(self) -> JSONSchemaValidator | None:
        return None

    @override
    def _parse_timestamps_in_record(self, *args: Any, **kwargs: Any) -> None:
        """Leave stamps as Magento wrote them."""


class OrdersSink(StoringSink):
    """Stream ``orders``: one outbox row per order."""

    @override
    def process_batch(self, context: dict[str, Any]) -> None:
        documents = [self._document(record) for record in context.get("records", [])]
        changed = self._target.outbox.receive(documents)
        self._target.count_received(len(documents), changed)

    def _document(self, record: Mapping[str, Any]) -> SourceDocument:
        # Attributes of extensions, which have no column of their own in the stream.
        additional = record.get("additional_attributes") or {}
        body = {
            name: value
            for name, value in {**additional, **record}.items()
            if value is not None
            and not name.startswith("_sdc_")
            and name != "additional_attributes"
        }
        entity_id = int(body["entity_id"])
        updated_at = body.get("updated_at")
        return SourceDocument(
            key=Key(
                SALES_ORDER,
                self._target.settings.source,
                str(body.get("increment_id") or f"entity {entity_id}"),
            ),
            source_id=entity_id,
            body=body,
            updated_at=None if updated_at is None else utc_stamp(updated_at),
        )


class TransactionsSink(StoringSink):
    """Stream ``transactions``: the proof of money for gateway payments."""

    @override
    def process_batch(self, context: dict[str, Any]) -> None:
        payments = [self._payment(record) for record in context.get("records", [])]
        self._target.outbox.receive_payments(self._target.settings.source, payments)

    def _payment(self, record: Mapping[str, Any]) -> PaymentTransaction:
        created = record.get("created_at")
        stamp: datetime | None = None if created is None else utc_stamp(created)
        closed = record.get("is_closed")
        return PaymentTransaction(
            transaction_id=int(record["transaction_id"]),
            order_id=int(record["order_id"]),
            txn_type=str(record["txn_type"]),
            txn_id=record.get("txn_id"),
            parent_txn_id=record.get("parent_txn_id"),
            is_closed=None if closed is None else bool(closed),
            created_at=stamp,
        )


class ProductsSink(StoringSink):
    """Stream ``products``: what custom options are called; everything else is left alone."""

    @override
    def process_batch(self, context: dict[str, Any]) -> None:
        options = [
            ProductOption(
                int(option["option_id"]),
                str(option.get("title") or ""),
                {
                    str(value["option_type_id"]): str(value.get("title") or "")
                    for value in option.get("values") or ()
                    if "option_type_id" in value
                },
            )
            for record in context.get("records", [])
            for option in record.get("options") or ()
            if "option_id" in option
        ]
        self._target.outbox.receive_options(self._target.settings.source, options)


class UnusedSink(BatchSink):
    """Any other stream: read and left alone, with one line in the log."""

    def __init__(self, target: TargetSage200, stream_name: str, *args: Any, **kwargs: Any) -> None:
        """Say once that the stream is not used."""
        super().__init__(target, stream_name, *args, **kwargs)
        self.logger.info(
            "Stream %s is not posted to Sage 200 by this version; its records are left alone.",
            stream_name,
        )

    @override
    def get_validator(self) -> JSONSchemaValidator | None:
        return None

    @override
    def process_record(self, record: dict[str, Any], context: dict[str, Any]) -> None:
        """Keep nothing."""

    @override
    def process_batch(self, context: dict[str, Any]) -> None:
        """Write nothing."""

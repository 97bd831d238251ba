"""Singer records in, outbox rows out: stored whole, in one transaction a batch, decided later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from outbox.exact_json import clean, digest
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
LONGEST_KEY = 200
GREATEST_ID = 2**63 - 1


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
    def _singer_validate_message(self, record: dict[str, Any]) -> None:
        """Take a record without its key, too: it becomes a row, and no read is stopped by it."""

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
        entity_id = whole_number(body.get("entity_id"))
        # What can't be read is stored all the same, and is a rejected row once it is decided.
        number = body.get("increment_id") or (
            f"record {digest(clean(body))[:12]}" if entity_id is None else f"entity {entity_id}"
        )
        return SourceDocument(
            key=Key(SALES_ORDER, self._target.settings.source, str(number)[:LONGEST_KEY]),
            source_id=entity_id,
            body=body,
            updated_at=stamp_or_none(body.get("updated_at")),
            exclusive=True,
        )


class TransactionsSink(StoringSink):
    """Stream ``transactions``: the proof of money for gateway payments."""

    @override
    def process_batch(self, context: dict[str, Any]) -> None:
        read = [self._payment(record) for record in context.get("records", [])]
        payments = [payment for payment in read if payment is not None]
        self._target.outbox.receive_payments(self._target.settings.source, payments)

    def _payment(self, record: Mapping[str, Any]) -> PaymentTransaction | None:
        """Read a transaction; without its ids it proves no payment, and its order waits on."""
        transaction_id = whole_number(record.get("transaction_id"))
        order_id = whole_number(record.get("order_id"))
        if transaction_id is None or order_id is None:
            self.logger.warning(
                "Payment transaction %r of order %r has no usable id and is left out; an order that"
                " waits for it stays not_captured. Look at it in Magento.",
                record.get("transaction_id"),
                record.get("order_id"),
            )
            return None
        closed = record.get("is_closed")
        return PaymentTransaction(
            transaction_id=transaction_id,
            order_id=order_id,
            txn_type=clean(str(record.get("txn_type") or "")),
            txn_id=_text(record.get("txn_id")),
            parent_txn_id=_text(record.get("parent_txn_id")),
            is_closed=None if closed is None else bool(closed),
            created_at=stamp_or_none(record.get("created_at")),
        )


class ProductsSink(StoringSink):
    """Stream ``products``: what custom options are called; everything else is left alone."""

    @override
    def process_batch(self, context: dict[str, Any]) -> None:
        options = [
            ProductOption(
                number,
                _text(option.get("title")) or "",
                {
                    str(value["option_type_id"]): _text(value.get("title")) or ""
                    for value in option.get("values") or ()
                    if "option_type_id" in value
                },
            )
            for record in context.get("records", [])
            for option in record.get("options") or ()
            if (number := whole_number(option.get("option_id"))) is not None
        ]
        self._target.outbox.receive_options(self._target.settings.source, options)


def whole_number(value: object) -> int | None:
    """Read an id; ``None`` where it is none that the queue can hold."""
    try:
        number = int(str(value))
    except ValueError:
        return None
    return number if 0 <= number <= GREATEST_ID else None


def stamp_or_none(value: object) -> datetime | None:
    """Read one of Magento's stamps; ``None`` where it is none (``0000-00-00 00:00:00``)."""
    if value is None:
        return None
    try:
        return utc_stamp(str(value))
    except ValueError:
        return None


def _text(value: object) -> str | None:
    return None if value is None else clean(str(value))


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

"""``payment_methods.csv``: when an order is posted, and how Sage books the money."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from target_sage200.mapping.conditions import CURRENCY
from target_sage200.mapping.csv_table import read_rows, unique

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from target_sage200.mapping.csv_table import TableRow

POST_WHEN = ("captured", "invoiced", "paid", "authorised", "placed", "never")
STATUS = "status"
_BEFORE_STATUSES, _BETWEEN_STATUSES = "status:", "|"
_PAYMENT = ("method", "post_when", "sage_payment_method", "send_payment")


@dataclass(frozen=True)
class PaymentRule:
    """When orders paid in one way are posted, and how Sage books the money.

    Attributes:
        post_when: One of ``POST_WHEN``; or ``status``, for orders in one of ``statuses``.
        statuses: Magento's statuses in lower case.
        send_payment: The payment goes with the order.
        receipt: It is posted to the ledger later, once the order is posted and paid.
        banks: Code of the bank account for receipts by currency; ``""`` is any currency.
    """

    method: str
    post_when: str
    sage_payment_method: str
    send_payment: bool
    receipt: bool = False
    banks: Mapping[str, str] = field(default_factory=dict)
    statuses: tuple[str, ...] = ()


def read_payments(folder: Path) -> Iterator[PaymentRule]:
    """Read ``payment_methods.csv``.

    Raises:
        MappingFileError: It is missing or a row is wrong.
    """
    return unique(
        read_rows(folder, "payment_methods.csv", _PAYMENT, may_have=("bank",)),
        _payment,
        lambda one: one.method,
    )


def _payment(row: TableRow) -> PaymentRule:
    post_when, statuses = _post_when(row)
    receipt = row.filled("send_payment").lower() == "receipt"
    send = False if receipt else row.yes("send_payment")
    banks = _banks(row)
    if receipt and not banks:
        raise row.error(
            "bank",
            "it is empty although send_payment is receipt",
            "Name a Sage bank account, or one for each currency: GBP=BANK EUR=EUROBANK",
        )
    method = row.optional("sage_payment_method")
    if send and not method:
        raise row.error(
            "sage_payment_method",
            "it is empty although send_payment is yes",
            "Name a Sage payment method or set send_payment to no",
        )
    return PaymentRule(row.filled("method"), post_when, method, send, receipt, banks, statuses)


def _post_when(row: TableRow) -> tuple[str, tuple[str, ...]]:
    """Read the rule, and its statuses where it is a list: ``status:processing|ready_to_ship``."""
    value = row.filled("post_when")
    if value in POST_WHEN:
        return value, ()
    names = value.removeprefix(_BEFORE_STATUSES).split(_BETWEEN_STATUSES)
    statuses = tuple(name.strip().casefold() for name in names)
    if not value.startswith(_BEFORE_STATUSES) or not all(statuses):
        raise row.error(
            "post_when",
            f"{value!r} is unknown",
            f"Use one of {', '.join(POST_WHEN)}, or statuses like status:processing|ready_to_ship",
        )
    return STATUS, statuses


def _banks(row: TableRow) -> Mapping[str, str]:
    """Read ``BANK``, or ``GBP=BANK EUR=EUROBANK``; the column may be missing."""
    found: dict[str, str] = {}
    for word in row.optional("bank").split():
        currency, equals, code = word.rpartition("=")
        currency = currency.upper()
        if not code or (equals and not CURRENCY.fullmatch(currency)) or currency in found:
            raise row.error(
                "bank",
                f"{word!r} names no bank, no currency, or one that stands there already",
                "Name one bank account, or one for each currency: GBP=BANK EUR=EUROBANK",
            )
        found[currency] = code
    return found

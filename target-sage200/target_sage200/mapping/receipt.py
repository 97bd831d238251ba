"""The money of an order as a receipt in the sales ledger, for payments that don't go with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from target_sage200.magento_order import ZERO
from target_sage200.mapping.codes import code_key
from target_sage200.mapping.day import document_day
from target_sage200.mapping.ledger_invoice import REFERENCE_LIMIT, ledger_reference
from target_sage200.mapping.refusal import RefusalError
from target_sage200.mapping.text import Trimmer

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from target_sage200.magento_order import Order
    from target_sage200.mapping.codes import Bank, SageCodes
    from target_sage200.mapping.payment_table import PaymentRule
    from target_sage200.mapping.rules import OrderRules


@dataclass(frozen=True)
class Receipt:
    """The receipt of an order.

    Attributes:
        body: The body of ``POST /sales_receipts``.
        reference: The gateway's id of the payment, whole.
        trimmed: What was cut to fit.
        unproved: Whether a gateway was asked for the money, and nothing proves that it took it.
        undated: Time zone in which the receipt's day is to be counted once the money is there;
            empty where a capture tells the day.
    """

    body: dict[str, Any]
    reference: str = ""
    trimmed: tuple[str, ...] = ()
    unproved: bool = False
    undated: str = ""

    def as_detail(self) -> dict[str, Any]:
        """Return what the outbox keeps on the order's row."""
        facts = {
            "reference": self.reference,
            "trimmed": list(self.trimmed),
            "unproved": self.unproved,
            "undated": self.undated,
        }
        more = {name: value for name, value in facts.items() if value}
        return {"receipt": self.body, **({"receipt_facts": more} if more else {})}


@dataclass(frozen=True)
class Taken:
    """The money as the gateway's transactions tell it.

    Attributes:
        reference: The gateway's id of the payment, whole; empty where none is known.
        at: When the last of it was taken; ``None`` where no capture tells.
        now: The time of the decision: no receipt is dated later.
        proved: Whether the gateway took it, as far as its transactions tell.
    """

    reference: str
    at: datetime | None
    now: datetime
    proved: bool = True


def map_receipt(
    order: Order,
    customer_id: int,
    value: Decimal,
    payment: PaymentRule,
    codes: SageCodes,
    rules: OrderRules,
    taken: Taken,
) -> Receipt | None:
    """Return the receipt of an order; nothing where none is wanted or due.

    It bears the day of the last capture. Where there is none, the order document does not tell the
    day of the payment: the order's own day stands until the money is seen (``receipts``).

    Args:
        order: The order.
        customer_id: Its account in Sage.
        value: What the posted document comes to, in order currency.
        payment: The row of its payment method.
        codes: What the Sage company knows.
        rules: Settings.
        taken: What is known of the money.

    Raises:
        RefusalError: ``bank_unmapped``, ``bank_not_in_sage`` or ``order_number_too_long``.
    """
    if not payment.receipt or value <= ZERO:
        return None
    bank = _bank(order, payment, codes)
    trimmer = Trimmer(rules.text_encoding)
    paid_at = order.created_at if taken.at is None else max(taken.at, order.created_at)
    body: dict[str, Any] = {
        "customer_id": customer_id,
        "bank_id": bank.id,
        "cheque_value": value,
        "transaction_date": document_day(min(paid_at, taken.now), rules.timezone),
        "reference": ledger_reference(order.increment_id),
    }
    if taken.reference:
        body["second_reference"] = trimmer.tail(
            "payment reference", taken.reference, REFERENCE_LIMIT
        )
    return Receipt(
        body,
        taken.reference,
        trimmer.notes,
        unproved=not taken.proved,
        undated="" if taken.at else rules.timezone,
    )


def _bank(order: Order, payment: PaymentRule, codes: SageCodes) -> Bank:
    name = payment.banks.get(order.currency, payment.banks.get("", ""))
    if not name:
        raise RefusalError(
            "bank_unmapped",
            f"Order {order.increment_id}: the bank of payment method {payment.method!r} in"
            f" {order.currency} is not named. Add it in mappings/payment_methods.csv, column bank.",
            payment_method=payment.method,
            currency=order.currency,
        )
    bank = codes.banks.get(code_key(name))
    if bank is None or bank.currency != order.currency:
        problem = "does not exist in Sage 200" if bank is None else f"is in {bank.currency}"
        raise RefusalError(
            "bank_not_in_sage",
            f"Order {order.increment_id} in {order.currency}: bank {name!r} of"
            f" mappings/payment_methods.csv {problem}. Name a bank account in {order.currency}.",
            bank=name,
            currency=order.currency,
        )
    return bank

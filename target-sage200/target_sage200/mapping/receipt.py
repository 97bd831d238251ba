"""The money of an order as a receipt in the sales ledger, for payments that don't go with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_sage200.magento_order import ZERO
from target_sage200.mapping.codes import code_key
from target_sage200.mapping.day import document_day
from target_sage200.mapping.ledger_invoice import REFERENCE_LIMIT, ledger_reference
from target_sage200.mapping.refusal import RefusalError

if TYPE_CHECKING:
    from decimal import Decimal

    from target_sage200.magento_order import Order
    from target_sage200.mapping.codes import Bank, SageCodes
    from target_sage200.mapping.payment_table import PaymentRule
    from target_sage200.mapping.rules import OrderRules


def map_receipt(
    order: Order,
    customer_id: int,
    value: Decimal,
    payment: PaymentRule,
    codes: SageCodes,
    rules: OrderRules,
    reference: str,
) -> dict[str, Any] | None:
    """Return the body of ``POST /sales_receipts``; nothing where none is wanted or due.

    Args:
        order: The order.
        customer_id: Its account in Sage.
        value: What the posted document comes to, in order currency.
        payment: The row of its payment method.
        codes: What the Sage company knows.
        rules: Settings.
        reference: The gateway's id of the payment.

    Raises:
        RefusalError: ``bank_unmapped``, ``bank_not_in_sage`` or ``order_number_too_long``.
    """
    if not payment.receipt or value <= ZERO:
        return None
    bank = _bank(order, payment, codes)
    body: dict[str, Any] = {
        "customer_id": customer_id,
        "bank_id": bank.id,
        "cheque_value": value,
        "transaction_date": document_day(order.created_at, rules.timezone),
        "reference": ledger_reference(order.increment_id),
    }
    if reference:
        body["second_reference"] = reference[-REFERENCE_LIMIT:]
    return body


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

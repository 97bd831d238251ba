"""The payment that goes to Sage 200 with an order, once its money is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_sage200.magento_order import ZERO
from target_sage200.mapping.codes import code_key
from target_sage200.mapping.money import pennies
from target_sage200.mapping.refusal import RefusalError

if TYPE_CHECKING:
    from decimal import Decimal

    from target_sage200.magento_order import Order
    from target_sage200.mapping.codes import SageCodes
    from target_sage200.mapping.owed import Owed
    from target_sage200.mapping.payment_table import PaymentRule
    from target_sage200.mapping.text import Trimmer

PAYMENT_REFERENCE_LIMIT = 20
MEMO_LIMIT = 1000


def goes_with_order(order: Order, payment: PaymentRule, codes: SageCodes, gross: Decimal) -> bool:
    """Whether a payment is wanted with the order; Sage takes it in base currency only."""
    return payment.send_payment and order.currency == codes.base_currency and gross > ZERO


def missing_money(owed: Owed, paid: Decimal, *, taken: bool) -> str:
    """Say why the money of an order is not there; empty where it is.

    Args:
        owed: The order as it is posted.
        paid: What its payment comes to, in pennies.
        taken: Whether the gateway took it, as far as its transactions tell. ``total_paid`` is no
            proof of that: an invoice made without capture sets it.
    """
    refunded = owed.left_out.refunded if owed.left_out else ZERO
    kept = pennies(owed.order.total_paid - refunded)
    name = f"Order {owed.order.increment_id}"
    if kept < paid:
        return f"{name} goes without its payment: {kept} of {paid} {owed.order.currency} are paid."
    if not taken:
        return f"{name} goes without its payment: no capture of the gateway proves all of it."
    return ""


def payment_with_order(
    payment: PaymentRule,
    codes: SageCodes,
    gross: Decimal,
    paid: Decimal,
    reference: str,
    trimmer: Trimmer,
) -> dict[str, Any]:
    """Return the fields of the payment of an order.

    Args:
        payment: The row of its payment method.
        codes: What the Sage company knows.
        gross: What the document comes to in Sage.
        paid: What the customer paid for it.
        reference: The gateway's id of the payment, whole.
        trimmer: Keeps what is cut.

    Raises:
        RefusalError: ``payment_method_not_in_sage``.
    """
    method = codes.payment_methods.get(code_key(payment.sage_payment_method))
    if method is None or method.online_card:
        problem = "is an online card method" if method else "does not exist"
        raise RefusalError(
            "payment_method_not_in_sage",
            f"Payment method {payment.sage_payment_method!r} of mappings/payment_methods.csv"
            f" {problem} in Sage 200. Name another one.",
            payment_method=payment.sage_payment_method,
        )
    fields: dict[str, Any] = {
        "payment_with_order": True,
        "payment_type": "EnumSOPOrderPaymentTypeFull",
        "payment_value": paid,
        "payment_method_id": method.id,
    }
    if paid != gross:
        # Sage warns of a payment that is pennies away from its own total, and would not go on.
        fields["suppress_warnings"] = True
    if reference:
        fields["payment_reference"] = trimmer.tail(
            "payment reference", reference, PAYMENT_REFERENCE_LIMIT
        )
    if len(reference) > PAYMENT_REFERENCE_LIMIT:
        note = trimmer.fit("memo", f"Payment reference {reference}", MEMO_LIMIT)
        fields["memos"] = [{"note": note, "is_active": True}]
    return fields

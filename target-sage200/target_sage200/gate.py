"""May this order post yet? Pure: the order, its payments and the clock in, an answer out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from target_sage200.magento_order import ZERO
from target_sage200.mapping.money import pennies

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from target_sage200.magento_order import Order
    from target_sage200.mapping.account_tables import Store
    from target_sage200.mapping.payment_table import PaymentRule

TIME_CAUSES = ("too_recent",)
"""Causes that end by themselves: such orders are decided again in every run."""


@dataclass(frozen=True)
class GateRules:
    """Settings of the gate.

    Attributes:
        start_from: Orders placed before this stamp are not posted.
        minimum_age: Orders younger than this wait (a customer may still cancel).
        test_emails: Orders of these e-mail addresses or ``@domains`` are not posted.
        post_zero_totals: Whether free orders go to Sage (so that their stock is despatched).
    """

    start_from: datetime | None = None
    minimum_age: timedelta = timedelta(0)
    test_emails: tuple[str, ...] = ()
    post_zero_totals: bool = True


@dataclass(frozen=True)
class Hold:
    """Why an order waits: a cause of the catalogue and a sentence."""

    cause: str
    reason: str


def check(
    order: Order,
    store: Store,
    payment: PaymentRule,
    transactions: Sequence[str],
    rules: GateRules,
    now: datetime,
) -> Hold | None:
    """Decide whether an order may be posted.

    Args:
        order: The order.
        store: The row of its store in ``stores.csv``.
        payment: The row of its payment method in ``payment_methods.csv``.
        transactions: Types of the payment transactions Magento holds for it. ``total_paid`` and
            a paid invoice are no proof of money for a gateway: an invoice made without capture
            sets both.
        rules: Settings.
        now: The time of the decision, UTC.

    Returns:
        ``None`` when it may be posted.
    """
    return _not_wanted(order, store, rules, now) or _not_paid(order, payment, transactions)


def _not_wanted(  # noqa: PLR0911  # one reason, one line
    order: Order, store: Store, rules: GateRules, now: datetime
) -> Hold | None:
    name = f"Order {order.increment_id}"
    if not store.post:
        return Hold("store_excluded", f"{name}: stores.csv says post = no for its store.")
    if rules.start_from and order.created_at < rules.start_from:
        return Hold("before_start", f"{name} was placed before {rules.start_from:%Y-%m-%d}.")
    if any(order.email.lower().endswith(mark.lower()) for mark in rules.test_emails):
        return Hold("test_order", f"{name} was placed by a test customer.")
    if order.state == "canceled":
        return Hold("cancelled_unpaid", f"{name} was cancelled before it was posted.")
    if order.state == "holded":
        return Hold("on_hold_in_magento", f"{name} is on hold in Magento.")
    if order.state == "payment_review":
        return Hold("payment_review", f"{name}: its payment is under review.")
    if order.grand_total == ZERO and not rules.post_zero_totals:
        return Hold("zero_total", f"{name} costs nothing; post_zero_totals is off.")
    if now - order.created_at < rules.minimum_age:
        return Hold("too_recent", f"{name} is younger than {rules.minimum_age}.")
    return None


def _not_paid(order: Order, payment: PaymentRule, transactions: Sequence[str]) -> Hold | None:
    # Magento keeps 4 decimals; several invoices may miss their order's total by less than a penny.
    due = pennies(order.grand_total - order.total_canceled)
    invoiced = pennies(order.total_invoiced) >= due
    paid = pennies(order.total_paid) >= due and invoiced
    ready = {
        "placed": True,
        "authorised": bool({"authorization", "capture"} & set(transactions)),
        "invoiced": invoiced and _has_invoice(order),
        "paid": paid and _has_invoice(order),
        "captured": paid and "capture" in transactions,
        "never": False,
    }[payment.post_when]
    if ready:
        return None
    if payment.post_when == "never":
        return Hold(
            "payment_method_excluded",
            f"Order {order.increment_id}: payment_methods.csv says never for"
            f" {order.payment_method}.",
        )
    if payment.post_when == "captured" and paid:
        return Hold(
            "not_captured",
            f"Order {order.increment_id} is invoiced, but no capture of {order.payment_method} is"
            " recorded: the money may not have been taken.",
        )
    return Hold(
        "awaiting_payment",
        f"Order {order.increment_id}: {order.total_paid} of {due} {order.currency} paid by"
        f" {order.payment_method}; it posts when {payment.post_when}.",
    )


def _has_invoice(order: Order) -> bool:
    """A free order owes nothing from the start; its invoice shows that it was accepted."""
    return any(item.quantity_invoiced > ZERO for item in order.items)

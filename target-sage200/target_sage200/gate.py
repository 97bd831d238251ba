"""May this order post yet? Pure: the order, its payments and the clock in, an answer out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from target_sage200.magento_order import ZERO
from target_sage200.mapping.money import pennies
from target_sage200.mapping.payment_table import STATUS

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from target_sage200.magento_order import Order
    from target_sage200.mapping.account_tables import Store
    from target_sage200.mapping.payment_table import PaymentRule
    from target_sage200.transactions import Transactions

TIME_CAUSES = ("too_recent",)
"""Causes that end by themselves: such orders are decided again in every run."""


@dataclass(frozen=True)
class GateRules:
    """Settings of the gate.

    Attributes:
        start_from: Orders placed before this stamp are not posted.
        minimum_age: Orders younger than this wait (a customer may still cancel).
        test_emails: Orders of these e-mail addresses or ``@domains`` are not posted.
        hold_statuses: Orders in one of these statuses wait. Magento leaves an order that its
            gateway suspects in state ``processing``, with status ``fraud``.
        post_zero_totals: Whether free orders go to Sage (so that their stock is despatched).
    """

    start_from: datetime | None = None
    minimum_age: timedelta = timedelta(0)
    test_emails: tuple[str, ...] = ()
    post_zero_totals: bool = True
    hold_statuses: tuple[str, ...] = ("fraud",)


@dataclass(frozen=True)
class Hold:
    """Why an order waits: a cause of the catalogue and a sentence."""

    cause: str
    reason: str


def check(
    order: Order,
    store: Store,
    payment: PaymentRule,
    transactions: Transactions,
    rules: GateRules,
    now: datetime,
) -> Hold | None:
    """Decide whether an order may be posted.

    Args:
        order: The order.
        store: The row of its store in ``stores.csv``.
        payment: The row of its payment method in ``payment_methods.csv``.
        transactions: The payment transactions Magento holds for it. ``total_paid`` and a paid
            invoice are no proof of money for a gateway: an invoice made without capture sets both.
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
    if _is_test(order.email, rules.test_emails):
        return Hold("test_order", f"{name} was placed by a test customer.")
    if order.state == "canceled":
        return Hold("cancelled_unpaid", f"{name} was cancelled before it was posted.")
    if order.state == "holded":
        return Hold("on_hold_in_magento", f"{name} is on hold in Magento.")
    if order.state == "payment_review":
        return Hold("payment_review", f"{name}: its payment is under review.")
    if order.status.casefold() in {status.casefold() for status in rules.hold_statuses}:
        return Hold(
            "status_on_hold",
            f"{name} has status {order.status!r}, one of hold_statuses. Look at it in Magento.",
        )
    if order.grand_total == ZERO and not rules.post_zero_totals:
        return Hold("zero_total", f"{name} costs nothing; post_zero_totals is off.")
    if now - order.created_at < rules.minimum_age:
        return Hold("too_recent", f"{name} is younger than {rules.minimum_age}.")
    return None


def _is_test(email: str, marks: tuple[str, ...]) -> bool:
    """Whether an address is one of the marks, or in one of the ``@domains`` among them."""
    own = email.lower()
    return any(
        own.endswith(mark) if mark.startswith("@") else own == mark
        for mark in (one.lower() for one in marks)
    )


def _not_paid(order: Order, payment: PaymentRule, transactions: Transactions) -> Hold | None:
    # Magento keeps 4 decimals; several invoices may miss their order's total by less than a penny.
    due = pennies(order.grand_total - order.total_canceled)
    invoiced = pennies(order.total_invoiced) >= due
    paid = pennies(order.total_paid) >= due and invoiced
    short = transactions.taken_short(order)
    captured = paid and bool(transactions.captures)
    ready = {
        # The buyer is still at the gateway, and may never come back.
        "placed": order.state != "pending_payment",
        "authorised": transactions.authorised or captured,
        "invoiced": invoiced and _has_invoice(order),
        "paid": paid and _has_invoice(order),
        "captured": captured and not short,
        STATUS: order.status.casefold() in payment.statuses,
        "never": False,
    }[payment.post_when]
    return None if ready else _reason(order, payment, due, short=short, paid=paid)


def _reason(order: Order, payment: PaymentRule, due: Decimal, *, short: str, paid: bool) -> Hold:
    name = f"Order {order.increment_id}"
    if payment.post_when == "never":
        return Hold(
            "payment_method_excluded",
            f"{name}: payment_methods.csv says never for {order.payment_method}.",
        )
    if payment.post_when == STATUS:
        return Hold(
            "awaiting_status",
            f"{name} has status {order.status!r}; {order.payment_method} posts with status"
            f" {' or '.join(payment.statuses)}.",
        )
    if payment.post_when == "captured" and paid:
        found = (
            f"its gateway took only {short}"
            if short
            else f"no capture of {order.payment_method} is recorded"
        )
        return Hold(
            "not_captured", f"{name} is invoiced, but {found}: money may not have been taken."
        )
    if payment.post_when == "placed":
        return Hold(
            "awaiting_payment",
            f"{name}: its buyer is still paying at the gateway of {order.payment_method}.",
        )
    return Hold(
        "awaiting_payment",
        f"{name}: {order.total_paid} of {due} {order.currency} paid by {order.payment_method}; it"
        f" posts when {payment.post_when}.",
    )


def _has_invoice(order: Order) -> bool:
    """A free order owes nothing from the start; its invoice shows that it was accepted."""
    return any(item.quantity_invoiced > ZERO for item in order.items)

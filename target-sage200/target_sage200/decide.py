"""From an order in the outbox to a decision about it: gate, mapping, contract check. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from outbox.rows import Decision, State
from sage200_client.document_check import check_document

from target_sage200 import gate
from target_sage200.magento_document import MalformedOrderError, read_order
from target_sage200.magento_order import ZERO
from target_sage200.mapping.address import check_delivery
from target_sage200.mapping.ledger_invoice import map_ledger_invoice
from target_sage200.mapping.money import pennies
from target_sage200.mapping.order import expected_gross, map_order
from target_sage200.mapping.owed import still_owed
from target_sage200.mapping.own_account import AccountMissingError, account_update
from target_sage200.mapping.payment_table import PaymentRule
from target_sage200.mapping.receipt import Taken, map_receipt
from target_sage200.mapping.refusal import RefusalError
from target_sage200.transactions import Transactions, read_transactions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from target_sage200.magento_options import OptionWords
    from target_sage200.magento_order import Order
    from target_sage200.mapping.account_tables import Store
    from target_sage200.mapping.codes import SageCodes
    from target_sage200.mapping.order import SalesOrder
    from target_sage200.mapping.rules import OrderRules
    from target_sage200.mapping.tables import Tables

SHOWN_VIOLATIONS = 3
SOP_ORDERS, SALES_INVOICES = "sop_orders", "sales_invoices"


@dataclass(frozen=True)
class OrderDecider:
    """Decides about sales orders with one set of tables, codes and settings.

    Attributes:
        post_when: Rule for payment methods without a row; ``None`` refuses them.
        now: The time of the decisions, UTC.
        order_route: The resource that orders go to: ``sop_orders`` or ``sales_invoices``.
    """

    tables: Tables
    codes: SageCodes
    gate_rules: gate.GateRules
    order_rules: OrderRules
    post_when: str | None
    now: datetime
    order_route: str = SOP_ORDERS

    def decide(
        self,
        body: Mapping[str, Any],
        transactions: Sequence[Mapping[str, Any]],
        options: Mapping[int, OptionWords] = MappingProxyType({}),
    ) -> Decision:
        """Decide about one order.

        Args:
            body: Magento's order document.
            transactions: Its payment transactions, oldest first (``txn_type``, and where known
                ``txn_id``, ``parent_txn_id``, ``created_at``).
            options: What its custom options are called, by their ids.
        """
        try:
            order = read_order(body, options)
        except MalformedOrderError as error:
            return Decision(State.REJECTED, cause="malformed_order", error=str(error))
        try:
            return self._decide(order, read_transactions(transactions))
        except AccountMissingError as missing:
            return Decision(
                State.WAITING,
                cause=missing.cause,
                error=str(missing),
                detail={"new_account": missing.document},
                amount=expected_gross(order),
                currency=order.currency,
            )
        except RefusalError as refusal:
            return Decision(
                State.REJECTED,
                cause=refusal.cause,
                error=str(refusal),
                detail=refusal.detail,
                amount=expected_gross(order),
                currency=order.currency,
            )

    def _decide(self, order: Order, transactions: Transactions) -> Decision:
        store = self._store(order)
        payment = self._payment(order)
        hold = gate.check(order, store, payment, transactions, self.gate_rules, self.now)
        if hold is not None:
            return Decision(
                State.WAITING,
                cause=hold.cause,
                error=hold.reason,
                # Of an order cancelled as a whole nothing is expected; what it was worth is shown.
                amount=expected_gross(order) or pennies(order.grand_total),
                currency=order.currency,
            )
        check_delivery(order)
        owed = still_owed(order, self.order_rules.refunds_before_posting)
        if owed.left_out is not None and owed.is_nothing:
            return Decision(
                State.WAITING,
                cause="refunded_before_posting",
                error=f"Order {order.increment_id} was refunded whole before it was posted.",
                detail={"left_out": owed.left_out.as_detail()},
                amount=expected_gross(order),
                currency=order.currency,
            )
        if self.order_route == SALES_INVOICES and expected_gross(owed.order) == ZERO:
            return Decision(
                State.WAITING,
                cause="zero_total",
                error=f"Order {order.increment_id} costs nothing; the ledger takes no invoice of"
                " 0.00.",
                amount=expected_gross(order),
                currency=order.currency,
            )
        reference = transactions.capture_reference or order.payment_reference
        taken = transactions.took_all_of(order)
        if self.order_route == SALES_INVOICES:
            mapped = map_ledger_invoice(order, store, self.tables, self.codes, self.order_rules)
        else:
            mapped = map_order(
                order,
                store,
                payment,
                self.tables,
                self.codes,
                self.order_rules,
                reference,
                money_taken=taken,
            )
        receipt = map_receipt(
            order,
            mapped.body["customer_id"],
            # What the customer paid, where tax_strategy lets Sage have pennies more or less.
            mapped.gross - mapped.gross_off,
            payment,
            self.codes,
            self.order_rules,
            Taken(reference, transactions.last_capture, self.now, proved=taken),
        )
        account = account_update(
            order,
            mapped.body["customer_id"],
            self.tables.customer_rule(store, order.customer_group_id),
            self.codes,
            self.order_rules,
        )
        violations = check_document(self.order_route, mapped.body)
        if violations:
            shown = " ".join(item.sentence for item in violations[:SHOWN_VIOLATIONS])
            raise RefusalError(
                "does_not_fit_sage",
                f"Order {order.increment_id}: {shown}",
                violations=[item.sentence for item in violations],
            )
        return Decision(
            State.READY,
            detail={
                "net": mapped.net,
                "tax": mapped.tax,
                "gross": mapped.gross,
                "refunded_in_magento": order.total_refunded,
                "cancelled_in_magento": order.total_canceled,
                **({"left_out": mapped.left_out.as_detail()} if mapped.left_out else {}),
                **({"note": mapped.note} if mapped.note else {}),
                **({"payment_note": mapped.payment_note} if mapped.payment_note else {}),
                **_by_choice(mapped),
                **(receipt.as_detail() if receipt else {}),
                **({"account_update": account} if account else {}),
            },
            amount=mapped.gross,
            currency=order.currency,
            document=mapped.body,
            trimmed=mapped.trimmed,
            route=self.order_route,
        )

    def _store(self, order: Order) -> Store:
        store = self.tables.stores.get((order.store_id, order.currency))
        if store is not None:
            return store
        others = [one for one in self.tables.stores.values() if one.store_id == order.store_id]
        if others and not any(one.post for one in others):
            return others[0]
        if others:
            raise RefusalError(
                "currency_differs",
                f"Order {order.increment_id}: store view {order.store_id} has rows in"
                f" {', '.join(one.currency for one in others)} in mappings/stores.csv, none in"
                f" {order.currency}. Add a row with store_id {order.store_id}, currency"
                f" {order.currency} and an account in {order.currency}.",
                store_id=order.store_id,
                order_currency=order.currency,
            )
        raise RefusalError(
            "store_unmapped",
            f"Order {order.increment_id}: store view {order.store_id} has no row in"
            " mappings/stores.csv. Add one.",
            store_id=order.store_id,
        )

    def _payment(self, order: Order) -> PaymentRule:
        rule = self.tables.payment(order.payment_method)
        if rule is None and self.post_when:
            return PaymentRule(order.payment_method, self.post_when, "", send_payment=False)
        if rule is None:
            raise RefusalError(
                "payment_method_unmapped",
                f"Order {order.increment_id}: payment method {order.payment_method!r} has no row in"
                " mappings/payment_methods.csv. Add one.",
                payment_method=order.payment_method,
            )
        return rule


def _by_choice(mapped: SalesOrder) -> dict[str, Any]:
    """What differs from Magento because a setting or table wants it so."""
    found: dict[str, Any] = {}
    if mapped.tax_off or mapped.gross_off:
        found["accepted"] = {"tax": mapped.tax_off, "gross": mapped.gross_off}
    if mapped.suspense:
        found["suspense"] = list(mapped.suspense)
    return found

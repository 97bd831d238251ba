"""Which Sage 200 account an order belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_sage200.mapping.codes import code_key
from target_sage200.mapping.refusal import RefusalError

if TYPE_CHECKING:
    from target_sage200.magento_order import Order
    from target_sage200.mapping.account_tables import Store
    from target_sage200.mapping.codes import Customer, SageCodes
    from target_sage200.mapping.tables import Tables


def order_customer(order: Order, store: Store, tables: Tables, codes: SageCodes) -> Customer:
    """Return the account of an order.

    Raises:
        RefusalError: It is not in Sage, on hold, or in another currency than the order.
    """
    account = tables.account(store, order.customer_group_id)
    customer = codes.customers.get(code_key(account))
    if customer is None:
        raise RefusalError(
            "customer_not_in_sage",
            f"Order {order.increment_id}: account {account!r} does not exist in Sage 200. Create it"
            f" there or correct mappings/stores.csv (store {order.store_id}) or customers.csv.",
            account=account,
        )
    if customer.currency != order.currency:
        raise RefusalError(
            "currency_differs",
            f"Order {order.increment_id} is in {order.currency}, account {account} in"
            f" {customer.currency}. Name an account in {order.currency} in mappings/stores.csv.",
            account=account,
            order_currency=order.currency,
            account_currency=customer.currency,
        )
    if customer.on_hold:
        raise RefusalError(
            "account_on_hold",
            f"Order {order.increment_id}: account {account} is on hold in Sage 200. Take it off"
            " hold there; the order is posted with the next run.",
            account=account,
        )
    return customer

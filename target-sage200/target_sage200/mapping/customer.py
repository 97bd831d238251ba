"""Which Sage 200 account an order belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_sage200.mapping.codes import code_key
from target_sage200.mapping.own_account import (
    AccountMissingError,
    account_key,
    account_number,
    new_account,
)
from target_sage200.mapping.refusal import RefusalError

if TYPE_CHECKING:
    from target_sage200.magento_order import Order
    from target_sage200.mapping.account_tables import Store
    from target_sage200.mapping.codes import Customer, SageCodes
    from target_sage200.mapping.tables import Tables
    from target_sage200.mapping.text import Trimmer


def order_customer(
    order: Order,
    store: Store,
    tables: Tables,
    codes: SageCodes,
    key_field: str,
    trimmer: Trimmer,
) -> Customer:
    """Return the account of an order.

    Args:
        order: The order.
        store: Its row in ``stores.csv``.
        tables: All mapping tables.
        codes: What the Sage company knows.
        key_field: Field of accounts that says whose they are.
        trimmer: Keeps what is cut of a new account.

    Raises:
        AccountMissingError: The customer's own account must be opened first.
        RefusalError: It is not in Sage, somebody else's, on hold, or in another currency than the
            order.
    """
    rule = tables.customer_rule(store, order.customer_group_id)
    own = rule.mode == "own"
    account = account_number(order, rule) if own else rule.account
    customer = codes.customers.get(code_key(account))
    if own and customer is None:
        raise AccountMissingError(
            f"Order {order.increment_id}: account {account} is opened in Sage 200 first.",
            new_account(order, rule, codes, key_field, trimmer),
        )
    if own and customer is not None and customer.key != account_key(order, rule):
        raise RefusalError(
            "account_number_taken",
            f"Order {order.increment_id}: account {account} in Sage 200 is not this customer's"
            f" (its {key_field} says {customer.key!r}). Correct that field there, or give these"
            " orders another prefix in mappings/customers.csv.",
            account=account,
        )
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
            f" {customer.currency}. Name an account in {order.currency} in mappings/stores.csv or"
            " customers.csv.",
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

"""Which ways to Sage 200 each kind of document has, and which accounts web orders go to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from target_sage200.mapping.codes import code_key
from target_sage200.receipts import RECEIPT
from target_sage200.sage_amendments import (
    ADDRESS_CHANGE,
    CANCELLATION,
    AddressChange,
    Cancellation,
)
from target_sage200.sage_customers import (
    ACCOUNT_CHANGE,
    CUSTOMER,
    CUSTOMERS,
    AccountChangeRoute,
    CustomerRoute,
)
from target_sage200.sage_ledger import (
    LEDGER_INVOICE,
    LEDGER_RECEIPT,
    SALES_INVOICES,
    SALES_RECEIPTS,
)
from target_sage200.sage_orders import SOP_ORDERS, SalesOrderRoute

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from collections.abc import Set as AbstractSet

    from target_sage200.mapping.codes import Customer
    from target_sage200.mapping.tables import Tables
    from target_sage200.sage_documents import Route
    from target_sage200.settings import Settings


def ways_of(
    kind: str,
    settings: Settings,
    used: AbstractSet[str],
    accounts: Callable[[], AbstractSet[int]],
) -> Mapping[str, Route]:
    """The ways of a kind; of orders all that may have been used, so that none is missed.

    Args:
        kind: Kind of document.
        settings: The settings.
        used: Routes that documents of this kind were ever meant for.
        accounts: Ids of the accounts that web orders go to.
    """
    if kind == CANCELLATION:
        return {SOP_ORDERS: Cancellation()}
    if kind == ADDRESS_CHANGE:
        return {SOP_ORDERS: AddressChange()}
    if kind == CUSTOMER:
        return {CUSTOMERS: CustomerRoute(settings.mapping.customer_key_field)}
    if kind == ACCOUNT_CHANGE:
        return {CUSTOMERS: AccountChangeRoute()}
    if kind == RECEIPT:
        return {SALES_RECEIPTS: replace(LEDGER_RECEIPT, web_accounts=accounts)}
    ways: dict[str, Route] = {
        SOP_ORDERS: SalesOrderRoute(settings.on_total_difference != "leave", accounts),
        SALES_INVOICES: replace(LEDGER_INVOICE, web_accounts=accounts),
    }
    if settings.order_route == SOP_ORDERS and SALES_INVOICES not in used:
        # The ledger may be closed to this user, and was never written to.
        del ways[SALES_INVOICES]
    return ways


def default_way(kind: str) -> str:
    """The way of documents whose row names none."""
    ways = {RECEIPT: SALES_RECEIPTS, CUSTOMER: CUSTOMERS, ACCOUNT_CHANGE: CUSTOMERS}
    return ways.get(kind, SOP_ORDERS)


def web_accounts(tables: Tables, accounts: Mapping[str, Customer]) -> frozenset[int]:
    """Ids of the accounts that web orders go to by the tables in use, those of customers too.

    An order may have gone to any of them before a table was changed.

    Args:
        tables: The mapping tables.
        accounts: Sage's accounts by number.
    """
    names = {code_key(one.account) for one in tables.stores.values()}
    names |= {code_key(one.account) for one in tables.customers if one.account}
    return frozenset(
        account.id for name, account in accounts.items() if name in names or account.key
    )

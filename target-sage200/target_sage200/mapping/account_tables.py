"""``stores.csv`` and ``customers.csv``: account, currency and warehouse of an order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from target_sage200.mapping.conditions import currency, currency_or_any, number_or_any
from target_sage200.mapping.csv_table import ANY, read_rows, unique

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from target_sage200.mapping.csv_table import TableRow

_STORE = ("store_id", "account", "currency", "warehouse", "post")
_STORE_MAY = ("store_code", "suspense_item")
MODES = ("account", "cash", "own")
KEYS = ("customer_id", "email")
MOST_PREFIX = 2
_CUSTOMER = ("store_id", "customer_group_id", "account")
_CUSTOMER_MAY = ("currency", "mode", "key", "prefix")


@dataclass(frozen=True)
class Store:
    """What orders of one store view in one currency become (``stores.csv``).

    Attributes:
        currency: ISO code of the orders, and so of the account.
        store_code: Magento's code of the store view, for analysis codes.
        suspense_item: Stock code that stands for a SKU that Sage does not have; empty refuses.
    """

    store_id: int
    account: str
    currency: str
    warehouse: str
    post: bool
    store_code: str = ""
    suspense_item: str = ""


@dataclass(frozen=True)
class CustomerRule:
    """Which account the orders of a customer group go to (``customers.csv``).

    Attributes:
        account: The account of modes ``account`` and ``cash``.
        mode: ``account``; ``cash``, with the buyer's name and address on the document; or ``own``,
            an account for each customer, opened where it is missing.
        key: What tells one customer from another in mode ``own``: ``customer_id`` or ``email``.
        prefix: How the account numbers of mode ``own`` begin; one for each currency.
        currency: ISO code of the orders it is for, or any.
    """

    store_id: str
    customer_group_id: str
    account: str
    mode: str = "account"
    key: str = ""
    prefix: str = ""
    currency: str = ANY

    def fits(self, store: Store, customer_group_id: int) -> bool:
        """Whether the row is for a customer group's orders of a store, in the store's currency."""
        return (
            self.store_id in (ANY, str(store.store_id))
            and self.customer_group_id in (ANY, str(customer_group_id))
            and self.currency in (ANY, store.currency)
        )

    @property
    def precision(self) -> tuple[bool, bool, bool]:
        """Group before currency before store: an account has one currency, stores may share it."""
        return self.customer_group_id != ANY, self.currency != ANY, self.store_id != ANY


def read_stores(folder: Path) -> Iterator[Store]:
    """Read ``stores.csv``.

    Raises:
        MappingFileError: It is missing or a row is wrong.
    """
    return unique(
        read_rows(folder, "stores.csv", _STORE, may_have=_STORE_MAY),
        _store,
        lambda one: (one.store_id, one.currency),
    )


def read_customers(folder: Path) -> Iterator[CustomerRule]:
    """Read ``customers.csv``, which may be missing.

    Raises:
        MappingFileError: A row is wrong.
    """
    return unique(
        read_rows(folder, "customers.csv", _CUSTOMER, may_have=_CUSTOMER_MAY, optional=True),
        _customer,
        lambda one: (one.store_id, one.customer_group_id, one.currency),
    )


def _store(row: TableRow) -> Store:
    return Store(
        store_id=row.whole("store_id"),
        account=row.filled("account"),
        currency=currency(row, "currency"),
        warehouse=row.filled("warehouse"),
        post=row.yes("post"),
        store_code=row.optional("store_code"),
        suspense_item=row.optional("suspense_item"),
    )


def _customer(row: TableRow) -> CustomerRule:
    mode = row.optional("mode") or "account"
    if mode not in MODES:
        raise row.error("mode", f"{mode!r} is unknown", f"Use one of {', '.join(MODES)}")
    store_id, group = number_or_any(row, "store_id"), number_or_any(row, "customer_group_id")
    money = currency_or_any(row, "currency")
    if mode != "own":
        return CustomerRule(store_id, group, row.filled("account"), mode, currency=money)
    key = row.optional("key") or "customer_id"
    if key not in KEYS:
        raise row.error("key", f"{key!r} is unknown", f"Use one of {', '.join(KEYS)}")
    prefix = row.optional("prefix").upper()
    if not (prefix.isalpha() and prefix.isascii() and len(prefix) <= MOST_PREFIX):
        raise row.error("prefix", f"{prefix!r} is not one or two letters", "Give it as in W")
    return CustomerRule(store_id, group, "", mode, key, prefix, money)

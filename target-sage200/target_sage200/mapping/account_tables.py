"""``stores.csv`` and ``customers.csv``: account, currency and warehouse of an order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from target_sage200.mapping.csv_table import read_rows, unique

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from target_sage200.mapping.csv_table import TableRow

_STORE = ("store_id", "account", "currency", "warehouse", "post")
_CUSTOMER = ("store_id", "customer_group_id", "account")


@dataclass(frozen=True)
class Store:
    """What orders of one store view become (``stores.csv``).

    Attributes:
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
    """Orders of a customer group on an account of their own (``customers.csv``)."""

    store_id: str
    customer_group_id: str
    account: str


def read_stores(folder: Path) -> Iterator[Store]:
    """Read ``stores.csv``.

    Raises:
        MappingFileError: It is missing or a row is wrong.
    """
    return unique(read_rows(folder, "stores.csv", _STORE), _store, lambda one: one.store_id)


def read_customers(folder: Path) -> Iterator[CustomerRule]:
    """Read ``customers.csv``, which may be missing.

    Raises:
        MappingFileError: A row is wrong.
    """
    return unique(
        read_rows(folder, "customers.csv", _CUSTOMER, optional=True),
        _customer,
        lambda one: (one.store_id, one.customer_group_id),
    )


def _store(row: TableRow) -> Store:
    return Store(
        store_id=row.whole("store_id"),
        account=row.filled("account"),
        currency=row.filled("currency"),
        warehouse=row.filled("warehouse"),
        post=row.yes("post"),
        store_code=row.optional("store_code"),
        suspense_item=row.optional("suspense_item"),
    )


def _customer(row: TableRow) -> CustomerRule:
    return CustomerRule(
        store_id=row.any_or("store_id"),
        customer_group_id=row.any_or("customer_group_id"),
        account=row.filled("account"),
    )

"""The CSV tables that finance and operations own, read whole and checked row by row."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from target_sage200.mapping.codes import code_key
from target_sage200.mapping.csv_table import ANY, read_rows, unique

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from target_sage200.mapping.csv_table import TableRow

POST_WHEN = ("captured", "invoiced", "paid", "authorised", "placed", "never")
NO_TAX = "none"
ROUNDING = "rounding"


@dataclass(frozen=True)
class Store:
    """What orders of one store view become (``stores.csv``)."""

    store_id: int
    account: str
    currency: str
    warehouse: str
    post: bool


@dataclass(frozen=True)
class CustomerRule:
    """Orders of a customer group on an account of their own (``customers.csv``)."""

    store_id: str
    customer_group_id: str
    account: str


@dataclass(frozen=True)
class PaymentRule:
    """When orders paid in one way are posted, and how Sage books the money."""

    method: str
    post_when: str
    sage_payment_method: str
    send_payment: bool


@dataclass(frozen=True)
class TaxRule:
    """Which Sage VAT code a Magento tax becomes; ``*`` matches anything."""

    magento_tax: str
    country_id: str
    customer_group_id: str
    sage_tax_code: int

    @property
    def precision(self) -> int:
        """How many columns are given: the most specific row wins."""
        given = (self.magento_tax, self.country_id, self.customer_group_id)
        return sum(value != ANY for value in given)


@dataclass(frozen=True)
class Tables:
    """All mapping tables of one folder, and the digest of their content."""

    stores: Mapping[int, Store]
    customers: tuple[CustomerRule, ...]
    payments: tuple[PaymentRule, ...]
    shipping: tuple[tuple[str, str], ...]
    taxes: tuple[TaxRule, ...]
    skus: Mapping[str, str]
    digest: str

    def payment(self, method: str) -> PaymentRule | None:
        """Rule of a Magento payment method; exact names win over patterns."""
        return next(
            (rule for rule in self.payments if rule.method == method),
            next((rule for rule in self.payments if fnmatchcase(method, rule.method)), None),
        )

    def charge(self, shipping_method: str) -> str | None:
        """Sage charge code of a Magento shipping method; exact names win over patterns."""
        return dict(self.shipping).get(shipping_method) or next(
            (code for pattern, code in self.shipping if fnmatchcase(shipping_method, pattern)), None
        )

    def tax(self, magento_tax: str, country_id: str, customer_group_id: int) -> int | None:
        """Sage VAT code of a Magento tax; the most specific matching row wins."""
        matching = [
            rule
            for rule in self.taxes
            if rule.magento_tax in (ANY, magento_tax)
            and rule.country_id in (ANY, country_id)
            and rule.customer_group_id in (ANY, str(customer_group_id))
        ]
        best = max(matching, key=lambda rule: rule.precision, default=None)
        return None if best is None else best.sage_tax_code

    def account(self, store: Store, customer_group_id: int) -> str:
        """Sage account for a customer group in a store; the most specific row wins."""
        matching = [
            rule
            for rule in self.customers
            if rule.store_id in (ANY, str(store.store_id))
            and rule.customer_group_id in (ANY, str(customer_group_id))
        ]
        best = max(
            matching,
            key=lambda rule: (rule.customer_group_id != ANY, rule.store_id != ANY),
            default=None,
        )
        return store.account if best is None else best.account


def read_tables(folder: Path) -> Tables:
    """Read every table of ``folder``.

    Raises:
        MappingFileError: A file is missing or a row is wrong.
    """
    stores = unique(read_rows(folder, "stores.csv", _STORE), _store, lambda one: one.store_id)
    customers = unique(
        read_rows(folder, "customers.csv", _CUSTOMER, optional=True),
        _customer,
        lambda one: (one.store_id, one.customer_group_id),
    )
    payments = unique(
        read_rows(folder, "payment_methods.csv", _PAYMENT), _payment, lambda one: one.method
    )
    shipping = unique(
        read_rows(folder, "shipping_methods.csv", _SHIPPING),
        lambda row: (row.filled("method"), row.filled("sage_charge_code")),
        lambda one: one[0],
    )
    taxes = unique(
        read_rows(folder, "tax_codes.csv", _TAX),
        _tax,
        lambda one: (one.magento_tax, one.country_id, one.customer_group_id),
    )
    skus = unique(
        read_rows(folder, "skus.csv", _SKU),
        lambda row: (code_key(row.filled("magento_sku")), row.filled("sage_code")),
        lambda one: one[0],
    )
    return Tables(
        stores={store.store_id: store for store in stores},
        customers=tuple(customers),
        payments=tuple(payments),
        shipping=tuple(shipping),
        taxes=tuple(taxes),
        skus=dict(skus),
        digest=_digest(folder),
    )


def _digest(folder: Path) -> str:
    content = hashlib.sha256()
    for name in sorted(path.name for path in folder.glob("*.csv")):
        content.update(name.encode())
        content.update((folder / name).read_bytes())
    return content.hexdigest()


_STORE = ("store_id", "account", "currency", "warehouse", "post")
_CUSTOMER = ("store_id", "customer_group_id", "account")
_PAYMENT = ("method", "post_when", "sage_payment_method", "send_payment")
_SHIPPING = ("method", "sage_charge_code")
_SKU = ("magento_sku", "sage_code")
_TAX = ("magento_tax", "country_id", "customer_group_id", "sage_tax_code")


def _store(row: TableRow) -> Store:
    return Store(
        store_id=row.whole("store_id"),
        account=row.filled("account"),
        currency=row.filled("currency"),
        warehouse=row.filled("warehouse"),
        post=row.yes("post"),
    )


def _customer(row: TableRow) -> CustomerRule:
    return CustomerRule(
        store_id=row.any_or("store_id"),
        customer_group_id=row.any_or("customer_group_id"),
        account=row.filled("account"),
    )


def _payment(row: TableRow) -> PaymentRule:
    post_when = row.filled("post_when")
    if post_when not in POST_WHEN:
        raise row.error(
            "post_when", f"{post_when!r} is unknown", f"Use one of {', '.join(POST_WHEN)}"
        )
    send = row.yes("send_payment")
    method = row.values["sage_payment_method"].strip()
    if send and not method:
        raise row.error(
            "sage_payment_method",
            "it is empty although send_payment is yes",
            "Name a Sage payment method or set send_payment to no",
        )
    return PaymentRule(row.filled("method"), post_when, method, send)


def _tax(row: TableRow) -> TaxRule:
    return TaxRule(
        magento_tax=row.any_or("magento_tax"),
        country_id=row.any_or("country_id"),
        customer_group_id=row.any_or("customer_group_id"),
        sage_tax_code=row.whole("sage_tax_code"),
    )

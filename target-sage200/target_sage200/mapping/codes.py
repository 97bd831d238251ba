"""What a mapping must know of the Sage 200 company: codes that people use, and their ids."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal


@dataclass(frozen=True)
class Product:
    """An item that may be sold, or why not; services have no stock to allocate."""

    id: int
    code: str
    active: bool = True
    allow_sales_order: bool = True
    kept_in_stock: bool = True


@dataclass(frozen=True)
class TaxCode:
    """A VAT code: the number users know, and its percentage."""

    id: int
    code: int
    rate: Decimal


@dataclass(frozen=True)
class Customer:
    """A customer account.

    Attributes:
        key: Whose it is, where accounts are opened for each customer; else empty.
    """

    id: int
    account_number: str
    currency: str
    on_hold: bool = False
    key: str = ""


@dataclass(frozen=True)
class PaymentMethod:
    """A way to pay with the order; online card methods are refused by the API."""

    id: int
    name: str
    online_card: bool = False


@dataclass(frozen=True)
class Bank:
    """A bank account in the cash book."""

    id: int
    code: str
    currency: str


@dataclass(frozen=True)
class SageCodes:
    """One company's codes. Look-ups ignore case, as Sage's collation does.

    Attributes:
        base_currency: ISO code; payment with order exists in this currency only.
        nominals: Nominal accounts as ``reference/cost centre/department`` in lower case; empty
            unless the mapping names any.
        nominals_may_differ: Whether orders may name nominal accounts (a setting of Sage).
        countries: Sage's country names by ISO 3166 two-letter code.
        banks: Bank accounts; read only where receipts are posted.
        currency_ids: Sage's ids of currencies by ISO code.
        country_ids: Sage's ids of countries by ISO 3166 two-letter code.
    """

    base_currency: str
    products: Mapping[str, Product] = field(default_factory=dict)
    tax_codes: Mapping[int, TaxCode] = field(default_factory=dict)
    customers: Mapping[str, Customer] = field(default_factory=dict)
    warehouses: Mapping[str, int] = field(default_factory=dict)
    payment_methods: Mapping[str, PaymentMethod] = field(default_factory=dict)
    charges: Mapping[str, int] = field(default_factory=dict)
    countries: Mapping[str, str] = field(default_factory=dict)
    nominals: frozenset[str] = frozenset()
    nominals_may_differ: bool = True
    banks: Mapping[str, Bank] = field(default_factory=dict)
    currency_ids: Mapping[str, int] = field(default_factory=dict)
    country_ids: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def rates(self) -> dict[int, Decimal]:
        """Percentage by id of a VAT code."""
        return {code.id: code.rate for code in self.tax_codes.values()}


def code_key(code: str) -> str:
    """Return the form under which a code is looked up."""
    return code.strip().casefold()

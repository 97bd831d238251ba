"""The CSV tables that finance and operations own, read whole and checked row by row."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from target_sage200.mapping.account_tables import CustomerRule, read_customers, read_stores
from target_sage200.mapping.analysis_table import read_analysis
from target_sage200.mapping.codes import code_key
from target_sage200.mapping.csv_table import ANY, read_rows, unique
from target_sage200.mapping.matching import Memory, RuleBook
from target_sage200.mapping.nominal_table import read_nominals
from target_sage200.mapping.payment_table import read_payments
from target_sage200.mapping.product_table import NO_PRODUCTS, read_products
from target_sage200.mapping.tax_table import read_taxes
from target_sage200.mapping.total_table import read_totals

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from target_sage200.mapping.account_tables import Store
    from target_sage200.mapping.analysis_table import AnalysisRule
    from target_sage200.mapping.nominal_table import Nominal
    from target_sage200.mapping.payment_table import PaymentRule
    from target_sage200.mapping.product_table import ProductTable
    from target_sage200.mapping.tax_table import TaxedSale, TaxRule
    from target_sage200.mapping.total_table import TotalRule


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
    products: ProductTable = NO_PRODUCTS
    nominals: RuleBook[Nominal] = field(default_factory=RuleBook)
    analysis: tuple[AnalysisRule, ...] = ()
    totals: tuple[TotalRule, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    _vat_codes: Memory[TaxedSale, int | None] = field(
        default_factory=Memory, init=False, repr=False, compare=False
    )
    _payments: Memory[str, PaymentRule | None] = field(
        default_factory=Memory, init=False, repr=False, compare=False
    )
    _charges: Memory[str, str | None] = field(
        default_factory=Memory, init=False, repr=False, compare=False
    )

    @property
    def wants_receipts(self) -> bool:
        """Whether the money of any payment method is posted as a receipt."""
        return any(rule.receipt for rule in self.payments)

    def payment(self, method: str) -> PaymentRule | None:
        """Rule of a Magento payment method; exact names win over patterns."""
        return self._payments.get(method, self._payment)

    def _payment(self, method: str) -> PaymentRule | None:
        return next(
            (rule for rule in self.payments if rule.method == method),
            next((rule for rule in self.payments if fnmatchcase(method, rule.method)), None),
        )

    def charge(self, shipping_method: str) -> str | None:
        """Sage charge code of a Magento shipping method; exact names win over patterns."""
        return self._charges.get(shipping_method, self._charge)

    def _charge(self, shipping_method: str) -> str | None:
        return dict(self.shipping).get(shipping_method) or next(
            (code for pattern, code in self.shipping if fnmatchcase(shipping_method, pattern)), None
        )

    def tax(self, sale: TaxedSale) -> int | None:
        """Sage VAT code of a Magento tax; the most specific row wins, among equals the upper."""
        return self._vat_codes.get(sale, self._tax)

    def _tax(self, sale: TaxedSale) -> int | None:
        matching = [rule for rule in self.taxes if rule.fits(sale)]
        best = max(matching, key=lambda rule: rule.precision, default=None)
        return None if best is None else best.sage_tax_code

    @property
    def opens_accounts(self) -> bool:
        """Whether any customers have accounts of their own."""
        return any(rule.mode == "own" for rule in self.customers)

    def account(self, store: Store, customer_group_id: int) -> str:
        """Sage account for a customer group in a store; empty where each customer has one."""
        return self.customer_rule(store, customer_group_id).account

    def customer_rule(self, store: Store, customer_group_id: int) -> CustomerRule:
        """Which account orders of a customer group go to; the most specific row wins."""
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
        return best or CustomerRule(ANY, ANY, store.account)


def read_tables(folder: Path) -> Tables:
    """Read every table of ``folder``.

    Raises:
        MappingFileError: A file is missing or a row is wrong.
    """
    shipping = unique(
        read_rows(folder, "shipping_methods.csv", _SHIPPING),
        lambda row: (row.filled("method"), row.filled("sage_charge_code")),
        lambda one: one[0],
    )
    skus = unique(
        read_rows(folder, "skus.csv", _SKU),
        lambda row: (code_key(row.filled("magento_sku")), row.filled("sage_code")),
        lambda one: one[0],
    )
    return Tables(
        stores={store.store_id: store for store in read_stores(folder)},
        customers=tuple(read_customers(folder)),
        payments=tuple(read_payments(folder)),
        shipping=tuple(shipping),
        taxes=tuple(read_taxes(folder)),
        skus=dict(skus),
        digest=_digest(folder),
        products=read_products(folder),
        nominals=RuleBook(read_nominals(folder)),
        analysis=tuple(read_analysis(folder)),
        totals=tuple(read_totals(folder)),
        sources=_sources(folder),
    )


def _sources(folder: Path) -> dict[str, str]:
    """Sage warehouse by Magento source; of several that feed one source the upper row counts."""
    found: dict[str, str] = {}
    for row in read_rows(folder, "warehouses.csv", _WAREHOUSE, optional=True):
        found.setdefault(code_key(row.filled("magento_source")), row.filled("sage_warehouse"))
    return found


def _digest(folder: Path) -> str:
    content = hashlib.sha256()
    for name in sorted(path.name for path in folder.glob("*.csv")):
        content.update(name.encode())
        content.update((folder / name).read_bytes())
    return content.hexdigest()


_WAREHOUSE = ("sage_warehouse", "magento_source")
_SHIPPING = ("method", "sage_charge_code")
_SKU = ("magento_sku", "sage_code")

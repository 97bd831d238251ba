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
from target_sage200.mapping.matching import Memory, RuleBook, fits, is_pattern
from target_sage200.mapping.nominal_table import read_nominals
from target_sage200.mapping.payment_table import read_payments
from target_sage200.mapping.product_table import NO_PRODUCTS, read_products
from target_sage200.mapping.shipping_table import read_shipping
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
    from target_sage200.mapping.shipping_table import ShippingRule
    from target_sage200.mapping.tax_table import TaxedSale, TaxRule
    from target_sage200.mapping.total_table import TotalRule


@dataclass(frozen=True)
class Tables:
    """All mapping tables of one folder, and the digest of their content.

    Attributes:
        stores: Rows by store view and currency.
        skus: Stock codes by SKU, as ``code_key`` writes it.
        sku_patterns: Stock codes by SKU with wildcards, in the order of the file.
        nominals: Rows of ``nominals.csv``, and what ``shipping_methods.csv`` says of carriage.
    """

    stores: Mapping[tuple[int, str], Store]
    customers: tuple[CustomerRule, ...]
    payments: tuple[PaymentRule, ...]
    shipping: tuple[ShippingRule, ...]
    taxes: tuple[TaxRule, ...]
    skus: Mapping[str, str]
    digest: str
    products: ProductTable = NO_PRODUCTS
    nominals: RuleBook[Nominal] = field(default_factory=RuleBook)
    analysis: tuple[AnalysisRule, ...] = ()
    totals: tuple[TotalRule, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    sku_patterns: tuple[tuple[str, str], ...] = ()
    _vat_codes: Memory[TaxedSale, int | None] = field(
        default_factory=Memory, init=False, repr=False, compare=False
    )
    _payments: Memory[str, PaymentRule | None] = field(
        default_factory=Memory, init=False, repr=False, compare=False
    )
    _carriage: Memory[tuple[str, int], ShippingRule | None] = field(
        default_factory=Memory, init=False, repr=False, compare=False
    )
    _stock_codes: Memory[str, str] = field(
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

    def carriage(self, shipping_method: str, store_id: int) -> ShippingRule | None:
        """Rule of a shipping method; exact names win over patterns, then a store over any."""
        return self._carriage.get((shipping_method, store_id), self._shipping_rule)

    def _shipping_rule(self, asked: tuple[str, int]) -> ShippingRule | None:
        method = asked[0]
        matching = [rule for rule in self.shipping if rule.fits(*asked)]
        return max(matching, key=lambda rule: rule.precision(method), default=None)

    def stock_code(self, sku: str) -> str:
        """Stock code of a SKU; exact names win over patterns; without a row it is the SKU."""
        return self._stock_codes.get(sku, self._stock_code)

    def _stock_code(self, sku: str) -> str:
        found = self.skus.get(code_key(sku))
        if found is not None:
            return found
        return next((code for cell, code in self.sku_patterns if fits(cell, sku)), sku)

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
        matching = [rule for rule in self.customers if rule.fits(store, customer_group_id)]
        best = max(matching, key=lambda rule: rule.precision, default=None)
        return best or CustomerRule(ANY, ANY, store.account)


def read_tables(folder: Path) -> Tables:
    """Read every table of ``folder``.

    Raises:
        MappingFileError: A file is missing or a row is wrong.
    """
    shipping = tuple(read_shipping(folder))
    skus = tuple(
        unique(
            read_rows(folder, "skus.csv", _SKU),
            lambda row: (code_key(row.filled("magento_sku")), row.filled("sage_code")),
            lambda one: one[0],
        )
    )
    of_carriage = (found for rule in shipping for found in rule.as_nominal_rule())
    return Tables(
        stores={(store.store_id, store.currency): store for store in read_stores(folder)},
        customers=tuple(read_customers(folder)),
        payments=tuple(read_payments(folder)),
        shipping=shipping,
        taxes=tuple(read_taxes(folder)),
        skus={sku: code for sku, code in skus if not is_pattern(sku)},
        sku_patterns=tuple((sku, code) for sku, code in skus if is_pattern(sku)),
        digest=_digest(folder),
        products=read_products(folder),
        nominals=RuleBook((*of_carriage, *read_nominals(folder))),
        analysis=tuple(read_analysis(folder)),
        totals=tuple(read_totals(folder)),
        sources=_sources(folder),
    )


def _sources(folder: Path) -> dict[str, str]:
    """Sage warehouse by Magento source; of several that feed one source the upper row counts."""
    found: dict[str, str] = {}
    rows = read_rows(
        folder, "warehouses.csv", _WAREHOUSE, may_have=("buffer_quantity",), optional=True
    )
    for row in rows:
        found.setdefault(code_key(row.filled("magento_source")), row.filled("sage_warehouse"))
    return found


def _digest(folder: Path) -> str:
    content = hashlib.sha256()
    for name in sorted(path.name for path in folder.glob("*.csv")):
        content.update(name.encode())
        content.update((folder / name).read_bytes())
    return content.hexdigest()


_WAREHOUSE = ("sage_warehouse", "magento_source")
_SKU = ("magento_sku", "sage_code")

"""Nominal accounts, analysis codes and spare texts on a document and its lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from target_sage200.mapping.refusal import RefusalError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from target_sage200.magento_order import Order
    from target_sage200.mapping.account_tables import Store
    from target_sage200.mapping.codes import SageCodes
    from target_sage200.mapping.priced import Priced
    from target_sage200.mapping.tables import Tables
    from target_sage200.mapping.text import Trimmer


@dataclass(frozen=True)
class Coder:
    """Codes one order's document and lines.

    Attributes:
        facts: What the tables may ask of the order.
    """

    facts: Mapping[str, str]
    number: str
    tables: Tables
    codes: SageCodes
    trimmer: Trimmer

    @classmethod
    def of(
        cls, order: Order, store: Store, tables: Tables, codes: SageCodes, trimmer: Trimmer
    ) -> Coder:
        """Make one for an order."""
        facts = {
            "increment_id": order.increment_id,
            "entity_id": str(order.entity_id),
            "store_id": str(order.store_id),
            "store_code": store.store_code,
            "country_id": order.delivery.country_id,
            "currency": order.currency,
            "customer_group_id": str(order.customer_group_id),
            "coupon_code": order.coupon_code,
            "payment_method": order.payment_method,
            "purchase_order_number": order.purchase_order_number,
            "shipping_method": order.shipping_method,
            "shipping_description": order.shipping_description,
            "order_date": order.created_at.date().isoformat(),
        }
        return cls(facts, order.increment_id, tables, codes, trimmer)

    def header(self) -> dict[str, str]:
        """Return the analysis codes and spare texts of the document."""
        return self._analysis("order", self.facts)

    def line(self, part: Priced, stock_code: str = "") -> dict[str, Any]:
        """Return the nominal account, analysis codes and spare texts of a line.

        Raises:
            RefusalError: ``nominal_not_in_sage`` or ``nominals_not_allowed``.
        """
        if not self.tables.nominals and not self.tables.analysis:
            return {}
        sold = part.sold
        product = self.tables.products.of(sold.sku) if sold else None
        facts = {
            **self.facts,
            "line": part.kind,
            "magento_tax": part.magento_tax,
            "order_total": part.total,
            "stock_code": stock_code,
            "sku": sold.sku if sold else "",
            "item_id": str(sold.item_id) if sold else "",
            "product_tax_class": product.tax_class if product else "",
            "product_group": product.group if product else "",
        }
        return {**self._nominal(facts), **self._analysis("line", facts)}

    def _nominal(self, facts: Mapping[str, str]) -> dict[str, str]:
        nominal = self.tables.nominals.best(facts)
        if nominal is None:
            return {}
        if not self.codes.nominals_may_differ:
            raise RefusalError(
                "nominals_not_allowed",
                "Sage 200 ignores nominal accounts on orders: its SOP setting does not let them be"
                " changed. Allow it there (amend nominal codes), or take mappings/nominals.csv"
                " out.",
            )
        if nominal.key not in self.codes.nominals:
            raise RefusalError(
                "nominal_not_in_sage",
                f"Order {self.number}: nominal account {nominal.reference!r} with cost centre"
                f" {nominal.cost_centre!r} and department {nominal.department!r} of"
                " mappings/nominals.csv does not exist in Sage 200. Create it there or correct the"
                " row.",
                nominal=nominal.reference,
                cost_centre=nominal.cost_centre,
                department=nominal.department,
            )
        fields = {
            "nominal_reference": nominal.reference,
            "nominal_cost_centre": nominal.cost_centre,
            "nominal_department": nominal.department,
        }
        return {name: value for name, value in fields.items() if value}

    def _analysis(self, level: str, facts: Mapping[str, str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for rule in self.tables.analysis:
            text = rule.text(facts) if rule.level == level else ""
            if text:
                found[rule.field] = self.trimmer.fit(rule.field, text, rule.limit)
        return found

"""The records of the reference snapshot, with the fields of Sage's contract that we use.

The field names are Sage's own; each struct's fields are also the ``$select`` that reads it.
"""

from __future__ import annotations

from decimal import Decimal  # noqa: TC003 - msgspec reads the annotations

import msgspec


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """Anything with an id."""

    id: int


class Product(Record, frozen=True, kw_only=True):
    """A stock item. ``allow_sales_order`` false or an inactive status refuses order lines."""

    code: str
    name: str
    product_status_type: str | None = None
    allow_sales_order: bool | None = None
    tax_code_id: int | None = None
    product_group_id: int | None = None
    inactivation_date: str | None = None


class ProductGroup(Record, frozen=True, kw_only=True):
    """A product group; ``product_type`` tells stock from services and miscellaneous items."""

    code: str
    product_type: str | None = None

    def is_kept_in_stock(self) -> bool:
        """Return whether its items have stock; so where the release doesn't tell."""
        return self.product_type in {None, "", "EnumStockItemTypeStock"}


class TaxCode(Record, frozen=True, kw_only=True):
    """A VAT code: ``code`` is the number users know, ``tax_rate`` is in percent."""

    code: int
    name: str
    tax_rate: Decimal | None = None


class Warehouse(Record, frozen=True, kw_only=True):
    """A warehouse; orders can be met only from those used for sales trading."""

    name: str
    description: str | None = None
    use_for_sales_trading: bool | None = None


class Customer(Record, frozen=True, kw_only=True):
    """A customer account; an order takes its currency. Amounts in the account's currency."""

    reference: str
    name: str
    currency_id: int | None = None
    on_hold: bool | None = None
    account_status_type: str | None = None
    credit_limit: Decimal | None = None
    balance: Decimal | None = None
    default_tax_code_id: int | None = None
    country_code_id: int | None = None


class PaymentMethod(Record, frozen=True, kw_only=True):
    """A way to pay with an order; ``card_processing_method`` can't be used on posted orders."""

    name: str | None = None
    description: str | None = None
    bank_account_id: int | None = None
    currency_id: int | None = None
    card_processing_method: bool | None = None


class AdditionalCharge(Record, frozen=True, kw_only=True):
    """A charge, carriage for instance; ``charge_value`` net in base currency."""

    code: str | None = None
    name: str | None = None
    charge_value: Decimal | None = None
    nominal_code_id: int | None = None
    tax_code_id: int | None = None


class Currency(Record, frozen=True, kw_only=True):
    """A currency; ``core_currency_rate`` is units of it for one of the base currency."""

    symbol: str
    name: str
    is_base_currency: bool | None = None
    core_currency_rate: Decimal | None = None
    currency_iso_code_id: int | None = None


class CurrencyIsoCode(Record, frozen=True, kw_only=True):
    """A three-letter currency code."""

    code: str


class Country(Record, frozen=True, kw_only=True):
    """A country by its two-letter code."""

    code: str
    name: str
    eu_member: bool | None = None


class NominalCode(Record, frozen=True, kw_only=True):
    """A nominal account."""

    reference: str
    name: str | None = None
    cost_centre_code: str | None = None
    department_code: str | None = None
    account_status_type: str | None = None

    def full_code(self) -> str:
        """Return ``reference/cost centre/department``, the parts that are empty included."""
        parts = (self.reference, self.cost_centre_code or "", self.department_code or "")
        return "/".join(part.strip() for part in parts)


class Holding(Record, frozen=True, kw_only=True):
    """A product in a warehouse."""

    product_id: int
    warehouse_id: int


class SopSettings(Record, frozen=True, kw_only=True):
    """Settings of sales order processing that decide what an order may hold."""

    auto_generate_order_return_numbers: bool | None = None
    order_line_item_type: str | None = None
    amend_analysis_codes: bool | None = None
    amend_header_analysis_codes: bool | None = None
    amend_nominal_codes: bool | None = None
    allow_payment_with_order: bool | None = None
    allow_cash_orders: bool | None = None
    cash_order_account_id: int | None = None
    are_prices_tax_inclusive: bool | None = None
    allocate_stock_on_order_entry: bool | None = None
    update_stock_on_despatch: bool | None = None
    invoice_payment_immediately: bool | None = None
    use_card_processing: bool | None = None

"""What the company holds that an order needs: accounts, products, charges, VAT codes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from psycopg.rows import class_row

from sandbox.sage200.prices.price_book import item_prices
from sandbox.sage200.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

    import psycopg

    from sandbox.sage200.prices.effective import Break


@dataclass(frozen=True)
class Customer:
    """A customer account, with its currency."""

    id: int
    number: str
    currency_id: int
    exchange_rate: Decimal
    is_base_currency: bool
    on_hold: bool
    hidden: bool
    default_tax_code_id: int
    tax_code_is_default: bool
    nominal: str
    cost_centre: str
    department: str
    priority: str


@dataclass(frozen=True)
class Item:
    """A product.

    Attributes:
        price: What it costs the account per unit, in its currency, before discounts.
        breaks: The account's discounts on it.
    """

    id: int
    code: str
    name: str
    description: str
    active: bool
    sellable: bool
    type_id: int
    tax_code_id: int
    cost: Decimal
    weight: Decimal
    unit_id: int
    unit_name: str
    nominal: str
    cost_centre: str
    department: str
    price: Decimal = Decimal(0)
    breaks: tuple[Break, ...] = ()

    @property
    def is_stock(self) -> bool:
        """Whether it is kept in stock; others have no levels."""
        return self.type_id == 0


@dataclass(frozen=True)
class Holding:
    """Which warehouses may supply a product."""

    id: int
    item_id: int
    warehouse_id: int
    warehouse_name: str
    sells: bool


@dataclass(frozen=True)
class Charge:
    """An additional charge."""

    code: str
    name: str
    value: Decimal
    tax_code_id: int
    nominal: str
    cost_centre: str
    department: str


@dataclass(frozen=True)
class PaymentMethod:
    """A way a payment with an order came in."""

    id: int
    name: str
    online_card: bool
    currency_id: int | None
    bank_account_id: int | None
    nominal_id: int | None
    nominal: str
    cost_centre: str
    department: str


_CUSTOMER = """
    select
        a."SLCustomerAccountID" as id,
        a."CustomerAccountNumber" as number,
        a."SYSCurrencyID" as currency_id,
        c."OneUnitBaseEquals" as exchange_rate,
        c."ThisIsBaseCurrency" = 1 as is_base_currency,
        a."AccountIsOnHold" = 1 as on_hold,
        a."SYSAccountStatusID" = 1 as hidden,
        a."DefaultSYSTaxRateID" as default_tax_code_id,
        a."UseTaxCodeAsDefault" = 1 as tax_code_is_default,
        a."DefaultNominalAccountNumber" as nominal,
        a."DefaultNominalCostCentre" as cost_centre,
        a."DefaultNominalDepartment" as department,
        a."DefaultOrderPriority" as priority
    from dbo."SLCustomerAccount" a
    join dbo."SYSCurrency" c using ("SYSCurrencyID")
    where a."SLCustomerAccountID" = %s
"""
_ITEMS = """
    select
        i."ItemID" as id,
        i."Code" as code,
        i."Name" as name,
        i."Description" as description,
        coalesce(i."StockItemStatusID", 0) = 0 as active,
        coalesce(i."AllowSalesOrder", 1) = 1 as sellable,
        g."StockItemTypeID" as type_id,
        i."TaxCodeID" as tax_code_id,
        i."StandardCost" as cost,
        i."Weight" as weight,
        coalesce(
            (
                select min(u."StockItemUnitID") from dbo."StockItemUnit" u
                where u."ItemID" = i."ItemID"
            ),
            0
        ) as unit_id,
        i."StockUnitName" as unit_name,
        coalesce(n."AccountNumber", '') as nominal,
        coalesce(n."AccountCostCentre", '') as cost_centre,
        coalesce(n."AccountDepartment", '') as department
    from dbo."StockItem" i
    join dbo."ProductGroup" g using ("ProductGroupID")
    left join dbo."StockItemNominalCode" k on k."ItemID" = i."ItemID" and k."NominalUsageID" = 1
    left join dbo."NLNominalAccount" n on n."NLNominalAccountID" = k."NominalCodeID"
    where i."ItemID" = any(%s)
"""
_HOLDINGS = """
    select
        h."WarehouseItemID" as id,
        h."ItemID" as item_id,
        h."WarehouseID" as warehouse_id,
        w."Name" as warehouse_name,
        w."UseForSalesTrading" = 1 and w."WarehouseTypeID" = 0 as sells
    from dbo."WarehouseItem" h
    join dbo."Warehouse" w using ("WarehouseID")
    where h."ItemID" = any(%s)
    order by h."WarehouseID"
"""
_CHARGES = """
    select
        c."Code" as code,
        c."Name" as name,
        c."ChargeValue" as value,
        c."TaxCodeID" as tax_code_id,
        coalesce(n."AccountNumber", '') as nominal,
        coalesce(n."AccountCostCentre", '') as cost_centre,
        coalesce(n."AccountDepartment", '') as department
    from dbo."SOPAdditionalCharge" c
    left join dbo."NLNominalAccount" n on n."NLNominalAccountID" = c."NominalCodeID"
    where lower(c."Code") = any(%s)
"""
_PAYMENT_METHOD = """
    select
        m."SOPPaymentMethodID" as id,
        m."Name" as name,
        m."CardProcessingMethod" = 1 as online_card,
        m."CurrencyID" as currency_id,
        m."PaymentBankAccountID" as bank_account_id,
        m."PaymentNominalCodeID" as nominal_id,
        coalesce(m."PaymentNominalAccountRef", '') as nominal,
        coalesce(m."PaymentNominalCostCentre", '') as cost_centre,
        coalesce(m."PaymentNominalDepartment", '') as department
    from dbo."SOPPaymentMethod" m
    where m."SOPPaymentMethodID" = %s
"""


def customer(connection: psycopg.Connection, customer_id: int) -> Customer:
    """Return an account.

    Raises:
        Refusal: There is no such account.
    """
    with connection.cursor(row_factory=class_row(Customer)) as cursor:
        found = cursor.execute(_CUSTOMER, (customer_id,)).fetchone()
    if found is None:
        raise Refusal(f"The field 'customer_id' is invalid: there is no customer {customer_id}.")
    return found


def items(connection: psycopg.Connection, ids: Iterable[int], account: Customer) -> dict[int, Item]:
    """Return products by id, priced for an account."""
    with connection.cursor(row_factory=class_row(Item)) as cursor:
        rows = cursor.execute(_ITEMS, (sorted(set(ids)),)).fetchall()
    prices = item_prices(connection, account.id, (item.id for item in rows))
    return {
        item.id: replace(item, price=prices[item.id].price, breaks=prices[item.id].breaks)
        for item in rows
    }


def holdings(connection: psycopg.Connection, item_ids: Iterable[int]) -> list[Holding]:
    """Return the holdings of products, by warehouse."""
    with connection.cursor(row_factory=class_row(Holding)) as cursor:
        return cursor.execute(_HOLDINGS, (sorted(set(item_ids)),)).fetchall()


def charges(connection: psycopg.Connection, codes: Iterable[str]) -> dict[str, Charge]:
    """Return additional charges by code in lower case."""
    with connection.cursor(row_factory=class_row(Charge)) as cursor:
        rows = cursor.execute(_CHARGES, ([code.lower() for code in codes],))
        return {charge.code.lower(): charge for charge in rows}


def payment_method(connection: psycopg.Connection, method_id: int) -> PaymentMethod | None:
    """Return a payment method."""
    with connection.cursor(row_factory=class_row(PaymentMethod)) as cursor:
        return cursor.execute(_PAYMENT_METHOD, (method_id,)).fetchone()


def tax_rates(connection: psycopg.Connection) -> dict[int, Decimal]:
    """Return the percentage of every VAT code by id."""
    rows = connection.execute('select "SYSTaxRateID", "TaxRate" from dbo."SYSTaxRate"')
    return dict(rows.fetchall())


def nominal_exists(
    connection: psycopg.Connection, account: str, cost_centre: str, department: str
) -> bool:
    """Whether the nominal ledger has an account."""
    found = connection.execute(
        'select from dbo."NLNominalAccount" where "AccountNumber" = %s'
        ' and "AccountCostCentre" = %s and "AccountDepartment" = %s',
        (account, cost_centre, department),
    )
    return found.fetchone() is not None

"""Which tables Sage's users change: what an update sets, what a new row holds, what hangs on it.

Left alone is what Sage never changes once it is used: account numbers, codes of VAT and currencies,
numbers of nominal accounts and periods, the item of an order line.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox.sage200.contract.tables import tables

if TYPE_CHECKING:
    from collections.abc import Mapping

FIRST_OWN_KEY = 5_000_000
"""Rows with a key from here on were made by the users, who may delete them again."""


@dataclass(frozen=True)
class Kind:
    """One table.

    In the SQL, ``%(text)s`` is a short text that was never used before, ``%(n)s`` a number from 0
    to 39.

    Attributes:
        table: Its name.
        sets: What updates set; one of them at a time.
        made: Columns of a new row that aren't left to their defaults.
        under: Its owners by foreign key column: a row goes with any of them.
        brings: How many rows of other tables come with a new row.
        alone: Whether rows come and go without their owner.
        listed: Whether readers show the rows in a list of their owner, which moves when one goes:
            in Sage its totals do.
        own_sets: What updates set on rows that the users made.
        deletable: Which of the rows that the users made may go.
    """

    table: str
    sets: tuple[str, ...]
    made: Mapping[str, str] = field(default_factory=dict)
    under: Mapping[str, str] = field(default_factory=dict)
    brings: Mapping[str, int] = field(default_factory=dict)
    alone: bool = True
    listed: bool = False
    own_sets: tuple[str, ...] = ()
    deletable: str = "true"

    @property
    def key(self) -> str:
        """Return its key column."""
        return tables()[self.table].key

    def can(self, what: str) -> bool:
        """Return whether users do this to it: insert, delete or update."""
        return self.alone or what == "update"


def _any(table: str, *, where: str | None = None, key: str | None = None) -> str:
    """Return the SQL for the key of any row that is never deleted."""
    key = key or tables()[table].key
    rows = where or f'"{tables()[table].key}" < {FIRST_OWN_KEY}'
    return f'(select "{key}" from dbo."{table}" where {rows} order by random() limit 1)'  # noqa: S608


TEXT, N = "%(text)s", "%(n)s"
_ACCOUNT = _any(
    "SLCustomerAccount",
    where=f'"SLCustomerAccountID" < {FIRST_OWN_KEY} or "CustomerAccountNumber" like \'NEW%%\'',
)

KINDS = (
    Kind(
        "StockItem",
        sets=(f'"Name" = {TEXT}', f'"Code" = {TEXT}', f'"FreeStockQuantity" = {N}'),
        made={"Code": TEXT, "Name": TEXT},
        brings={"WarehouseItem": 1, "StockItemPrice": 1},
    ),
    Kind("ProductGroup", sets=(f'"Description" = {TEXT}',), made={"Code": TEXT}),
    Kind(
        "Warehouse",
        sets=(f'"UseForSalesTrading" = {N} %% 2', f'"Description" = {TEXT}'),
        own_sets=(f'"Name" = {TEXT}',),
        made={"Name": TEXT},
        brings={"WarehouseItem": 2},
    ),
    Kind(
        "WarehouseItem",
        sets=(f'"ConfirmedQtyInStock" = {N}', f'"QuantityAllocatedSOP" = {N}'),
        made={"ConfirmedQtyInStock": N},
        under={"ItemID": "StockItem", "WarehouseID": "Warehouse"},
        brings={"BinItem": 1},
    ),
    Kind(
        "BinItem",
        sets=(f'"ConfirmedQtyInStock" = {N}', f'"QuantityReserved" = {N}'),
        made={"BinName": TEXT},
        under={"WarehouseItemID": "WarehouseItem"},
    ),
    Kind(
        "TransactionHistory",
        sets=(f'"CostValue" = {N}', f'"UnitCostPrice" = {N}'),
        made={"Reference": TEXT, "Quantity": N, "ItemID": _any("StockItem")},
    ),
    Kind(
        "PriceBand",
        sets=(f'"Name" = {TEXT}', f'"CurrencyID" = {_any("SYSCurrency")}'),
        made={"Name": TEXT},
        brings={"StockItemPrice": 2},
    ),
    Kind(
        "StockItemPrice",
        sets=(f'"Price" = {N}',),
        made={"Price": N},
        under={"ItemID": "StockItem", "PriceBandID": "PriceBand"},
    ),
    Kind("CustomerDiscountGroup", sets=(f'"Description" = {TEXT}',), made={"Name": TEXT}),
    Kind("SYSTaxRate", sets=(f'"TaxRate" = {N}', f'"Name" = {TEXT}'), made={"Name": TEXT}),
    Kind("SYSCurrency", sets=(f'"OneUnitBaseEquals" = {N}',), made={"Name": TEXT}),
    Kind("SOPPaymentMethod", sets=(f'"Description" = {TEXT}',), made={"Name": TEXT}),
    Kind(
        "SLCustomerAccount",
        sets=(f'"AccountBalance" = {N}', f'"CustomerAccountName" = {TEXT}'),
        # Orders are moved to the new ones, which stay; the old ones never had any and may go.
        made={"CustomerAccountNumber": f"case {N} %% 2 when 0 then 'NEW' else 'OLD' end || {TEXT}"},
        deletable="\"CustomerAccountNumber\" like 'OLD%%'",
    ),
    Kind(
        "CustDeliveryAddress",
        sets=(f'"PostalName" = {TEXT}', f'"ThisIsDefaultAddress" = {N} %% 2'),
        made={"PostalName": TEXT},
        under={"CustomerID": "SLCustomerAccount"},
    ),
    Kind(
        "SOPOrderReturn",
        sets=(
            # Live, on hold, complete, cancelled.
            f'"DocumentStatusID" = (array[0, 0, 0, 1, 2, 4])[1 + {N} %% 6]',
            f'"CustomerID" = {_ACCOUNT}',
            # Cancelled, and live again: its demand is then what it was.
            '"DocumentStatusID" = case when "DocumentStatusID" = 0 then 4 else 0 end',
            f'"CustomerDocumentNo" = {TEXT}',
            f'"WarehouseID" = {_any("Warehouse")}',
        ),
        made={
            "DocumentNo": TEXT,
            "CustomerID": _ACCOUNT,
            "WarehouseID": _any("Warehouse"),
            # An order, now and then a return.
            "DocumentTypeID": f"case {N} %% 5 when 4 then 1 else 0 end",
        },
        brings={"SOPOrderReturnLine": 2},
    ),
    Kind(
        "SOPOrderReturnLine",
        sets=(
            f'"StockUnitAllocatedQuantity" = {N} %% 5',
            f'"StockUnitDespRcptQuantity" = {N} %% 5',
            f'"StockUnitLineQuantity" = {N} %% 9',
            f'"LineTotalValue" = {N}',
        ),
        made={"ItemCode": TEXT, "LineQuantity": "5", "StockUnitLineQuantity": "5"},
        under={"SOPOrderReturnID": "SOPOrderReturn"},
        brings={"SOPStandardItemLink": 1},
    ),
    Kind(
        "SOPStandardItemLink",
        sets=(
            f'"WarehouseItemID" = {_any("WarehouseItem")}',
            '"WarehouseItemID" = null',
            f'"SpareText1" = {TEXT}',
        ),
        made={
            "ItemID": _any("WarehouseItem", key="ItemID"),
            "WarehouseItemID": _any("WarehouseItem"),
        },
        under={"SOPOrderReturnLineID": "SOPOrderReturnLine"},
        alone=False,
    ),
    Kind(
        "SOPDespatchReceipt",
        sets=(f'"UserName" = {TEXT}',),
        made={"DocumentNo": TEXT},
        under={"SOPOrderID": "SOPOrderReturn"},
        brings={"SOPDespatchReceiptLine": 2},
    ),
    Kind(
        "SOPDespatchReceiptLine",
        sets=(f'"DespatchReceiptQuantity" = {N}', f'"IsInvoiced" = {N} %% 2'),
        made={"SOPOrderReturnLineID": _any("SOPOrderReturnLine")},
        under={"SOPDespatchReceiptID": "SOPDespatchReceipt"},
        listed=True,
    ),
    Kind(
        "SOPInvoiceCredit",
        sets=(f'"DocumentStatusID" = {N} %% 7', f'"PaymentValue" = {N}'),
        made={"DocumentNo": TEXT, "CustomerID": _any("SLCustomerAccount")},
        brings={"SOPInvoiceCreditLine": 2, "SOPInvCredTaxItem": 1},
    ),
    Kind(
        "SOPInvoiceCreditLine",
        sets=(f'"LineTotalValue" = {N}', f'"InvoiceCreditQuantity" = {N}'),
        made={"ItemCode": TEXT, "SOPOrderReturnLineID": _any("SOPOrderReturnLine")},
        under={"SOPInvoiceCreditID": "SOPInvoiceCredit"},
        listed=True,
    ),
    Kind(
        "SOPInvCredTaxItem",
        sets=(f'"TaxValue" = {N}',),
        made={"TaxCodeID": _any("SYSTaxRate")},
        under={"SOPInvoiceCreditID": "SOPInvoiceCredit"},
        listed=True,
    ),
    Kind(
        "SLPostedCustomerTran",
        sets=(f'"AllocatedValue" = {N}', f'"SecondReference" = {TEXT}'),
        made={"SLCustomerAccountID": _any("SLCustomerAccount"), "TransactionReference": TEXT},
    ),
    Kind(
        "SLAllocationHeader",
        sets=(f'"IsComplete" = {N} %% 2', f'"UserName" = {TEXT}'),
        made={"SLCustomerAccountID": _any("SLCustomerAccount")},
        brings={"SLAllocationTran": 2},
    ),
    Kind(
        "SLAllocationTran",
        sets=(f'"AllocationValue" = {N}',),
        under={"SLAllocationHeaderID": "SLAllocationHeader"},
    ),
    Kind(
        "NLNominalAccount",
        sets=(f'"AccountName" = {TEXT}', f'"DebitYearToDate" = {N}'),
        made={"AccountNumber": TEXT},
    ),
    Kind(
        "NLPostedNominalTran",
        sets=(f'"Narrative" = {TEXT}', f'"GoodsValueInBaseCurrency" = {N}'),
        made={
            "NLNominalAccountID": _any("NLNominalAccount"),
            "SYSAccountingPeriodID": _any("SYSAccountingPeriod"),
        },
    ),
    Kind(
        "SYSFinancialYear",
        sets=(f'"YearRelativeToCurrentYear" = {N}',),
        brings={"SYSAccountingPeriod": 1},
    ),
    Kind(
        "SYSAccountingPeriod",
        sets=("\"EndDate\" = date '2026-01-01' + %(n)s",),
        under={"SYSFinancialYearID": "SYSFinancialYear"},
        brings={"SYSModuleAccountingPeriod": 2},
    ),
    Kind(
        "SYSModuleAccountingPeriod",
        sets=(f'"SYSModulePostingStatusID" = {N} %% 3',),
        made={"SYSModuleID": _any("SYSModule")},
        under={"SYSAccountingPeriodID": "SYSAccountingPeriod"},
        listed=True,
    ),
)
BY_TABLE = {kind.table: kind for kind in KINDS}

"""What is posted to the sales ledger: invoices, credit notes, receipts and payments."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime

    from sandbox.sage200.orders.records import Customer


class EntryType(IntEnum):
    """Kinds of entries by their id in SYSTraderTranType; 4 and 5 are known, 1 and 2 inferred."""

    RECEIPT = 1
    PAYMENT = 2
    INVOICE = 4
    CREDIT_NOTE = 5

    @property
    def sign(self) -> int:
        """Return 1 where the customer owes more by it, -1 where he owes less."""
        return 1 if self in {EntryType.INVOICE, EntryType.PAYMENT} else -1


class Origin(IntEnum):
    """Ledger that made an entry (``Source`` of the tables), inferred from the order of the list."""

    SALES = 1
    SOP = 7


class Nominal(NamedTuple):
    """A nominal account as documents name it."""

    account: str
    cost_centre: str = ""
    department: str = ""

    @property
    def text(self) -> str:
        """Return it as a person reads it, e.g. ``41100/WEB``."""
        return "/".join(part for part in self if part)


@dataclass(frozen=True)
class NominalShare:
    """What goes to one nominal account: a positive value for the side the document is on."""

    nominal: Nominal
    value: Decimal
    narrative: str = ""
    analysis_code: str = ""


@dataclass(frozen=True)
class TaxShare:
    """Net and VAT under one VAT code, both as positive as the document.

    Attributes:
        tax_discount: VAT on the settlement discount, for information.
    """

    tax_code_id: int
    goods: Decimal
    tax: Decimal
    tax_discount: Decimal = Decimal(0)


@dataclass(frozen=True)
class Entry:
    """One entry, in the account's currency; every value is positive, the type gives the sign.

    Attributes:
        nominals: The other side of the debtors control; adds up to ``goods``.
        taxes: VAT by code; adds up to ``goods`` and ``tax``; empty on receipts and payments.
        rate: Units of the account's currency for one unit of the base currency.
        bank_id: Bank account of a receipt or payment, if it went through one.
        settled: Whether the customer took the settlement discount by paying at once. It is noted on
            the entry and its VAT; the money comes as a receipt of its own.
        tax_discount: VAT on the settlement discount, for information.
    """

    type: EntryType
    customer: Customer
    date: datetime
    due: datetime
    reference: str
    second_reference: str
    goods: Decimal
    tax: Decimal
    nominals: tuple[NominalShare, ...]
    taxes: tuple[TaxShare, ...]
    rate: Decimal
    origin: Origin = Origin.SALES
    bank_id: int | None = None
    discount: Decimal = Decimal(0)
    discount_percent: Decimal = Decimal(0)
    discount_days: int = 0
    triangular: bool = False
    settled: bool = False
    tax_discount: Decimal = Decimal(0)

    @property
    def gross(self) -> Decimal:
        """Return goods and VAT."""
        return self.goods + self.tax


@dataclass(frozen=True)
class Posted:
    """What a posting left: the id in SLPostedCustomerTran and the unique reference number."""

    id: int
    urn: int


@dataclass(frozen=True)
class Pending:
    """What waits in the sales ledger's pending file: its id in SLPendCustomerTran."""

    id: int

"""The trial balance, and whether every control account equals the ledger behind it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox.sage200.ledger.accounts import DEBTORS_CONTROL
from sandbox.sage200.ledger.entries import Nominal

if TYPE_CHECKING:
    import psycopg

_ZERO = Decimal("0.00")

# entries that wait for the nominal ledger or their period count too: their documents are posted
_BALANCES = """
    with entries as (
        select
            a."AccountNumber" as account, a."AccountCostCentre" as cost_centre,
            a."AccountDepartment" as department, t."GoodsValueInBaseCurrency" as value
        from dbo."NLPostedNominalTran" t
        join dbo."NLNominalAccount" a using ("NLNominalAccountID")
        union all
        select
            "AccountNumber", "AccountCostCentre", "AccountDepartment", "GoodsValueInBaseCurrency"
        from dbo."NLPendNominalTran"
        union all
        select
            "AccountNumber", "AccountCostCentre", "AccountDepartment", "GoodsValueInBaseCurrency"
        from dbo."NLDeferredNominalTran"
    )
    select account, cost_centre, department, sum(value)
    from entries
    group by 1, 2, 3
    having sum(value) <> 0
    order by 1, 2, 3
"""
_UNBALANCED = """
    select "UniqueReferenceNumber", sum("GoodsValueInBaseCurrency")
    from (
        select "UniqueReferenceNumber", "GoodsValueInBaseCurrency" from dbo."NLPostedNominalTran"
        union all
        select "UniqueReferenceNumber", "GoodsValueInBaseCurrency" from dbo."NLPendNominalTran"
        union all
        select "UniqueReferenceNumber", "GoodsValueInBaseCurrency" from dbo."NLDeferredNominalTran"
    ) t
    group by 1
    having sum("GoodsValueInBaseCurrency") <> 0
    order by 1
"""
_CONTROL = """
    select
        (select min("AccountNumber") from dbo."NLDefaultNominalAccount" where "Name" = %s),
        (select coalesce(sum("SalControlValueInBaseCurrency"), 0) from dbo."SLPostedCustomerTran")
"""
_VAT = """
    select x."OutputNominalAccount", coalesce(sum(t.vat), 0)
    from dbo."SYSTaxRate" x
    left join (
        select "SYSTaxRateID", sum("VatAmount") as vat from dbo."SYSTaxTran" group by 1
    ) t using ("SYSTaxRateID")
    where x."OutputNominalAccount" is not null
    group by 1
    order by 1
"""
_CUSTOMERS = """
    select a."CustomerAccountNumber", a."AccountBalance", coalesce(t.total, 0)
    from dbo."SLCustomerAccount" a
    left join (
        select "SLCustomerAccountID", sum("GoodsValueInAccountCurrency" + "TaxValue") as total
        from dbo."SLPostedCustomerTran" group by 1
    ) t using ("SLCustomerAccountID")
    where a."AccountBalance" <> coalesce(t.total, 0)
    order by 1
"""
_ALLOCATIONS = """
    select p."UniqueReferenceNumber", p."AllocatedValue", coalesce(t.total, 0)
    from dbo."SLPostedCustomerTran" p
    left join (
        select "SLPostedCustomerTranID", sum("AllocationValue") as total
        from dbo."SLAllocationTran" group by 1
    ) t using ("SLPostedCustomerTranID")
    where p."AllocatedValue" <> coalesce(t.total, 0)
    or abs(p."AllocatedValue") > abs(p."GoodsValueInAccountCurrency" + p."TaxValue")
    order by 1
"""
_SESSIONS = """
    select h."UniqueReferenceNumber", sum(t."AllocationValue")
    from dbo."SLAllocationHeader" h
    join dbo."SLAllocationTran" t using ("SLAllocationHeaderID")
    group by 1
    having sum(t."AllocationValue") <> 0
    order by 1
"""
_BANKS = """
    select b."AccountCode", b."CurrentBalanceInAccntCurrency", coalesce(sum(t."ChequeValue"), 0)
    from dbo."CBAccount" b
    left join dbo."CBPostedAccountTran" t using ("CBAccountID")
    group by b."CBAccountID"
    having b."CurrentBalanceInAccntCurrency" <> coalesce(sum(t."ChequeValue"), 0)
    order by 1
"""


@dataclass(frozen=True)
class AccountBalance:
    """A nominal account's balance in the base currency; debits are above zero."""

    nominal: Nominal
    balance: Decimal


@dataclass(frozen=True)
class TrialBalance:
    """The balances of the nominal ledger, and what does not add up.

    Attributes:
        accounts: Accounts with a balance, by number.
        problems: One sentence per difference; none when everything adds up.
    """

    accounts: tuple[AccountBalance, ...]
    problems: tuple[str, ...]

    @property
    def debits(self) -> Decimal:
        """Return the sum of the debit balances."""
        return sum((a.balance for a in self.accounts if a.balance > 0), _ZERO)

    @property
    def credits(self) -> Decimal:
        """Return the sum of the credit balances, above zero."""
        return -sum((a.balance for a in self.accounts if a.balance < 0), _ZERO)


def trial_balance(connection: psycopg.Connection) -> TrialBalance:
    """Add everything up: nominal ledger, sales ledger, VAT, allocations and banks."""
    rows = connection.execute(_BALANCES).fetchall()
    accounts = tuple(
        AccountBalance(Nominal(account, cost_centre or "", department or ""), balance)
        for account, cost_centre, department, balance in rows
    )
    by_number: dict[str, Decimal] = {}
    for row in accounts:
        number = row.nominal.account
        by_number[number] = by_number.get(number, _ZERO) + row.balance
    problems = [
        *_control_problems(connection, by_number),
        *(
            f"The nominal entries of URN {urn} differ by {value}."
            for urn, value in connection.execute(_UNBALANCED)
        ),
        *(
            f"Account '{account}' has the balance {balance}, its transactions add up to {total}."
            for account, balance, total in connection.execute(_CUSTOMERS)
        ),
        *(
            f"The transaction with URN {urn} has {value} allocated, its sessions add up to {total}."
            for urn, value, total in connection.execute(_ALLOCATIONS)
        ),
        *(
            f"The allocation session with URN {urn} differs by {value}."
            for urn, value in connection.execute(_SESSIONS)
        ),
        *(
            f"Bank '{bank}' has the balance {balance}, its transactions add up to {total}."
            for bank, balance, total in connection.execute(_BANKS)
        ),
    ]
    found = TrialBalance(accounts, tuple(problems))
    if found.debits != found.credits:
        text = f"Debits are {found.debits}, credits are {found.credits}."
        return TrialBalance(accounts, (text, *problems))
    return found


def _control_problems(connection: psycopg.Connection, by_number: dict[str, Decimal]) -> list[str]:
    problems = []
    control, ledger = connection.execute(_CONTROL, (DEBTORS_CONTROL,)).fetchone() or ("", _ZERO)
    balance = by_number.get(control or "", _ZERO)
    if balance != ledger:
        problems.append(f"Debtors control {control} is {balance}, the sales ledger {ledger}.")
    for account, vat in connection.execute(_VAT):
        owed = -by_number.get(account, _ZERO)
        if owed != vat:
            problems.append(f"VAT account {account} owes {owed}, the VAT transactions say {vat}.")
    return problems

"""Nominal accounts that postings go to: control accounts, VAT accounts, and their ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.sage200.ledger.entries import Nominal
from sandbox.sage200.refusal import Refusal

if TYPE_CHECKING:
    import psycopg

DEBTORS_CONTROL = "Debtors Control"
"""Name of the control account in NLDefaultNominalAccount; Sage's own spelling is in no source."""


def debtors_control(connection: psycopg.Connection) -> Nominal:
    """Return the account that every customer's balance is summed up in.

    Raises:
        Refusal: The company names none.
    """
    found = connection.execute(
        'select "AccountNumber" from dbo."NLDefaultNominalAccount" where "Name" = %s',
        (DEBTORS_CONTROL,),
    ).fetchone()
    if found is None:
        raise Refusal(
            "The company has no debtors control account. Name it in settings.csv "
            "(debtors_control_account) and make the company anew."
        )
    return Nominal(found[0])


def vat_account(
    connection: psycopg.Connection, tax_code_id: int, *, needed: bool
) -> Nominal | None:
    """Return the output account of a VAT code; nothing where it has none and none is needed.

    Raises:
        Refusal: There is no such VAT code, or it has no output account.
    """
    found = connection.execute(
        'select "Code", "OutputNominalAccount" from dbo."SYSTaxRate" where "SYSTaxRateID" = %s',
        (tax_code_id,),
    ).fetchone()
    if found is None:
        raise Refusal(f"There is no tax code {tax_code_id}.")
    if not found[1] and needed:
        raise Refusal(f"Tax code '{found[0]}' has no output nominal account to post VAT to.")
    return Nominal(found[1]) if found[1] else None


def nominal_id(connection: psycopg.Connection, nominal: Nominal) -> int:
    """Return the id of a nominal account, locked until the transaction ends.

    Raises:
        Refusal: There is no such account, or it is hidden.
    """
    found = connection.execute(
        'select "NLNominalAccountID", "SYSAccountStatusID" from dbo."NLNominalAccount"'
        ' where "AccountNumber" = %s and "AccountCostCentre" = %s and "AccountDepartment" = %s'
        " for update",
        nominal,
    ).fetchone()
    if found is None:
        raise Refusal(f"There is no nominal account '{nominal.text}'.")
    if found[1]:
        raise Refusal(f"Nominal account '{nominal.text}' is hidden.")
    account_id: int = found[0]
    return account_id

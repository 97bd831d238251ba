"""Currencies, countries, VAT codes, nominal accounts and periods of a company."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sandbox.sage200.seed import files
from sandbox.sage200.seed.csv_file import read_csv
from sandbox.sage200.seed.lookups import Lookup

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.sage200.seed.csv_file import CsvRow, Problems
    from sandbox.sage200.seed.rows import Rows

_MONTHS = 12
_POSTING_OPEN = 1
_POSTING_FUTURE = 2
_MODULES = ("Sales Ledger", "Purchase Ledger", "Nominal Ledger", "Cash Book", "Stock Control")


@dataclass(frozen=True)
class Finance:
    """What the other files refer to: codes and the ids they got."""

    base_currency: str = ""
    currencies: Lookup[str] = field(default_factory=lambda: Lookup("currencies.csv", "currency"))
    countries: Lookup[str] = field(default_factory=lambda: Lookup("countries.csv", "country"))
    tax_codes: Lookup[int] = field(default_factory=lambda: Lookup("tax_codes.csv", "VAT code"))
    nominals: Lookup[str] = field(
        default_factory=lambda: Lookup("nominal_accounts.csv", "nominal account")
    )

    @property
    def base_currency_id(self) -> int | None:
        """Return the id of the company's own currency."""
        return self.currencies.get(self.base_currency)


def add_finance(rows: Rows, folder: Path, problems: Problems, base_currency: str) -> Finance:
    """Add the rows of currencies, countries, VAT codes and nominal accounts."""
    finance = Finance(base_currency)
    given = read_csv(folder, "currencies.csv", files.CURRENCIES, problems)
    _add_currencies(rows, given, finance, base_currency)
    if finance.currencies.get(base_currency) is None:
        problems.add(
            f"company.csv names the base currency {base_currency!r}, which is not in "
            f"currencies.csv. Add it there with the rate 1."
        )
    for row in read_csv(folder, "countries.csv", files.COUNTRIES, problems):
        country_id = rows.add(
            "SYSCountryCode",
            {"Code": row.text("code"), "Name": row.text("name"), "EU": row.flag("eu_member")},
        )
        finance.countries.put(row, "code", row.text("code"), country_id)
    _add_nominals(
        rows, read_csv(folder, "nominal_accounts.csv", files.NOMINAL_ACCOUNTS, problems), finance
    )
    for row in read_csv(folder, "tax_codes.csv", files.TAX_CODES, problems):
        output = row.text("output_nominal_account")
        if output:
            finance.nominals.find(row, "output_nominal_account", output)
        tax_id = rows.add(
            "SYSTaxRate",
            {
                "Code": row.integer("code"),
                "Name": row.text("name"),
                "TaxRate": row.decimal("rate"),
                "IncludeInVatReturn": 1,
                "OutputNominalAccount": output or None,
            },
        )
        finance.tax_codes.put(row, "code", row.integer("code"), tax_id)
    if (folder / "banks.csv").exists():
        _add_banks(rows, read_csv(folder, "banks.csv", files.BANKS, problems), finance)
    return finance


def _add_banks(rows: Rows, given: list[CsvRow], finance: Finance) -> None:
    for row in given:
        nominal = row.text("nominal_account")
        finance.nominals.find(row, "nominal_account", nominal)
        rows.add(
            "CBAccount",
            {
                "AccountCode": row.text("code"),
                "AccountDescription": row.text("name"),
                "AccountName": row.text("name"),
                "AccountSYSCurrencyID": finance.currencies.find(
                    row, "currency", row.text("currency")
                ),
                "BankAccountNominalNumber": nominal,
                "BankAccountNominalCostCentre": "",
                "BankAccountNominalDepartment": "",
            },
        )


def _add_currencies(rows: Rows, given: list[CsvRow], finance: Finance, base_currency: str) -> None:
    for row in given:
        code, rate = row.text("code"), row.decimal("rate")
        if code == base_currency and rate != 1:
            row.refuse("rate", "the base currency must have the rate 1. Correct it.")
        if rate <= 0:
            row.refuse("rate", "a rate must be above 0. Give units of the currency per base unit.")
        iso_id = rows.add("SYSCurrencyISOCode", {"Code": code, "Name": row.text("name")})
        currency_id = rows.add(
            "SYSCurrency",
            {
                "SYSCurrencyISOCodeID": iso_id,
                "Name": row.text("name"),
                "Symbol": row.text("symbol"),
                "OneUnitBaseEquals": rate,
                "ThisIsBaseCurrency": code == base_currency,
                "ThisIsEuroCurrency": code == "EUR",
            },
        )
        finance.currencies.put(row, "code", code, currency_id)


def _add_nominals(rows: Rows, given: list[CsvRow], finance: Finance) -> None:
    for row in given:
        nominal_id = rows.add(
            "NLNominalAccount",
            {
                "AccountNumber": row.text("account"),
                "AccountCostCentre": row.text("cost_centre"),
                "AccountDepartment": row.text("department"),
                "AccountName": row.text("name"),
                "AllowJournalsToBePosted": 1,
                "PeriodsToKeepTransactions": 99,
            },
        )
        # files name an account by its number; cost centre and department make further ones of it
        if not row.text("cost_centre") and not row.text("department"):
            finance.nominals.put(row, "account", row.text("account"), nominal_id)


def add_periods(rows: Rows, first_day: date) -> None:
    """Add last, this and next financial year of twelve months, this year's and last's open."""
    modules = [rows.add("SYSModule", {"Name": name, "ShortName": name}) for name in _MODULES]
    for relative in (-1, 0, 1):
        start = first_day.replace(year=first_day.year + relative)
        year_id = rows.add(
            "SYSFinancialYear",
            {
                "FinancialYearStartDate": start,
                "YearRelativeToCurrentYear": relative,
                "NumberOfPeriodsInYear": _MONTHS,
            },
        )
        for number in range(_MONTHS):
            period_id = rows.add(
                "SYSAccountingPeriod",
                {
                    "SYSFinancialYearID": year_id,
                    "PeriodNumber": number + 1,
                    "StartDate": _month(start, number),
                    "EndDate": _month(start, number + 1) - timedelta(days=1),
                },
            )
            for module_id in modules:
                rows.add(
                    "SYSModuleAccountingPeriod",
                    {
                        "SYSAccountingPeriodID": period_id,
                        "SYSModuleID": module_id,
                        "SYSModulePostingStatusID": (
                            _POSTING_FUTURE if relative > 0 else _POSTING_OPEN
                        ),
                    },
                )


def _month(start: date, number: int) -> date:
    months = start.month - 1 + number
    return start.replace(year=start.year + months // _MONTHS, month=months % _MONTHS + 1, day=1)

"""VAT codes, currencies, countries, periods, nominal accounts and system settings."""

from __future__ import annotations

from sandbox.sage200.resources.source import Child, Link, Source, Words

SOURCES = {
    "tax_codes": Source(
        shape="tax_code", table="SYSTaxRate", fields={"is_notional_acquisition_tax": "0"}
    ),
    "country_codes": Source(
        shape="country_code", table="SYSCountryCode", fields={"eu_member": "EU"}
    ),
    "currencies": Source(
        shape="currency",
        table="SYSCurrency",
        fields={
            "core_currency_rate": "OneUnitBaseEquals",
            "euro_currency_rate": "OneEuroEquals",
            "is_base_currency": "ThisIsBaseCurrency",
            "is_euro_currency": "ThisIsEuroCurrency",
            "exchange_rate_type": Words("exchange_rate_types", "SYSExchangeRateTypeID"),
            "currency_iso_code_id": "SYSCurrencyISOCodeID",
        },
        links={"currency_iso_code": Link("currency_iso_codes", "currency_iso_code_id")},
    ),
    "currency_iso_codes": Source(shape="currency_iso_code", table="SYSCurrencyISOCode"),
    "financial_year_period_views": Source(
        shape="financial_year_period_view",
        table="SYSAccountingPeriod",
        fields={
            "financial_year_id": "SYSFinancialYearID",
            "financial_year_start_date": 'y."FinancialYearStartDate"',
            "financial_year_end_date": (
                "(y.\"FinancialYearStartDate\" + interval '1 year' - interval '1 day')"
            ),
            "year_relative_to_current_year": 'y."YearRelativeToCurrentYear"',
            "number_of_periods_in_year": 'y."NumberOfPeriodsInYear"',
            "accounting_period_id": "SYSAccountingPeriodID",
            "period_start_date": "StartDate",
            "period_end_date": "EndDate",
        },
        joins='join dbo."SYSFinancialYear" y using ("SYSFinancialYearID")',
        order='t."StartDate"',
        key="accounting_period_id",
    ),
    "nominal_codes": Source(
        shape="nominal_code",
        table="NLNominalAccount",
        fields={
            "name": "AccountName",
            "reference": "AccountNumber",
            "cost_centre_code": "AccountCostCentre",
            "department_code": "AccountDepartment",
            "cost_centre_id": 'nullif(t."NLCostCentreID", 0)',
            "department_id": 'nullif(t."NLDepartmentID", 0)',
            "report_category_id": "NLAccountReportCategoryID",
            "account_status_type": Words("account_status_types", "SYSAccountStatusID"),
            "balance_year_to_date": '(t."DebitYearToDate" - t."CreditYearToDate")',
            "debit_balance_year_to_date": "DebitYearToDate",
            "credit_balance_year_to_date": "CreditYearToDate",
            "allow_manual_journal_entries": "AllowJournalsToBePosted",
            "use_batch_postings": "PostBatchTotalsOnly",
        },
    ),
    "system_settings": Source(
        shape="system_settings",
        table="SYSSetting",
        fields={
            "next_urn": (
                '(select n."NextUniqueReferenceNumber"::text from dbo."SYSUniqueReferenceNumber" n)'
            ),
            "number_open_periods": "NumberOpenAccountPeriodsPermit",
            "update_nominal_online": "UpdateNominalImmediately",
            "use_cost_centre_breakdown": "SplitPostingBetweenCostCentres",
            "use_intrastat_reporting": "ProduceIntrastatDeclarations",
            "use_additional_trans_analysis": "AllowAdditionalTransAnalysis",
            "first_vat_return_date_defined": "FirstVatreturnDateDefined",
            "reverse_charge_minimum_value": "ReverseChargeMinimum",
        },
        children={
            "transaction_date_validation": Child("system_date_terms", "setting_id", many=False)
        },
    ),
    "system_date_terms": Source(
        shape="system_settings.transaction_date_validation",
        table="SYSTranDateValidationTerm",
        fields={
            "setting_id": 's."SYSSettingID"',
            **{
                f"{name}_classification": Words(
                    "transaction_date_validation_classifications", f"{column}ClassificationID"
                )
                for name, column in (
                    ("previous_year", "PreviousYear"),
                    ("future_year", "FutureYear"),
                    ("closed_period", "ClosedPeriod"),
                    ("future_period", "FuturePeriod"),
                )
            },
        },
        joins='cross join dbo."SYSSetting" s',
    ),
    "company_details": Source(
        shape="company_details",
        table="SYSCompany",
        fields={"name": "CompanyName"},
        children={"address": Child("company_address", "company_id", many=False)},
    ),
    "company_address": Source(
        shape="company_details.address",
        table="SYSCompanyLocation",
        fields={"company_id": "SYSCompanyID"},
    ),
    "analysis_code_mappings": Source(
        shape="analysis_code_mapping",
        table="AnalysisCodeMapping",
        fields={"slot": "SlotIndex", "is_read_only": "0"},
        children={"analysis_code": Child("analysis_codes", "mapping_id", many=False)},
    ),
    "analysis_codes": Source(
        shape="analysis_code",
        table="AnalysisCode",
        fields={"mapping_id": 'm."AnalysisCodeMappingID"'},
        joins='join dbo."AnalysisCodeMapping" m on m."AnalysisCodeID" = t."AnalysisCodeID"',
    ),
    "current_user_sop_user_permissions": Source(
        shape="sop_user_permission",
        table="SOPUserPermission",
        fields={
            "user_number": "SOPUserID",
            "user_name": "a.user_name",
            "full_order_warehouse_id": "a.full_order_warehouse_id",
        },
        joins='join stand_in.app_user a on a.user_number = t."SOPUserID"',
        links={"full_order_warehouse": Link("warehouses", "full_order_warehouse_id")},
    ),
    "users": Source(
        shape="user",
        table="SYSUser",
        fields={"id": "UserNumber", "name": "a.user_name"},
        joins='join stand_in.app_user a on a.user_number = t."UserNumber"',
    ),
}
SOURCES["sop_user_permissions"] = SOURCES["current_user_sop_user_permissions"]

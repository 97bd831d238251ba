-- Nominal accounts (number, cost centre, department) with their year's debits and credits.
-- Reads:  NLNominalAccount, NLAccountReportCategory.
-- Index:  the primary key of each: NLNominalAccount is walked from :after_key to :upto_key, the
--         others are sought by key. No index on OpLock is counted on; it filters rows reached.
-- Locks:  shared row locks, each given back as soon as its row is read; nothing is held between
--         statements. It ends at :batch_size rows or at :upto_key, which is moved so that a
--         statement takes about a quarter of a second.
select
  account."NLNominalAccountID" as nominal_account_id,
  account."AccountNumber" as account_number,
  account."AccountCostCentre" as cost_centre,
  account."AccountDepartment" as department,
  account."AccountName" as account_name,
  account."NLAccountTypeID" as account_type_id,
  account."NLAccountReportCategoryID" as report_category_id,
  category."Code" as report_category_code,
  account."DebitYearToDate" as debit_year_to_date,
  account."CreditYearToDate" as credit_year_to_date,
  account."BroughtForwardBalance" as brought_forward,
  account."AllowJournalsToBePosted" as allows_journals,
  account."SYSAccountStatusID" as account_status_id, -- optional
  account."DateTimeCreated" as created_at,
  account."DateTimeUpdated" as updated_at, -- optional
  account."OpLock" as op_lock
from {schema}."NLNominalAccount" as account
left join {schema}."NLAccountReportCategory" as category
  on category."NLAccountReportCategoryID" = account."NLAccountReportCategoryID"
where account."NLNominalAccountID" > :after_key
  and account."NLNominalAccountID" <= :upto_key
  and account."OpLock" > :after
  and account."OpLock" < :below
order by account."NLNominalAccountID"
offset 0 rows fetch next :batch_size rows only

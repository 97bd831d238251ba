-- Accounting periods with their year; the modules' states are read by period_states.sql.
-- Reads:  SYSAccountingPeriod, SYSFinancialYear (some hundreds of rows).
-- Index:  the primary key of each: SYSAccountingPeriod is walked from :after_key to :upto_key, the
--         others are sought by key. No index on OpLock is counted on; it filters rows reached.
-- Locks:  shared row locks, each given back as soon as its row is read; under a millisecond.
-- Watch:  the period, its year (a year end moves it) and its states, each by its own OpLock.
--         changed_rows.sql gathers what changed in the other two, and this statement is asked for
--         those keys instead of a window.
select
  period."SYSAccountingPeriodID" as accounting_period_id,
  period."SYSFinancialYearID" as financial_year_id,
  financial_year."FinancialYearStartDate" as financial_year_start,
  financial_year."YearRelativeToCurrentYear" as year_relative_to_current,
  period."PeriodNumber" as period_number,
  period."StartDate" as start_date,
  period."EndDate" as end_date,
  period."DateTimeCreated" as created_at,
  period."DateTimeUpdated" as updated_at, -- optional
  period."OpLock" as op_lock,
  financial_year."OpLock" as financial_year_op_lock
from {schema}."SYSAccountingPeriod" as period
join {schema}."SYSFinancialYear" as financial_year
  on financial_year."SYSFinancialYearID" = period."SYSFinancialYearID"
where period."SYSAccountingPeriodID" > :after_key
  and period."SYSAccountingPeriodID" <= :upto_key
  and period."OpLock" > :after
  and period."OpLock" < :below
order by period."SYSAccountingPeriodID"
offset 0 rows fetch next :batch_size rows only

-- Which sales ledger transaction was allocated for how much, and when.
-- Reads:  SLAllocationTran, SLAllocationHeader, SLCustomerAccount, SYSCurrency,
--         SYSCurrencyISOCode.
-- Index:  the primary key of each: SLAllocationTran is walked from :after_key to :upto_key, the
--         others are sought by key. No index on OpLock is counted on; it filters rows reached.
--         Watched rows: its foreign key SLAllocationHeaderID.
-- Locks:  shared row locks, each given back as soon as its row is read; nothing is held between
--         statements. It ends at :batch_size rows or at :upto_key, which is moved so that a
--         statement takes about a quarter of a second.
-- Watch:  the allocation and its session (date, completeness), each by its own OpLock.
--         changed_rows.sql gathers the changed sessions, and this statement is asked for those keys
--         instead of a window.
select
  allocation."SLAllocationTranID" as sales_ledger_allocation_id,
  allocation."SLAllocationHeaderID" as allocation_session_id,
  allocation."SLPostedCustomerTranID" as sales_ledger_transaction_id,
  session."SLCustomerAccountID" as customer_id,
  customer."CustomerAccountNumber" as account_number,
  iso_currency."Code" as currency_code,
  session."AllocationDate" as allocation_date,
  allocation."AllocationValue" as allocation_value,
  session."UniqueReferenceNumber" as urn,
  session."IsComplete" as is_complete,
  session."UserName" as user_name,
  allocation."DateTimeCreated" as created_at,
  allocation."DateTimeUpdated" as updated_at, -- optional
  allocation."OpLock" as op_lock,
  session."OpLock" as session_op_lock
from {schema}."SLAllocationTran" as allocation
join {schema}."SLAllocationHeader" as session
  on session."SLAllocationHeaderID" = allocation."SLAllocationHeaderID"
left join {schema}."SLCustomerAccount" as customer
  on customer."SLCustomerAccountID" = session."SLCustomerAccountID"
left join {schema}."SYSCurrency" as currency
  on currency."SYSCurrencyID" = customer."SYSCurrencyID"
left join {schema}."SYSCurrencyISOCode" as iso_currency
  on iso_currency."SYSCurrencyISOCodeID" = currency."SYSCurrencyISOCodeID"
where allocation."SLAllocationTranID" > :after_key
  and allocation."SLAllocationTranID" <= :upto_key
  and allocation."OpLock" > :after
  and allocation."OpLock" < :below
order by allocation."SLAllocationTranID"
offset 0 rows fetch next :batch_size rows only

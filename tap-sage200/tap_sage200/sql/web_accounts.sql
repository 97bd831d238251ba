-- The ids of the customer accounts named in the setting web_accounts.
-- Reads:  SLCustomerAccount.
-- Index:  its unique index on CustomerAccountNumber.
-- Locks:  shared row locks on the named accounts, each given back as soon as its row is read.
select
  customer."SLCustomerAccountID" as customer_id,
  customer."CustomerAccountNumber" as account_number
from {schema}."SLCustomerAccount" as customer
where customer."CustomerAccountNumber" in :account_numbers

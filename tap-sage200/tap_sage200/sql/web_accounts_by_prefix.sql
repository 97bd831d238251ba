-- How many customer accounts begin with an entry of web_accounts that ends in *; a wrong one has none.
-- Reads:  SLCustomerAccount.
-- Index:  its unique index on CustomerAccountNumber, from the pattern's first characters on.
-- Locks:  shared row locks on those accounts, each given back as soon as its row is read.
select count(*) as accounts
from {schema}."SLCustomerAccount" as customer
where customer."CustomerAccountNumber" like :account_prefix escape '~'

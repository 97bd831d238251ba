-- Straight from staging, document by document: each live order on a web account stands in one row of
-- the reconciliation, and the documents of a row come to its sum where they have one currency.
with

web_accounts as (

    select distinct lower(trim(account)) as account_key from {{ ref('stores') }}

),

staged as (

    select
        documents.document_no,
        documents.document_currency,
        round(documents.gross_document_currency, 2) as gross_document_currency
    from {{ ref('stg_sage200__sales_documents') }} as documents
    inner join web_accounts on lower(trim(documents.account_number)) = web_accounts.account_key
    where
        documents.document_type = 'order'
        and documents.document_status_id != 4
        and (
            {{ is_reconciled_since('documents.document_date') }}
            or documents.customer_document_no in (
                select increment_id from {{ ref('int_magento_orders') }}
            )
        )

),

reconciled as (

    select
        reconciliation.reconciliation_key,
        reconciliation.sage_currency,
        reconciliation.sage_gross_sage_currency,
        documents.document_no
    from {{ ref('reconciliation_orders') }} as reconciliation
    cross join
        lateral unnest(string_to_array(reconciliation.sage_document_nos, ', '))
            as documents (document_no)

),

not_once as (

    select staged.document_no as broken
    from staged
    left join reconciled on staged.document_no = reconciled.document_no
    group by staged.document_no
    having count(reconciled.document_no) != 1

),

other_sum as (

    select reconciled.reconciliation_key as broken
    from reconciled
    inner join staged on reconciled.document_no = staged.document_no
    where reconciled.sage_currency = staged.document_currency
    group by reconciled.reconciliation_key
    -- A row whose documents are on other accounts, too, is not wholly in staged.
    having
        sum(staged.gross_document_currency) != max(reconciled.sage_gross_sage_currency)
        and count(*) = (
            select count(*) from reconciled as all_documents
            where all_documents.reconciliation_key = reconciled.reconciliation_key
        )

)

select broken from not_once
union all
select broken from other_sum

-- Each live order on a web account, per currency, is in the reconciliation once.
with

staged as (

    select
        document_currency as currency,
        sum(round(gross_document_currency, 2)) as gross
    from {{ ref('stg_sage200__sales_documents') }}
    where
        document_type = 'order'
        and document_status_id != 4
        and account_number in (select account from {{ ref('stores') }})
    group by document_currency

),

reconciled as (

    select
        sage_currency as currency,
        sum(sage_gross_sage_currency) as gross
    from {{ ref('reconciliation_orders') }}
    where
        sage_currency != 'mixed'
        and sage_account_numbers in (select account from {{ ref('stores') }})
    group by sage_currency

)

select *
from staged
full outer join reconciled using (currency)
where
    staged.gross is distinct from reconciled.gross
    -- Documents of one order in several currencies or accounts have no row of one currency.
    and not exists (
        select 1
        from {{ ref('reconciliation_orders') }}
        where sage_currency = 'mixed' or sage_account_numbers like '%,%'
    )

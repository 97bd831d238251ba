with

web_accounts as (

    select distinct account as account_number from {{ ref('stores') }}
    {% for account in var('web_accounts') -%}
    union
    select '{{ account }}'
    {% endfor %}

),

documents as (

    select * from {{ ref('stg_sage200__sales_documents') }}
    where document_type in ('order', 'return')

),

outbox_orders as (

    select * from {{ ref('int_outbox_orders') }}

),

-- A customer of his own account may also order by phone, so such an account is looked at, but a
-- document there that no web order claims is nobody's drift.
posted_accounts as (

    select distinct documents.account_number
    from documents
    inner join outbox_orders on documents.sales_document_id = outbox_orders.sage_document_id

),

linked as (

    select
        documents.sales_document_id,
        documents.document_type,
        documents.document_no,
        documents.document_date,
        documents.account_number,
        documents.document_currency,
        documents.document_status_id = 1 as is_on_hold,
        documents.document_status_id = 4 as is_cancelled,
        web_accounts.account_number is not null as is_web_account,
        outbox_orders.sage_document_id is not null as is_known_to_outbox,
        coalesce(outbox_orders.magento_source, '{{ var("magento_source") }}') as magento_source,
        coalesce(outbox_orders.increment_id, documents.customer_document_no) as order_reference,
        round(documents.net_document_currency, 2)::numeric(19, 2) as net_document_currency,
        round(documents.tax_document_currency, 2)::numeric(19, 2) as tax_document_currency,
        round(documents.gross_document_currency, 2)::numeric(19, 2) as gross_document_currency,
        documents.created_at
    from documents
    left join outbox_orders on documents.sales_document_id = outbox_orders.sage_document_id
    left join web_accounts on documents.account_number = web_accounts.account_number
    left join posted_accounts on documents.account_number = posted_accounts.account_number
    where
        web_accounts.account_number is not null
        or posted_accounts.account_number is not null

)

select * from linked

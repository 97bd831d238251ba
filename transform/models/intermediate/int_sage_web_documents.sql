with

-- Sage does not tell upper from lower case in account numbers, and several store views may share one.
web_accounts as (

    select distinct lower(trim(account)) as account_key from {{ ref('stores') }}
    {% for account in var('web_accounts') -%}
    union
    select lower(trim('{{ account }}'))
    {% endfor %}

),

outbox_orders as (

    select * from {{ ref('int_outbox_orders') }}

),

-- An order went to Sage by one route; ids of the other route's documents mean something else.
sop_orders as (

    select * from outbox_orders
    where not is_ledger_invoice and sage_document_id is not null

),

ledger_orders as (

    select * from outbox_orders
    where is_ledger_invoice

),

sop_documents as (

    select
        *,
        lower(trim(account_number)) as account_key
    from {{ ref('stg_sage200__sales_documents') }}
    where document_type in ('order', 'return')

),

ledger_documents as (

    select
        *,
        lower(trim(account_number)) as account_key
    from {{ ref('stg_sage200__sales_ledger_transactions') }}
    where transaction_type in ('invoice', 'credit_note')

),

-- A customer of his own account may also order by phone, so such an account is looked at, but a
-- document there that no web order claims is nobody's drift.
posted_accounts as (

    select distinct sop_documents.account_key
    from sop_documents
    inner join sop_orders on sop_documents.sales_document_id = sop_orders.sage_document_id

),

ledger_accounts as (

    select account_key from web_accounts
    union
    select ledger_documents.account_key
    from ledger_documents
    inner join ledger_orders
        on ledger_documents.sales_ledger_transaction_id = ledger_orders.sage_document_id

),

sop_linked as (

    select
        'document:' || documents.sales_document_id as document_key,
        documents.sales_document_id,
        documents.document_type,
        documents.document_no,
        documents.document_date,
        documents.account_number,
        documents.document_currency,
        documents.document_status_id = 1 as is_on_hold,
        documents.document_status_id = 4 as is_cancelled,
        web_accounts.account_key is not null as is_web_account,
        sop_orders.sage_document_id is not null as is_known_to_outbox,
        coalesce(sop_orders.magento_source, '{{ magento_source() }}') as magento_source,
        coalesce(sop_orders.increment_id, documents.customer_document_no) as order_reference,
        documents.net_document_currency,
        documents.tax_document_currency,
        documents.gross_document_currency,
        documents.created_at
    from sop_documents as documents
    left join sop_orders on documents.sales_document_id = sop_orders.sage_document_id
    left join web_accounts on documents.account_key = web_accounts.account_key
    left join posted_accounts on documents.account_key = posted_accounts.account_key
    where web_accounts.account_key is not null or posted_accounts.account_key is not null

),

-- Every invoice printed for a sales order is in the ledger, too, so only those that bear the number
-- of an order posted there count; its credit notes bear the same number.
ledger_linked as (

    select distinct on (documents.sales_ledger_transaction_id)
        'ledger:' || documents.sales_ledger_transaction_id as document_key,
        null::bigint as sales_document_id,
        case documents.transaction_type when 'invoice' then 'order' else 'return' end
            as document_type,
        coalesce(documents.reference, documents.urn) as document_no,
        documents.transaction_date as document_date,
        documents.account_number,
        documents.account_currency as document_currency,
        false as is_on_hold,
        false as is_cancelled,
        web_accounts.account_key is not null as is_web_account,
        ledger_orders.sage_document_id is not distinct from documents.sales_ledger_transaction_id
            as is_known_to_outbox,
        ledger_orders.magento_source,
        ledger_orders.increment_id as order_reference,
        -- Releases differ in the sign of credits; the type tells what it is.
        abs(documents.net_account_currency) as net_document_currency,
        abs(documents.tax_account_currency) as tax_document_currency,
        abs(documents.gross_account_currency) as gross_document_currency,
        documents.created_at
    from ledger_documents as documents
    inner join ledger_accounts on documents.account_key = ledger_accounts.account_key
    inner join ledger_orders
        on
            documents.sales_ledger_transaction_id = ledger_orders.sage_document_id
            or documents.reference = ledger_orders.increment_id
    left join web_accounts on documents.account_key = web_accounts.account_key
    order by
        documents.sales_ledger_transaction_id asc,
        coalesce(documents.sales_ledger_transaction_id = ledger_orders.sage_document_id, false) desc,
        ledger_orders.magento_source asc

),

unioned as (

    select * from sop_linked
    union all
    select * from ledger_linked

),

final as (

    select
        document_key,
        sales_document_id,
        document_type,
        document_no,
        document_date,
        account_number,
        document_currency,
        is_on_hold,
        is_cancelled,
        is_web_account,
        is_known_to_outbox,
        magento_source,
        order_reference,
        round(net_document_currency, 2)::numeric(19, 2) as net_document_currency,
        round(tax_document_currency, 2)::numeric(19, 2) as tax_document_currency,
        round(gross_document_currency, 2)::numeric(19, 2) as gross_document_currency,
        created_at
    from unioned

)

select * from final

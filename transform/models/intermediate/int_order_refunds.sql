with

outbox_orders as (

    select * from {{ ref('int_outbox_orders') }}
    where magento_source = '{{ magento_source() }}'

),

running as (

    select
        *,
        sum(gross_order_currency) over (
            partition by order_id
            order by credit_memo_id
            rows between unbounded preceding and current row
        ) as running_gross_order_currency
    from {{ ref('stg_magento__credit_memos') }}
    where credit_memo_state_id is distinct from 3

),

-- What was refunded before the order was posted was left out of it, so nothing is to be credited:
-- the first credit memos, as far as they come to what was left out (within half a penny).
credit_memos as (

    select
        credit_memos.order_id,
        count(*) as credit_memo_count,
        string_agg(credit_memos.increment_id, ', ' order by credit_memos.credit_memo_id)
            as credit_memo_increment_ids,
        -- Each credit memo is a document of its own, so each is rounded, not their sum.
        sum(round(credit_memos.gross_order_currency, 2))::numeric(19, 2) as gross_order_currency,
        min(credit_memos.created_at) as first_created_at
    from running as credit_memos
    left join outbox_orders on credit_memos.order_id = outbox_orders.magento_order_id
    where
        outbox_orders.left_out_gross_order_currency is null
        or credit_memos.running_gross_order_currency
        >= outbox_orders.left_out_refunded_order_currency + 0.005
    group by credit_memos.order_id

),

refunded as (

    select
        orders.magento_source,
        orders.increment_id,
        orders.order_currency,
        credit_memos.credit_memo_count,
        credit_memos.credit_memo_increment_ids,
        credit_memos.first_created_at,
        credit_memos.gross_order_currency
    from credit_memos
    inner join {{ ref('int_magento_orders') }} as orders
        on
            credit_memos.order_id = orders.magento_order_id
            and orders.magento_source = '{{ magento_source() }}'

),

-- Credit notes entered by hand bear the order's number; one that bears none stands for itself.
sage_returns as (

    select
        magento_source,
        coalesce(order_reference, document_no) as reference,
        document_currency,
        bool_or(is_web_account) as is_web_account,
        string_agg(document_no, ', ' order by document_key) as document_nos,
        string_agg(distinct account_number, ', ') as account_numbers,
        min(created_at) as first_created_at,
        max(document_date) as last_document_date,
        sum(abs(gross_document_currency))::numeric(19, 2) as gross_document_currency
    from {{ ref('int_sage_web_documents') }}
    where document_type = 'return' and not is_cancelled
    group by magento_source, coalesce(order_reference, document_no), document_currency

),

final as (

    select
        coalesce(refunded.magento_source, sage_returns.magento_source) as magento_source,
        coalesce(refunded.increment_id, sage_returns.reference) as increment_id,
        coalesce(refunded.order_currency, sage_returns.document_currency) as order_currency,
        coalesce(refunded.credit_memo_count, 0) as credit_memo_count,
        refunded.credit_memo_increment_ids,
        sage_returns.document_nos as sage_document_nos,
        sage_returns.account_numbers as sage_account_numbers,
        coalesce(sage_returns.is_web_account, false) as is_on_web_account,
        coalesce(refunded.first_created_at, sage_returns.first_created_at) as first_created_at,
        sage_returns.last_document_date as last_sage_document_date,
        coalesce(refunded.gross_order_currency, 0)::numeric(19, 2) as refunded_gross_order_currency,
        coalesce(sage_returns.gross_document_currency, 0)::numeric(19, 2)
            as credited_in_sage_gross_order_currency
    from refunded
    full outer join sage_returns
        on
            refunded.magento_source = sage_returns.magento_source
            and refunded.increment_id = sage_returns.reference
            and refunded.order_currency = sage_returns.document_currency

)

select * from final

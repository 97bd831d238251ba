with

magento_orders as (

    select * from {{ ref('int_magento_orders') }}

),

sage_orders as (

    select * from {{ ref('int_sage_orders') }}

),

outbox_orders as (

    select * from {{ ref('int_outbox_orders') }}

),

store_views as (

    select * from {{ ref('stg_magento__store_views') }}

),

-- A read is stamped when its rows are written, and what it may hold was settled some time before.
last_sage_read as (

    select max(read_at) - interval '{{ var("read_margin_minutes") }} minutes' as read_at
    from {{ ref('stg_sage200__sales_documents') }}

),

last_ledger_read as (

    select max(read_at) - interval '{{ var("read_margin_minutes") }} minutes' as read_at
    from {{ ref('stg_sage200__sales_ledger_transactions') }}

),

-- One row per Magento order, whatever Sage and the outbox know of it.
orders as (

    select
        'order:' || magento_orders.magento_source || ':' || magento_orders.increment_id
            as reconciliation_key,
        magento_orders.magento_source,
        magento_orders.increment_id,
        magento_orders.magento_order_id,
        magento_orders.store_id,
        store_views.store_code,
        magento_orders.order_state,
        magento_orders.order_status,
        magento_orders.order_created_at as document_created_at,
        magento_orders.order_currency,
        magento_orders.net_order_currency as magento_net_order_currency,
        magento_orders.tax_order_currency as magento_tax_order_currency,
        magento_orders.gross_order_currency as magento_gross_order_currency,
        coalesce(sage_orders.live_count, 0) as sage_document_count,
        coalesce(sage_orders.cancelled_count, 0) as sage_cancelled_count,
        sage_orders.document_nos as sage_document_nos,
        sage_orders.account_numbers as sage_account_numbers,
        sage_orders.document_currency as sage_currency,
        sage_orders.net_document_currency as sage_net_sage_currency,
        sage_orders.tax_document_currency as sage_tax_sage_currency,
        sage_orders.gross_document_currency as sage_gross_sage_currency,
        coalesce(sage_orders.is_on_hold, false) as is_on_hold_in_sage,
        outbox_orders.outbox_state,
        outbox_orders.cause_code as outbox_cause,
        outbox_orders.error_text as outbox_error,
        outbox_orders.cancellation_state,
        case when outbox_orders.cancellation_state = 'in_doubt'
            then coalesce(outbox_orders.cancellation_cause, 'fate_unknown')
            else outbox_orders.cancellation_cause
        end as cancellation_cause,
        outbox_orders.cancellation_error,
        coalesce(outbox_orders.accepted_tax_difference_order_currency, 0)
            as accepted_tax_difference,
        coalesce(outbox_orders.accepted_gross_difference_order_currency, 0)
            as accepted_gross_difference,
        greatest(
            case when outbox_orders.is_ledger_invoice
                then last_ledger_read.read_at
                else last_sage_read.read_at
            end,
            {{ as_of() }} - interval '{{ var("read_back_hours") }} hours'
        ) as read_back_since,
        outbox_orders.posted_at,
        outbox_orders.cancellation_posted_at,
        coalesce(
            magento_orders.order_created_at
            > {{ as_of() }} - interval '{{ var("outbox_grace_minutes") }} minutes',
            false
        ) as is_within_grace
    from magento_orders
    left join sage_orders
        on
            magento_orders.magento_source = sage_orders.magento_source
            and magento_orders.increment_id = sage_orders.increment_id
    left join outbox_orders
        on
            magento_orders.magento_source = outbox_orders.magento_source
            and magento_orders.increment_id = outbox_orders.increment_id
    left join store_views on magento_orders.store_id = store_views.store_id
    cross join last_sage_read
    cross join last_ledger_read

),

-- The other direction: one row per live document on a web account that no Magento order claims.
documents_without_order as (

    select
        documents.document_key as reconciliation_key,
        documents.magento_source,
        documents.order_reference as increment_id,
        documents.document_no as sage_document_nos,
        documents.account_number as sage_account_numbers,
        documents.document_currency as sage_currency,
        documents.net_document_currency as sage_net_sage_currency,
        documents.tax_document_currency as sage_tax_sage_currency,
        documents.gross_document_currency as sage_gross_sage_currency,
        documents.is_on_hold as is_on_hold_in_sage,
        documents.created_at as document_created_at
    from {{ ref('int_sage_web_documents') }} as documents
    left join magento_orders
        on
            documents.magento_source = magento_orders.magento_source
            and documents.order_reference = magento_orders.increment_id
    where
        documents.document_type = 'order'
        and documents.is_web_account
        and not documents.is_cancelled
        and magento_orders.increment_id is null
        and {{ is_reconciled_since('documents.document_date') }}

),

compared as (

    select
        *,
        sage_currency = order_currency as is_same_currency,
        case when sage_currency = order_currency
            then sage_net_sage_currency - magento_net_order_currency
        end as net_difference_order_currency,
        case when sage_currency = order_currency
            then sage_tax_sage_currency - magento_tax_order_currency
        end as tax_difference_order_currency,
        case when sage_currency = order_currency
            then sage_gross_sage_currency - magento_gross_order_currency
        end as gross_difference_order_currency,
        coalesce(posted_at > read_back_since, false) as is_posted_after_sage_read,
        order_state is not distinct from 'canceled' as is_cancelled_in_magento,
        -- Cancelling in Sage is deleting the lines, and leaves an order of nothing.
        coalesce(
            sage_document_count > 0
            and sage_net_sage_currency = 0
            and sage_tax_sage_currency = 0
            and sage_gross_sage_currency = 0,
            false
        ) as is_emptied_in_sage,
        -- On its way to Sage, or there since Sage was read.
        coalesce(
            (cancellation_state in ('ready', 'in_flight') and cancellation_cause is null)
            or cancellation_posted_at > read_back_since,
            false
        ) as is_cancellation_under_way
    from orders

),

-- What both systems hold decides first, then a person's decision; the rest of the outbox only
-- explains why Sage holds nothing.
judged as (

    select
        *,
        case
            when
                sage_document_count = 1
                and not is_cancelled_in_magento
                and is_same_currency
                and net_difference_order_currency
                = accepted_gross_difference - accepted_tax_difference
                and tax_difference_order_currency = accepted_tax_difference
                and gross_difference_order_currency = accepted_gross_difference then 'matched'
            when outbox_state = 'ignored' then 'ignored'
            when is_cancelled_in_magento and is_emptied_in_sage then 'not_expected'
            when is_cancelled_in_magento and sage_document_count > 0 and cancellation_state = 'ignored'
                then 'ignored'
            when is_cancelled_in_magento and sage_document_count = 0 and outbox_state = 'posted'
                then 'not_expected'
            when outbox_state = 'waiting' and outbox_cause = 'before_start' then 'not_expected'
            when sage_document_count > 1 then 'duplicated_in_sage'
            when
                sage_document_count = 1
                and is_cancelled_in_magento
                and is_cancellation_under_way then 'waiting'
            when sage_document_count = 1 then 'differs'
            when sage_cancelled_count > 0 and order_state in ('canceled', 'closed')
                then 'not_expected'
            when outbox_state = 'superseded' then 'ignored'
            when outbox_state = 'waiting' and outbox_cause in {{ final_causes() }} then 'not_expected'
            when outbox_state in ('waiting', 'ready') then 'waiting'
            when outbox_state in ('in_doubt', 'in_flight') then 'in_doubt'
            when outbox_state = 'rejected' then 'rejected'
            when sage_cancelled_count > 0 then 'missing_in_sage'
            when outbox_state = 'posted' and is_posted_after_sage_read then 'waiting'
            when outbox_state is null and is_within_grace then 'waiting'
            else 'missing_in_sage'
        end as state
    from compared

),

explained as (

    select
        *,
        case
            when state = 'matched' then null
            when state = 'ignored' then outbox_cause
            when state = 'not_expected'
                then case when outbox_cause in {{ final_causes() }} then outbox_cause end
            when state = 'duplicated_in_sage' then 'duplicated_in_sage'
            when state = 'differs' and is_cancelled_in_magento
                then coalesce(cancellation_cause, 'cancelled_in_magento')
            -- What the outbox knows of the two documents says more than that they differ.
            when state = 'differs' and outbox_cause in {{ causes_of_a_difference() }} then outbox_cause
            when state = 'differs' and is_same_currency is not true then 'currency_differs'
            when state = 'differs' then 'amounts_differ'
            when state = 'in_doubt' then coalesce(outbox_cause, 'fate_unknown')
            when state = 'rejected' then coalesce(outbox_cause, 'refused_by_sage')
            when state = 'waiting' and cancellation_state in ('ready', 'in_flight')
                then 'ready_to_post'
            when state = 'waiting' and outbox_state = 'posted' then 'not_read_back_yet'
            when state = 'waiting' and outbox_state = 'ready'
                then coalesce(outbox_cause, 'ready_to_post')
            when state = 'waiting' then coalesce(outbox_cause, 'not_decided_yet')
            when sage_cancelled_count > 0 then 'cancelled_in_sage'
            when outbox_state is null then 'not_in_outbox'
            else 'missing_in_sage'
        end as cause,
        state = 'differs' and is_cancelled_in_magento and cancellation_cause is not null
            as is_explained_by_cancellation
    from judged

),

final as (

    select
        reconciliation_key,
        magento_source,
        increment_id,
        magento_order_id,
        store_id,
        store_code,
        order_state,
        order_status,
        document_created_at,
        order_currency,
        magento_net_order_currency,
        magento_tax_order_currency,
        magento_gross_order_currency,
        sage_document_count::bigint as sage_document_count,
        sage_document_nos,
        sage_account_numbers,
        sage_currency,
        sage_net_sage_currency::numeric(19, 2) as sage_net_sage_currency,
        sage_tax_sage_currency::numeric(19, 2) as sage_tax_sage_currency,
        sage_gross_sage_currency::numeric(19, 2) as sage_gross_sage_currency,
        net_difference_order_currency::numeric(19, 2) as net_difference_order_currency,
        tax_difference_order_currency::numeric(19, 2) as tax_difference_order_currency,
        gross_difference_order_currency::numeric(19, 2) as gross_difference_order_currency,
        is_on_hold_in_sage,
        outbox_state,
        case when is_explained_by_cancellation then cancellation_cause else outbox_cause end
            as outbox_cause,
        case when is_explained_by_cancellation then cancellation_error else outbox_error end
            as outbox_error,
        state,
        cause
    from explained

    union all

    select
        reconciliation_key,
        magento_source,
        increment_id,
        null as magento_order_id,
        null as store_id,
        null as store_code,
        null as order_state,
        null as order_status,
        document_created_at,
        null as order_currency,
        null::numeric(19, 2) as magento_net_order_currency,
        null::numeric(19, 2) as magento_tax_order_currency,
        null::numeric(19, 2) as magento_gross_order_currency,
        1 as sage_document_count,
        sage_document_nos,
        sage_account_numbers,
        sage_currency,
        sage_net_sage_currency,
        sage_tax_sage_currency,
        sage_gross_sage_currency,
        null::numeric(19, 2) as net_difference_order_currency,
        null::numeric(19, 2) as tax_difference_order_currency,
        null::numeric(19, 2) as gross_difference_order_currency,
        is_on_hold_in_sage,
        null as outbox_state,
        null as outbox_cause,
        null as outbox_error,
        'missing_in_magento' as state,
        'missing_in_magento' as cause
    from documents_without_order

)

select * from final

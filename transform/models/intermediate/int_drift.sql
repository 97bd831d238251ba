with

orders as (

    select * from {{ ref('reconciliation_orders') }}

),

refunds as (

    select * from {{ ref('int_order_refunds') }}

),

stock as (

    select * from {{ ref('reconciliation_stock') }}

),

held_back_stock as (

    select * from {{ ref('int_held_back_stock') }}

),

documents as (

    select * from {{ ref('int_outbox_documents') }}

),

late_reads as (

    select * from {{ ref('int_late_reads') }}

),

logins as (

    select * from {{ ref('int_expiring_logins') }}

),

order_drift as (

    select
        cause,
        'sales_order' as document_type,
        magento_source,
        reconciliation_key as drift_key,
        coalesce(increment_id, sage_document_nos) as reference,
        store_code,
        coalesce(order_currency, sage_currency) as currency,
        case
            when state = 'missing_in_magento' then sage_gross_sage_currency
            -- What would be lost or charged twice; a difference in VAT alone counts as well.
            when
                state in ('differs', 'duplicated_in_sage')
                and order_state is distinct from 'canceled'
                then
                    coalesce(
                        greatest(
                            abs(gross_difference_order_currency),
                            abs(net_difference_order_currency),
                            abs(tax_difference_order_currency)
                        ),
                        magento_gross_order_currency
                    )
            else magento_gross_order_currency
        end as amount_at_stake_gross,
        document_created_at,
        coalesce(
            case when outbox_cause = cause then outbox_error end,
            case
                when state in ('differs', 'duplicated_in_sage')
                    then
                        'Magento ' || order_currency || ' ' || magento_gross_order_currency
                        || ' of which VAT ' || magento_tax_order_currency
                        || '; Sage ' || sage_currency || ' ' || sage_gross_sage_currency
                        || ' of which VAT ' || sage_tax_sage_currency
                        || ' in ' || sage_document_nos || '.'
                when state = 'missing_in_magento'
                    then
                        'Sage document ' || sage_document_nos || ' on ' || sage_account_numbers
                        || ' over ' || sage_currency || ' ' || sage_gross_sage_currency
                        || coalesce(' bears the order number ' || increment_id, ' bears no order number')
                        || '.'
            end,
            outbox_error,
            'Magento ' || order_status || ' order over ' || order_currency || ' '
            || magento_gross_order_currency || '.'
        ) as detail
    from orders
    where state not in ('matched', 'ignored', 'not_expected')

),

-- Every other kind of document in the outbox, and what is amiss with an order although it is posted.
-- What the order's own row says already is not said twice, and what is settled is over.
document_drift as (

    select
        documents.cause,
        documents.document_kind as document_type,
        documents.magento_source,
        'outbox:' || documents.magento_source || ':' || documents.document_kind || ':'
        || documents.source_key as drift_key,
        documents.source_key as reference,
        orders.store_code,
        documents.order_currency as currency,
        documents.gross_order_currency as amount_at_stake_gross,
        documents.first_seen_at as document_created_at,
        coalesce(
            documents.error_text,
            'The ' || replace(documents.document_kind, '_', ' ') || ' is ' || documents.outbox_state || '.'
        ) as detail
    from documents
    left join orders
        on
            documents.magento_source = orders.magento_source
            and documents.group_key = orders.increment_id
            and orders.state != 'missing_in_magento'
    where
        not (
            documents.document_kind in ('sales_order', 'cancellation')
            and (
                documents.cause is not distinct from orders.cause
                or coalesce(orders.state in ('ignored', 'not_expected'), false)
            )
        )
        and not (
            documents.document_kind = 'sales_order'
            and (
                -- Equal figures settle what was about figures, goods that are gone the address.
                (
                    orders.state = 'matched'
                    and documents.cause in {{ causes_of_a_difference() }}
                )
                or (documents.cause = 'address_not_sent' and orders.order_state in ('complete', 'closed'))
            )
        )

),

held_in_sage as (

    select
        'held_in_sage' as cause,
        'sales_order' as document_type,
        magento_source,
        reconciliation_key as drift_key,
        increment_id as reference,
        store_code,
        order_currency as currency,
        magento_gross_order_currency as amount_at_stake_gross,
        document_created_at,
        'Sage document ' || sage_document_nos || ' on ' || sage_account_numbers || ' is on hold.'
            as detail
    from orders
    where state = 'matched' and is_on_hold_in_sage

),

-- A refund matters to Sage only where the order is there; a return in Sage always matters to Magento.
refund_drift as (

    select
        -- A fee may be larger than what was given back: then Magento's refund is below zero.
        case
            when
                refunds.credited_in_sage_gross_order_currency
                > greatest(refunds.refunded_gross_order_currency, 0)
                then 'return_not_in_magento'
            else 'refund_not_in_sage'
        end as cause,
        'credit_memo' as document_type,
        refunds.magento_source,
        'refund:' || refunds.magento_source || ':' || refunds.increment_id
        -- An order has one currency; Sage may have credited in another.
        || case when refunds.order_currency is distinct from orders.order_currency
            then ':' || coalesce(refunds.order_currency, '') else ''
        end as drift_key,
        refunds.increment_id as reference,
        orders.store_code,
        refunds.order_currency as currency,
        abs(
            refunds.refunded_gross_order_currency
            - refunds.credited_in_sage_gross_order_currency
        )::numeric(19, 2) as amount_at_stake_gross,
        refunds.first_created_at as document_created_at,
        case
            when refunds.credit_memo_count = 0 then 'Magento has refunded nothing'
            else
                refunds.credit_memo_count || ' credit memo(s) ' || refunds.credit_memo_increment_ids
                || ' refund ' || refunds.order_currency || ' '
                || refunds.refunded_gross_order_currency
        end
        || '; Sage has credited ' || refunds.order_currency || ' '
        || refunds.credited_in_sage_gross_order_currency
        || coalesce(
            ' in ' || refunds.sage_document_nos || ' on ' || refunds.sage_account_numbers, ''
        ) || '.' as detail
    from refunds
    left join orders
        on
            refunds.magento_source = orders.magento_source
            and refunds.increment_id = orders.increment_id
            and orders.state != 'missing_in_magento'
    where
        (
            refunds.refunded_gross_order_currency != refunds.credited_in_sage_gross_order_currency
            and refunds.credited_in_sage_gross_order_currency
            <= greatest(refunds.refunded_gross_order_currency, 0)
            and orders.state in ('matched', 'differs', 'duplicated_in_sage')
        )
        or (
            refunds.credited_in_sage_gross_order_currency
            > greatest(refunds.refunded_gross_order_currency, 0)
            and (orders.increment_id is not null or refunds.is_on_web_account)
            and orders.state is distinct from 'ignored'
            and orders.cause is distinct from 'before_start'
            and {{ is_reconciled_since('refunds.last_sage_document_date') }}
        )

),

-- A SKU that one side does not know is one exception, however many sources it has.
unknown_skus as (

    select
        cause,
        'stock' as document_type,
        '{{ magento_source() }}' as magento_source,
        'sku:' || lower(sku) as drift_key,
        min(sku) as reference,
        null as store_code,
        null as currency,
        null::numeric(19, 2) as amount_at_stake_gross,
        null::timestamptz as document_created_at,
        coalesce(
            min(publish_error),
            case cause
                when 'unknown_in_sage'
                    then
                        'Magento offers ' || trim_scale(coalesce(sum(magento_quantity), 0))
                        || ' at ' || string_agg(source_code, ', ' order by source_code) || '.'
                else
                    'Sage has ' || trim_scale(coalesce(sum(sage_free_quantity), 0))
                    || ' free for ' || string_agg(source_code, ', ' order by source_code) || '.'
            end
        ) as detail
    from stock
    where
        (cause = 'unknown_in_sage' and is_enabled_in_magento)
        or (cause = 'unknown_in_magento' and is_for_sale_in_sage and sage_free_quantity > 0)
    group by cause, lower(sku)

),

stock_drift as (

    select
        cause,
        'stock' as document_type,
        '{{ magento_source() }}' as magento_source,
        'stock:' || source_code || ':' || lower(sku) as drift_key,
        sku || ' at ' || source_code as reference,
        null as store_code,
        null as currency,
        null::numeric(19, 2) as amount_at_stake_gross,
        null::timestamptz as document_created_at,
        coalesce(
            publish_error,
            'Magento shows ' || coalesce(trim_scale(magento_quantity)::text, 'nothing')
            || ', published was ' || coalesce(trim_scale(published_quantity)::text, 'nothing')
            || ', Sage has ' || trim_scale(sage_free_quantity) || ' free and '
            || trim_scale(sage_allocated_to_web_quantity) || ' allocated to web orders.'
        ) as detail
    from stock
    where
        state not in ('matched', 'waiting', 'not_expected')
        and cause not in (
            'unknown_in_sage', 'unknown_in_magento', 'stock_guard_stopped', 'stock_stale'
        )

),

held_back_stock_drift as (

    select
        cause,
        'stock_run' as document_type,
        '{{ magento_source() }}' as magento_source,
        'stock_run' as drift_key,
        'stock-to-magento' as reference,
        null as store_code,
        null as currency,
        null::numeric(19, 2) as amount_at_stake_gross,
        first_checked_at as document_created_at,
        detail
    from held_back_stock

),

late_read_drift as (

    select
        'data_stale' as cause,
        'warehouse' as document_type,
        '{{ magento_source() }}' as magento_source,
        'read:' || read_system as drift_key,
        read_system as reference,
        null as store_code,
        null as currency,
        null::numeric(19, 2) as amount_at_stake_gross,
        read_at as document_created_at,
        detail
    from late_reads

),

login_drift as (

    select
        'sage_login_expiring' as cause,
        'login' as document_type,
        '{{ magento_source() }}' as magento_source,
        'login:' || site_id as drift_key,
        'Sage 200 site ' || site_id as reference,
        null as store_code,
        null as currency,
        null::numeric(19, 2) as amount_at_stake_gross,
        signed_in_at as document_created_at,
        detail
    from logins

),

unioned as (

    select * from order_drift
    union all
    select * from document_drift
    union all
    select * from held_in_sage
    union all
    select * from refund_drift
    union all
    select * from unknown_skus
    union all
    select * from stock_drift
    union all
    select * from held_back_stock_drift
    union all
    select * from late_read_drift
    union all
    select * from login_drift

),

final as (

    select
        md5(cause || '|' || document_type || '|' || drift_key) as exception_id,
        cause,
        document_type,
        magento_source,
        reference,
        store_code,
        currency,
        amount_at_stake_gross::numeric(19, 2) as amount_at_stake_gross,
        document_created_at,
        detail
    from unioned

)

select * from final

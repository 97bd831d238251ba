-- The outbox keeps the order as Magento gave it, so an order is known here even before the next
-- load of the warehouse brings its raw row.
with

outbox as (

    select * from {{ ref('stg_sync__outbox') }}

),

-- What became of an order's cancellation stands on a row of its own, one for each order.
cancellations as (

    select * from outbox
    where document_kind = 'cancellation'

),

accounts as (

    select * from outbox
    where document_kind = 'customer'

),

final as (

    select
        orders.magento_source,
        orders.source_key as increment_id,
        (orders.source_document ->> 'entity_id')::bigint as magento_order_id,
        (orders.source_document ->> 'store_id')::bigint as store_id,
        orders.source_document ->> 'state' as order_state,
        orders.source_document ->> 'status' as order_status,
        coalesce(orders.source_document ->> 'order_currency_code', orders.order_currency)
            as order_currency,
        coalesce((orders.source_document ->> 'grand_total')::numeric, orders.gross_order_currency)
            as gross_order_currency,
        (orders.source_document ->> 'tax_amount')::numeric as tax_order_currency,
        (orders.source_document ->> 'total_canceled')::numeric as canceled_gross_order_currency,
        (orders.source_document ->> 'tax_canceled')::numeric as canceled_tax_order_currency,
        -- Magento's stamps are UTC and name no zone.
        (orders.source_document ->> 'created_at')::timestamp at time zone 'UTC' as order_created_at,
        -- What was refunded before the order was posted is no part of its document; of a document
        -- that never went to Sage nothing was left out.
        case when orders.outbox_state in ('ready', 'in_flight', 'in_doubt', 'posted')
            then (orders.detail -> 'left_out' ->> 'gross')::numeric
        end as left_out_gross_order_currency,
        case when orders.outbox_state in ('ready', 'in_flight', 'in_doubt', 'posted')
            then (orders.detail -> 'left_out' ->> 'tax')::numeric
        end as left_out_tax_order_currency,
        (orders.detail -> 'left_out' ->> 'refunded')::numeric as left_out_refunded_order_currency,
        -- What tax_strategy lets Sage have more than Magento.
        coalesce((orders.detail -> 'accepted' ->> 'tax')::numeric, 0)
            as accepted_tax_difference_order_currency,
        coalesce((orders.detail -> 'accepted' ->> 'gross')::numeric, 0)
            as accepted_gross_difference_order_currency,
        orders.outbox_state,
        -- An order that waits for its customer's account waits for a person where Sage refused that.
        case
            when orders.cause_code = 'account_to_be_opened' and accounts.outbox_state = 'rejected'
                then 'account_refused'
            else orders.cause_code
        end as cause_code,
        case
            when orders.cause_code = 'account_to_be_opened' and accounts.outbox_state = 'rejected'
                then
                    'Account ' || accounts.source_key || ': '
                    || coalesce(accounts.error_text, accounts.cause_code, 'refused')
            else orders.error_text
        end as error_text,
        orders.sage_document_id,
        coalesce(orders.route = 'sales_invoices', false) as is_ledger_invoice,
        cancellations.outbox_state as cancellation_state,
        cancellations.cause_code as cancellation_cause,
        cancellations.error_text as cancellation_error,
        cancellations.posted_at as cancellation_posted_at,
        orders.first_seen_at,
        orders.posted_at
    from outbox as orders
    left join cancellations
        on
            orders.magento_source = cancellations.magento_source
            and orders.source_key = cancellations.source_key
    left join accounts
        on
            orders.magento_source = accounts.magento_source
            and orders.detail -> 'new_account' ->> 'reference' = accounts.source_key
    where orders.document_kind = 'sales_order'

)

select * from final

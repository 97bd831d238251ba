-- The outbox keeps the order as Magento gave it, so an order is known here even before the next
-- load of the warehouse brings its raw row.
select
    magento_source,
    source_key as increment_id,
    (source_document ->> 'entity_id')::bigint as magento_order_id,
    (source_document ->> 'store_id')::bigint as store_id,
    source_document ->> 'state' as order_state,
    source_document ->> 'status' as order_status,
    coalesce(source_document ->> 'order_currency_code', order_currency) as order_currency,
    coalesce((source_document ->> 'grand_total')::numeric, gross_order_currency)
        as gross_order_currency,
    (source_document ->> 'tax_amount')::numeric as tax_order_currency,
    (source_document ->> 'total_canceled')::numeric as canceled_gross_order_currency,
    (source_document ->> 'tax_canceled')::numeric as canceled_tax_order_currency,
    (source_document ->> 'created_at')::timestamptz as order_created_at,
    -- What was refunded before the order was posted is no part of its document; of a document that
    -- never went to Sage nothing was left out.
    case when outbox_state in ('ready', 'in_flight', 'in_doubt', 'posted')
        then (detail -> 'left_out' ->> 'gross')::numeric
    end as left_out_gross_order_currency,
    case when outbox_state in ('ready', 'in_flight', 'in_doubt', 'posted')
        then (detail -> 'left_out' ->> 'tax')::numeric
    end as left_out_tax_order_currency,
    (detail -> 'left_out' ->> 'refunded')::numeric as left_out_refunded_order_currency,
    -- What tax_strategy lets Sage have more than Magento.
    coalesce((detail -> 'accepted' ->> 'tax')::numeric, 0) as accepted_tax_difference_order_currency,
    coalesce((detail -> 'accepted' ->> 'gross')::numeric, 0)
        as accepted_gross_difference_order_currency,
    outbox_state,
    cause_code,
    error_text,
    sage_document_id,
    first_seen_at,
    posted_at
from {{ ref('stg_sync__outbox') }}
where document_kind = 'sales_order'

-- Straight from staging, round every model in between: no order lost, none doubled, per currency.
with

staged as (

    select
        orders.order_currency as currency,
        count(*) as order_count,
        sum(
            round(
                orders.gross_order_currency
                - case when orders.order_state = 'canceled' then 0
                    else coalesce(orders.canceled_gross_order_currency, 0)
                end,
                2
            ) - coalesce((queued.detail -> 'left_out' ->> 'gross')::numeric, 0)
        ) as gross
    from {{ ref('stg_magento__orders') }} as orders
    left join {{ ref('stg_sync__outbox') }} as queued
        on
            queued.document_kind = 'sales_order'
            and queued.magento_source = '{{ magento_source() }}'
            and orders.increment_id = queued.source_key
            and queued.outbox_state in ('ready', 'in_flight', 'in_doubt', 'posted')
    group by orders.order_currency

),

reconciled as (

    select
        order_currency as currency,
        count(*) as order_count,
        sum(magento_gross_order_currency) as gross
    from {{ ref('reconciliation_orders') }} as reconciliation
    where exists (
        select 1
        from {{ ref('stg_magento__orders') }} as orders
        where orders.increment_id = reconciliation.increment_id
    ) and reconciliation.order_currency is not null
    group by order_currency

)

select *
from staged
full outer join reconciled using (currency)
where
    staged.order_count is distinct from reconciled.order_count
    or staged.gross is distinct from reconciled.gross

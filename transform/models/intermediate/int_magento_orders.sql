with

raw_orders as (

    select
        '{{ magento_source() }}' as magento_source,
        increment_id,
        order_id as magento_order_id,
        store_id,
        order_state,
        order_status,
        order_currency,
        gross_order_currency,
        tax_order_currency,
        canceled_gross_order_currency,
        canceled_tax_order_currency,
        created_at as order_created_at
    from {{ ref('stg_magento__orders') }}

),

orders_not_loaded_yet as (

    select
        outbox_orders.magento_source,
        outbox_orders.increment_id,
        outbox_orders.magento_order_id,
        outbox_orders.store_id,
        outbox_orders.order_state,
        outbox_orders.order_status,
        outbox_orders.order_currency,
        outbox_orders.gross_order_currency,
        outbox_orders.tax_order_currency,
        outbox_orders.canceled_gross_order_currency,
        outbox_orders.canceled_tax_order_currency,
        outbox_orders.order_created_at
    from {{ ref('int_outbox_orders') }} as outbox_orders
    where not exists (
        select 1
        from raw_orders
        where
            raw_orders.magento_source = outbox_orders.magento_source
            and raw_orders.increment_id = outbox_orders.increment_id
    )

),

all_orders as (

    select * from raw_orders
    union all
    select * from orders_not_loaded_yet

),

-- What was cancelled before it was paid is owed by nobody, so it is no part of what Sage must show;
-- nor is what was refunded before the order was posted and left out of its document.
-- An order cancelled as a whole keeps what it was worth.
still_ordered as (

    select
        all_orders.magento_source,
        all_orders.increment_id,
        all_orders.magento_order_id,
        all_orders.store_id,
        all_orders.order_state,
        all_orders.order_status,
        all_orders.order_currency,
        all_orders.gross_order_currency
        - case when all_orders.order_state = 'canceled' then 0
            else coalesce(all_orders.canceled_gross_order_currency, 0)
        end as gross_order_currency,
        coalesce(all_orders.tax_order_currency, 0)
        - case when all_orders.order_state = 'canceled' then 0
            else coalesce(all_orders.canceled_tax_order_currency, 0)
        end as tax_order_currency,
        coalesce(outbox_orders.left_out_gross_order_currency, 0) as left_out_gross_order_currency,
        coalesce(outbox_orders.left_out_tax_order_currency, 0) as left_out_tax_order_currency,
        all_orders.order_created_at
    from all_orders
    left join {{ ref('int_outbox_orders') }} as outbox_orders
        on
            all_orders.magento_source = outbox_orders.magento_source
            and all_orders.increment_id = outbox_orders.increment_id

),

-- Magento keeps up to 4 decimals; gross and tax are rounded once, half away from zero, and net is
-- what is left, so that net + tax = gross to the penny.
rounded as (

    select
        magento_source,
        increment_id,
        magento_order_id,
        store_id,
        order_state,
        order_status,
        order_currency,
        (
            round(gross_order_currency, 2) - left_out_gross_order_currency
            - round(tax_order_currency, 2) + left_out_tax_order_currency
        )::numeric(19, 2) as net_order_currency,
        (round(tax_order_currency, 2) - left_out_tax_order_currency)::numeric(19, 2)
            as tax_order_currency,
        (round(gross_order_currency, 2) - left_out_gross_order_currency)::numeric(19, 2)
            as gross_order_currency,
        order_created_at
    from still_ordered

)

select * from rounded

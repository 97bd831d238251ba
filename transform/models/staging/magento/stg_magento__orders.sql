with

source as (

    select * from {{ source('tap_magento', 'orders') }}

),

renamed as (

    select
        entity_id as order_id,
        increment_id,
        store_id,
        customer_group_id,
        state as order_state,
        status as order_status,
        payment ->> 'method' as payment_method,
        order_currency_code as order_currency,
        base_currency_code as base_currency,
        grand_total::numeric as gross_order_currency,
        tax_amount::numeric as tax_order_currency,
        shipping_amount::numeric as shipping_net_order_currency,
        total_paid::numeric as paid_gross_order_currency,
        total_refunded::numeric as refunded_gross_order_currency,
        total_canceled::numeric as canceled_gross_order_currency,
        tax_canceled::numeric as canceled_tax_order_currency,
        base_grand_total::numeric as gross_base_currency,
        base_tax_amount::numeric as tax_base_currency,
        created_at at time zone 'UTC' as created_at,
        updated_at at time zone 'UTC' as updated_at,
        _sdc_extracted_at at time zone 'UTC' as read_at
    from source
    where _sdc_deleted_at is null

)

select * from renamed

with

source as (

    select * from {{ source('tap_magento', 'credit_memos') }}

),

renamed as (

    select
        entity_id as credit_memo_id,
        increment_id,
        order_id,
        invoice_id,
        store_id,
        state as credit_memo_state_id,
        order_currency_code as order_currency,
        grand_total::numeric as gross_order_currency,
        tax_amount::numeric as tax_order_currency,
        shipping_amount::numeric as shipping_net_order_currency,
        adjustment_positive::numeric as adjustment_refund_gross_order_currency,
        adjustment_negative::numeric as adjustment_fee_gross_order_currency,
        created_at at time zone 'UTC' as created_at,
        updated_at at time zone 'UTC' as updated_at,
        _sdc_extracted_at at time zone 'UTC' as read_at
    from source
    where _sdc_deleted_at is null

)

select * from renamed

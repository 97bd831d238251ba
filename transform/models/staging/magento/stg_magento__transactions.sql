with

source as (

    select * from {{ source('tap_magento', 'transactions') }}

),

renamed as (

    select
        transaction_id,
        order_id,
        payment_id,
        txn_type as transaction_type,
        txn_id as gateway_reference,
        parent_txn_id as parent_gateway_reference,
        is_closed::int = 1 as is_closed,
        created_at at time zone 'UTC' as created_at,
        _sdc_extracted_at at time zone 'UTC' as read_at
    from source
    where _sdc_deleted_at is null

)

select * from renamed

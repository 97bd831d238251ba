with

source as (

    select * from {{ source('tap_magento', 'shipments') }}

),

renamed as (

    select
        entity_id as shipment_id,
        increment_id,
        order_id,
        store_id,
        total_qty::numeric as total_quantity,
        created_at at time zone 'UTC' as created_at,
        updated_at at time zone 'UTC' as updated_at,
        _sdc_extracted_at at time zone 'UTC' as read_at
    from source
    where _sdc_deleted_at is null

)

select * from renamed

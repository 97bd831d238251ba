with

source as (

    select * from {{ source('tap_magento', 'products') }}

),

renamed as (

    select
        id as product_id,
        sku,
        name as product_name,
        type_id as product_type,
        status = 1 as is_enabled,
        created_at at time zone 'UTC' as created_at,
        updated_at at time zone 'UTC' as updated_at,
        _sdc_extracted_at at time zone 'UTC' as read_at
    from source
    where _sdc_deleted_at is null

)

select * from renamed

with

source as (

    select * from {{ source('tap_magento', 'store_views') }}

),

renamed as (

    select
        id as store_id,
        code as store_code,
        name as store_name,
        website_id,
        store_group_id,
        is_active::int = 1 as is_active,
        _sdc_extracted_at at time zone 'UTC' as read_at
    from source
    where _sdc_deleted_at is null

)

select * from renamed

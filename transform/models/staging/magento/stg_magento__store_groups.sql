with

source as (

    select * from {{ source('tap_magento', 'store_groups') }}

),

renamed as (

    select
        id as store_group_id,
        website_id,
        default_store_id,
        code as store_group_code,
        name as store_group_name,
        _sdc_extracted_at at time zone 'UTC' as read_at
    from source
    where _sdc_deleted_at is null

)

select * from renamed

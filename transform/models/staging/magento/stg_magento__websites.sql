with

source as (

    select * from {{ source('tap_magento', 'websites') }}

),

renamed as (

    select
        id as website_id,
        code as website_code,
        name as website_name,
        default_group_id as default_store_group_id,
        _sdc_extracted_at at time zone 'UTC' as read_at
    from source
    where _sdc_deleted_at is null

)

select * from renamed

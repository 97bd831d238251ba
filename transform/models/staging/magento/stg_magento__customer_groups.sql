with

source as (

    select * from {{ source('tap_magento', 'customer_groups') }}

),

renamed as (

    select
        id as customer_group_id,
        code as customer_group_code,
        tax_class_id,
        _sdc_extracted_at at time zone 'UTC' as read_at
    from source
    where _sdc_deleted_at is null

)

select * from renamed

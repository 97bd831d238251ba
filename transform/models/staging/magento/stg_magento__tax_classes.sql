with

source as (

    select * from {{ source('tap_magento', 'tax_classes') }}

),

renamed as (

    select
        class_id as tax_class_id,
        class_name as tax_class_name,
        class_type as tax_class_type,
        _sdc_extracted_at at time zone 'UTC' as read_at
    from source
    where _sdc_deleted_at is null

)

select * from renamed

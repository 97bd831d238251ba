with

source as (

    select * from {{ source('tap_sage200', 'warehouses') }}

),

renamed as (

    select
        warehouse_id,
        warehouse_name,
        use_for_sales_trading::int = 1 as is_for_sales,
        updated_at at time zone 'UTC' as updated_at,
        op_lock,
        _sdc_extracted_at at time zone 'UTC' as read_at
    from source
    where _sdc_deleted_at is null

)

select * from renamed

with

source as (

    select * from {{ source('tap_sage200', 'stock_items') }}

),

renamed as (

    select
        item_id as stock_item_id,
        item_code as stock_code,
        item_name as stock_item_name,
        is_active::int = 1 as is_active,
        allow_sales_order::int = 1 as is_allowed_on_sales_orders,
        tax_code_id,
        free_stock_quantity::numeric as free_stock_quantity,
        created_at at time zone 'UTC' as created_at,
        updated_at at time zone 'UTC' as updated_at,
        op_lock,
        _sdc_extracted_at at time zone 'UTC' as read_at
    from source
    where _sdc_deleted_at is null

)

select * from renamed

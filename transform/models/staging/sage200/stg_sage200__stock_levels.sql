with

source as (

    select * from {{ source('tap_sage200', 'stock_levels') }}

),

renamed as (

    select
        warehouse_item_id,
        item_id as stock_item_id,
        item_code as stock_code,
        warehouse_id,
        warehouse_name,
        use_for_sales_trading::int = 1 as is_for_sales,
        free_quantity::numeric as free_quantity,
        allocated_sop_quantity::numeric as allocated_sales_quantity,
        allocated_to_web_quantity::numeric as allocated_to_web_quantity,
        unallocated_web_demand_quantity::numeric as unallocated_web_demand_quantity,
        on_purchase_order_quantity::numeric as on_purchase_order_quantity,
        updated_at at time zone 'UTC' as updated_at,
        op_lock,
        _sdc_extracted_at at time zone 'UTC' as read_at
    from source
    where _sdc_deleted_at is null

)

select * from renamed

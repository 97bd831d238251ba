with

source as (

    select * from {{ source('tap_sage200', 'sales_document_lines') }}

),

renamed as (

    select
        sales_document_line_id,
        sales_document_id,
        print_sequence_number,
        line_type,
        item_code as stock_code,
        item_description as line_description,
        warehouse_name,
        tax_code,
        line_quantity::numeric as ordered_quantity,
        allocated_quantity::numeric as allocated_quantity,
        despatched_quantity::numeric as despatched_quantity,
        invoiced_quantity::numeric as invoiced_quantity,
        selling_unit_price::numeric as unit_price_net_document_currency,
        line_total::numeric as net_document_currency,
        line_tax::numeric as tax_document_currency,
        nominal_account,
        nominal_cost_centre,
        nominal_department,
        updated_at at time zone 'UTC' as updated_at,
        op_lock,
        _sdc_extracted_at at time zone 'UTC' as read_at
    from source
    where _sdc_deleted_at is null

)

select * from renamed

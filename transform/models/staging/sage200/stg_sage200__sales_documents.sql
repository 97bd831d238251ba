with

source as (

    select * from {{ source('tap_sage200', 'sales_documents') }}

),

renamed as (

    select
        sales_document_id,
        document_type,
        document_no,
        document_date::date as document_date,
        document_status_id,
        document_status,
        nullif(trim(customer_document_no), '') as customer_document_no,
        customer_id,
        account_number,
        currency_code as document_currency,
        exchange_rate::numeric as exchange_rate,
        total_net::numeric as net_document_currency,
        total_tax::numeric as tax_document_currency,
        total_gross::numeric as gross_document_currency,
        payment_value::numeric as paid_gross_document_currency,
        created_at at time zone 'UTC' as created_at,
        updated_at at time zone 'UTC' as updated_at,
        op_lock,
        _sdc_extracted_at at time zone 'UTC' as read_at
    from source
    where _sdc_deleted_at is null

)

select * from renamed

with

source as (

    select * from {{ source('tap_sage200', 'tax_codes') }}

),

renamed as (

    select
        tax_code_id,
        tax_code,
        tax_code_name,
        tax_rate_percent::numeric as rate_percent,
        updated_at at time zone 'UTC' as updated_at,
        op_lock,
        _sdc_extracted_at at time zone 'UTC' as read_at
    from source
    where _sdc_deleted_at is null

)

select * from renamed

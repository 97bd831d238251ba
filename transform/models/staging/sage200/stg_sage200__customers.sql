with

source as (

    select * from {{ source('tap_sage200', 'customers') }}

),

renamed as (

    select
        customer_id,
        account_number,
        account_name,
        currency_code as account_currency,
        account_balance::numeric as balance_gross_account_currency,
        is_on_hold::int = 1 as is_on_hold,
        updated_at at time zone 'UTC' as updated_at,
        op_lock,
        _sdc_extracted_at at time zone 'UTC' as read_at
    from source
    where _sdc_deleted_at is null

)

select * from renamed

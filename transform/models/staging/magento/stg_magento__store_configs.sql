with

source as (

    select * from {{ source('tap_magento', 'store_configs') }}

),

renamed as (

    select
        id as store_id,
        code as store_code,
        website_id,
        base_currency_code as base_currency,
        default_display_currency_code as display_currency,
        timezone as time_zone,
        _sdc_extracted_at at time zone 'UTC' as read_at
    from source
    where _sdc_deleted_at is null

)

select * from renamed

with

source as (

    select * from {{ source('tap_magento', 'tax_rates') }}

),

renamed as (

    select
        id as tax_rate_id,
        code as tax_rate_code,
        tax_country_id as country,
        region_name as region,
        tax_postcode as postcode,
        rate::numeric as rate_percent,
        _sdc_extracted_at at time zone 'UTC' as read_at
    from source
    where _sdc_deleted_at is null

)

select * from renamed

with

source as (

    select * from {{ source_or_empty(
        source('tap_magento', 'sources'),
        {
            'source_code': 'text',
            'name': 'text',
            'enabled': 'boolean',
            'country_id': 'text',
            '_sdc_extracted_at': 'timestamp',
            '_sdc_deleted_at': 'timestamp',
        },
    ) }}

),

renamed as (

    select
        source_code,
        name as source_name,
        enabled::int = 1 as is_enabled,
        country_id as country,
        _sdc_extracted_at at time zone 'UTC' as read_at
    from source
    where _sdc_deleted_at is null

)

select * from renamed

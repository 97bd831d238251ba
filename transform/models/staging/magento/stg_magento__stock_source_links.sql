with

source as (

    select * from {{ source_or_empty(
        source('tap_magento', 'stock_source_links'),
        {
            'stock_id': 'bigint',
            'source_code': 'text',
            'priority': 'bigint',
            '_sdc_extracted_at': 'timestamp',
            '_sdc_deleted_at': 'timestamp',
        },
    ) }}

),

renamed as (

    select
        stock_id,
        source_code,
        priority,
        _sdc_extracted_at at time zone 'UTC' as read_at
    from source
    where _sdc_deleted_at is null

)

select * from renamed

with

source as (

    select * from {{ source_or_empty(
        source('tap_magento', 'stocks'),
        {
            'stock_id': 'bigint',
            'name': 'text',
            '_sdc_extracted_at': 'timestamp',
            '_sdc_deleted_at': 'timestamp',
        },
    ) }}

),

renamed as (

    select
        stock_id,
        name as stock_name,
        _sdc_extracted_at at time zone 'UTC' as read_at
    from source
    where _sdc_deleted_at is null

)

select * from renamed

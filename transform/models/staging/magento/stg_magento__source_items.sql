with

source as (

    select * from {{ source_or_empty(
        source('tap_magento', 'source_items'),
        {
            'sku': 'text',
            'source_code': 'text',
            'quantity': 'numeric',
            'status': 'bigint',
            '_sdc_extracted_at': 'timestamp',
            '_sdc_deleted_at': 'timestamp',
        },
    ) }}

),

renamed as (

    select
        sku,
        source_code,
        quantity::numeric as quantity,
        status = 1 as is_in_stock,
        _sdc_extracted_at at time zone 'UTC' as read_at
    from source
    where _sdc_deleted_at is null

)

select * from renamed

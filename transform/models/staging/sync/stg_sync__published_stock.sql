with

source as (

    select * from {{ source_or_empty(
        source('sync', 'published_stock'),
        {
            'source_code': 'text',
            'sku': 'text',
            'quantity': 'numeric',
            'wanted_quantity': 'numeric',
            'sage_free': 'numeric',
            'allocated_to_web': 'numeric',
            'shipped_not_despatched': 'numeric',
            'buffer': 'numeric',
            'state': 'text',
            'cause': 'text',
            'error': 'text',
            'published_at': 'timestamptz',
            'checked_at': 'timestamptz',
        },
    ) }}

),

renamed as (

    select
        source_code,
        sku,
        quantity as published_quantity,
        wanted_quantity,
        sage_free as sage_free_quantity,
        allocated_to_web as sage_allocated_to_web_quantity,
        shipped_not_despatched as shipped_not_despatched_quantity,
        buffer as buffer_quantity,
        state as publish_state,
        cause as cause_code,
        error as error_text,
        published_at,
        checked_at
    from source

)

select * from renamed

with

source as (

    select * from {{ source_or_empty(
        source('sync', 'stock_run'),
        {
            'id': 'bigint',
            'started_at': 'timestamptz',
            'finished_at': 'timestamptz',
            'outcome': 'text',
            'different': 'integer',
            'published': 'integer',
            'stale': 'integer',
            'message': 'text',
        },
    ) }}

),

renamed as (

    select
        id as stock_run_id,
        started_at,
        finished_at,
        outcome as run_outcome,
        different as different_count,
        published as published_count,
        stale as stale_count,
        message as run_message
    from source

)

select * from renamed

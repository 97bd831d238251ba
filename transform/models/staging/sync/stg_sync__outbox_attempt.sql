with

source as (

    select * from {{ source('sync', 'outbox_attempt') }}

),

renamed as (

    select
        id as outbox_attempt_id,
        outbox_id,
        started_at,
        action,
        status_code as http_status,
        outcome,
        duration_ms
    from source

)

select * from renamed

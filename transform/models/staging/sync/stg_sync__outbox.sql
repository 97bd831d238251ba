with

source as (

    select * from {{ source('sync', 'outbox') }}

),

renamed as (

    select
        id as outbox_id,
        kind as document_kind,
        source as magento_source,
        source_key,
        group_key,
        route,
        state as outbox_state,
        cause as cause_code,
        error as error_text,
        amount as gross_order_currency,
        currency as order_currency,
        source_document,
        detail,
        attempts,
        due_at,
        sage_id as sage_document_id,
        sage_document_no,
        sage_net as sage_net_order_currency,
        sage_tax as sage_tax_order_currency,
        sage_gross as sage_gross_order_currency,
        first_seen_at,
        updated_at,
        posted_at
    from source

)

select * from renamed

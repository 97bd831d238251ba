with

source as (

    select * from {{ source_or_empty(
        source('sync', 'sage_login'),
        {
            'token_url': 'text',
            'client_id': 'text',
            'site_id': 'text',
            'signed_in_at': 'timestamptz',
            'renewed_at': 'timestamptz',
            'ends_at': 'timestamptz',
            'warning_days': 'integer',
        },
    ) }}

),

renamed as (

    select
        token_url,
        client_id,
        site_id,
        signed_in_at,
        renewed_at,
        ends_at,
        warning_days
    from source

)

select * from renamed

with

magento_reads as (

    select max(read_at) as read_at from {{ ref('stg_magento__store_views') }}
    union all
    select max(read_at) from {{ ref('stg_magento__orders') }}

),

-- Sage's rows are read when they changed, so on a quiet day the nightly comparison is the newest.
sage_reads as (

    select max(read_at) as read_at from {{ ref('stg_sage200__sales_documents') }}
    union all
    select max(read_at) from {{ ref('stg_sage200__stock_levels') }}
    union all
    select max(read_at) from {{ ref('stg_sage200__customers') }}

),

newest as (

    select
        'Magento' as read_system,
        max(read_at) as read_at
    from magento_reads
    union all
    select
        'Sage 200' as read_system,
        max(read_at) as read_at
    from sage_reads

),

final as (

    select
        read_system,
        read_at,
        coalesce(
            read_system || ' was last read on '
            || to_char(read_at at time zone 'utc', 'FMDD FMMonth YYYY HH24:MI') || ' UTC.',
            read_system || ' was never read.'
        ) as detail
    from newest
    where
        read_at is null
        or read_at < {{ as_of() }} - interval '{{ var("stale_after_hours") }} hours'

)

select * from final

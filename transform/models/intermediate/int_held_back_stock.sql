-- What stops a whole run of stock-to-magento is one thing to look at, however many SKUs it holds back.
with

stock as (

    select * from {{ ref('reconciliation_stock') }}
    where state != 'matched' and cause in ('stock_guard_stopped', 'stock_stale')

),

last_run as (

    select * from {{ ref('stg_sync__stock_run') }}
    where finished_at is not null
    order by stock_run_id desc
    limit 1

),

held_back as (

    select
        cause,
        count(distinct lower(sku)) as sku_count,
        string_agg(distinct source_code, ', ' order by source_code) as source_codes,
        min(checked_at) as first_checked_at,
        min(publish_error) as publish_error
    from stock
    group by cause

),

final as (

    select
        held_back.cause,
        held_back.sku_count,
        held_back.first_checked_at,
        held_back.sku_count || ' SKU(s) at ' || held_back.source_codes || ' are held back'
        || coalesce(
            '; the last run ended on '
            || to_char(last_run.finished_at at time zone 'utc', 'FMDD FMMonth YYYY HH24:MI') || ' UTC',
            ''
        )
        || '. ' || coalesce(held_back.publish_error, '') as detail
    from held_back
    left join last_run on true

)

select * from final

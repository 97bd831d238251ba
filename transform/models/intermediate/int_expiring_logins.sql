with

logins as (

    select * from {{ ref('stg_sync__sage_login') }}

),

-- The one that is in use: the row of an address or an application that was given up would
-- otherwise stand for ever. A login without a site is used by nobody.
used as (

    select distinct on (site_id) *
    from logins
    where site_id != ''
    order by site_id asc, renewed_at desc nulls last

),

final as (

    select
        site_id,
        signed_in_at,
        ends_at,
        'The login of ' || to_char(signed_in_at at time zone 'utc', 'FMDD FMMonth YYYY')
        || case when ends_at <= {{ as_of() }} then ' ended on ' else ' ends on ' end
        || to_char(ends_at at time zone 'utc', 'FMDD FMMonth YYYY') || '.' as detail
    from used
    where ends_at < {{ as_of() }} + make_interval(hours => 24 * warning_days)

)

select * from final

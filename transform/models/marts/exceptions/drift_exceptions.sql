{{ config(materialized='view') }}
with

open_drift as (

    select * from {{ ref('drift_exception_history') }}
    where closed_at is null

),

-- Where the warehouse is not loaded nothing is judged either, and only a view can still say so: all
-- that stood at the last build was seen then.
late_build as (

    select
        md5('data_stale|warehouse|build') as exception_id,
        'data_stale' as cause,
        'warehouse' as document_type,
        min(magento_source) as magento_source,
        'reconciliation' as reference,
        null as store_code,
        null as currency,
        null::numeric(19, 2) as amount_at_stake_gross,
        max(last_seen_at) as document_created_at,
        'What is here was last compared on '
        || to_char(max(last_seen_at) at time zone 'utc', 'FMDD FMMonth YYYY HH24:MI') || ' UTC.'
            as detail,
        max(last_seen_at) + interval '{{ var("stale_after_hours") }} hours' as first_seen_at,
        {{ as_of() }} as last_seen_at
    from open_drift
    having max(last_seen_at) < {{ as_of() }} - interval '{{ var("stale_after_hours") }} hours'

),

all_drift as (

    select
        exception_id,
        cause,
        document_type,
        magento_source,
        reference,
        store_code,
        currency,
        amount_at_stake_gross,
        document_created_at,
        detail,
        first_seen_at,
        last_seen_at
    from open_drift
    union all
    select * from late_build

),

causes as (

    select * from {{ ref('exception_causes') }}

),

final as (

    select
        all_drift.exception_id,
        all_drift.cause,
        coalesce(causes.title, 'Cause without a row in exception_causes.csv') as title,
        coalesce(causes.owner, 'operations') as owner,
        coalesce(causes.severity, 'high') as severity,
        case coalesce(causes.severity, 'high')
            when 'critical' then 1
            when 'high' then 2
            when 'medium' then 3
            else 4
        end as severity_rank,
        all_drift.document_type,
        all_drift.reference,
        all_drift.magento_source,
        all_drift.store_code,
        all_drift.currency,
        all_drift.amount_at_stake_gross,
        all_drift.document_created_at,
        extract(day from {{ as_of() }} - all_drift.document_created_at)::integer
            as document_age_days,
        all_drift.first_seen_at,
        all_drift.last_seen_at,
        extract(day from {{ as_of() }} - all_drift.first_seen_at)::integer as age_days,
        coalesce(causes.remedy, 'Add a row for ' || all_drift.cause || ' to mappings/exception_causes.csv.')
            as remedy,
        coalesce(causes.runbook, 'reconciliation.md') as runbook,
        all_drift.detail
    from all_drift
    left join causes on all_drift.cause = causes.code

)

select * from final

{{ config(materialized='view') }}
with

open_drift as (

    select * from {{ ref('drift_exception_history') }}
    where closed_at is null

),

causes as (

    select * from {{ ref('exception_causes') }}

),

final as (

    select
        open_drift.exception_id,
        open_drift.cause,
        coalesce(causes.title, 'Cause without a row in exception_causes.csv') as title,
        coalesce(causes.owner, 'operations') as owner,
        coalesce(causes.severity, 'high') as severity,
        case coalesce(causes.severity, 'high')
            when 'critical' then 1
            when 'high' then 2
            when 'medium' then 3
            else 4
        end as severity_rank,
        open_drift.document_type,
        open_drift.reference,
        open_drift.magento_source,
        open_drift.store_code,
        open_drift.currency,
        open_drift.amount_at_stake_gross,
        open_drift.document_created_at,
        open_drift.first_seen_at,
        open_drift.last_seen_at,
        extract(day from {{ as_of() }} - open_drift.first_seen_at)::integer as age_days,
        coalesce(causes.remedy, 'Add a row for ' || open_drift.cause || ' to mappings/exception_causes.csv.')
            as remedy,
        coalesce(causes.runbook, 'reconciliation.md') as runbook,
        open_drift.detail
    from open_drift
    left join causes on open_drift.cause = causes.code

)

select * from final

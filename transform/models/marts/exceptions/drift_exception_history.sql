{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['exception_id', 'first_seen_at'],
        on_schema_change='append_new_columns',
        full_refresh=false,
    )
}}
-- One row per time a drift stood. It is kept when the drift is gone, and a drift that comes back
-- is a new row. It can't be computed again, so dbt build --full-refresh leaves it alone.
with

drift as (

    select * from {{ ref('int_drift') }}

),

{% if is_incremental() %}

still_open as (

    select * from {{ this }}
    where closed_at is null

),

seen as (

    select
        drift.*,
        coalesce(still_open.first_seen_at, {{ as_of() }}) as first_seen_at,
        {{ as_of() }} as last_seen_at,
        null::timestamptz as closed_at
    from drift
    left join still_open on drift.exception_id = still_open.exception_id

),

gone as (

    select
        still_open.exception_id,
        still_open.cause,
        still_open.document_type,
        still_open.magento_source,
        still_open.reference,
        still_open.store_code,
        still_open.currency,
        still_open.amount_at_stake_gross,
        still_open.document_created_at,
        still_open.detail,
        still_open.first_seen_at,
        still_open.last_seen_at,
        {{ as_of() }} as closed_at
    from still_open
    left join drift on still_open.exception_id = drift.exception_id
    where drift.exception_id is null

),

{% else %}

seen as (

    select
        *,
        {{ as_of() }} as first_seen_at,
        {{ as_of() }} as last_seen_at,
        null::timestamptz as closed_at
    from drift

),

{% endif %}

final as (

    select * from seen
    {% if is_incremental() -%}
    union all
    select * from gone
    {%- endif %}

)

select * from final

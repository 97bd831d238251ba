-- What a person must look at in the outbox: what was refused or is of unknown fate, what is ready and
-- could not be sent, and what was posted and still has a cause. Orders that are not posted are not
-- among them, as reconciliation_orders tells those.
with

outbox as (

    select * from {{ ref('stg_sync__outbox') }}

),

final as (

    select
        magento_source,
        document_kind,
        source_key,
        coalesce(group_key, source_key) as group_key,
        outbox_state,
        case outbox_state
            when 'in_doubt' then coalesce(cause_code, 'fate_unknown')
            when 'rejected' then coalesce(cause_code, 'refused_by_sage')
            else cause_code
        end as cause,
        error_text,
        order_currency,
        abs(round(gross_order_currency, 2))::numeric(19, 2) as gross_order_currency,
        first_seen_at
    from outbox
    where
        (outbox_state = 'posted' and cause_code is not null)
        or (
            document_kind != 'sales_order'
            and (
                outbox_state in ('rejected', 'in_doubt')
                or (outbox_state = 'ready' and cause_code is not null)
            )
        )

)

select * from final

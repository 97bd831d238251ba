with

sage_stock as (

    select * from {{ ref('int_sage_stock') }}

),

magento_stock as (

    select * from {{ ref('int_magento_stock') }}

),

published as (

    select
        *,
        lower(sku) as sku_key
    from {{ ref('stg_sync__published_stock') }}

),

disabled_sources as (

    select source_code from {{ ref('stg_magento__sources') }}
    where not is_enabled

),

pairs as (

    select
        sku_key,
        source_code
    from sage_stock
    where is_held
    union
    select
        sku_key,
        source_code
    from magento_stock
    where is_assigned_to_source
    union
    select
        sku_key,
        source_code
    from published

),

compared as (

    select
        coalesce(magento_stock.sku, published.sku, sage_stock.sku) as sku,
        pairs.source_code,
        sage_stock.stock_code,
        sage_stock.is_for_sale as is_for_sale_in_sage,
        sage_stock.free_quantity as sage_free_quantity,
        sage_stock.allocated_to_web_quantity as sage_allocated_to_web_quantity,
        coalesce(published.buffer_quantity, sage_stock.buffer_quantity) as buffer_quantity,
        published.sage_free_quantity as sage_free_quantity_when_published,
        published.wanted_quantity,
        published.published_quantity,
        published.publish_state,
        published.published_at,
        published.checked_at,
        published.cause_code as publish_cause,
        published.error_text as publish_error,
        coalesce(magento_stock.is_enabled, false) as is_enabled_in_magento,
        magento_stock.quantity as magento_quantity,
        magento_stock.read_at as magento_read_at,
        magento_stock.quantity - published.published_quantity as difference_quantity,
        sage_stock.sku_key is not null as is_in_sage,
        magento_stock.sku_key is not null as is_in_magento,
        disabled_sources.source_code is not null as is_source_disabled,
        coalesce(
            published.sage_free_quantity != sage_stock.free_quantity
            and sage_stock.changed_at
            < {{ as_of() }} - interval '{{ var("stock_grace_hours") }} hours',
            false
        ) as is_not_followed,
        -- What Magento showed before the quantity was sent says nothing about it.
        coalesce(
            published.published_at
            > magento_stock.read_at - interval '{{ var("read_margin_minutes") }} minutes',
            false
        ) as is_published_after_magento_read
    from pairs
    left join sage_stock
        on pairs.sku_key = sage_stock.sku_key and pairs.source_code = sage_stock.source_code
    left join magento_stock
        on pairs.sku_key = magento_stock.sku_key and pairs.source_code = magento_stock.source_code
    left join published
        on pairs.sku_key = published.sku_key and pairs.source_code = published.source_code
    left join disabled_sources on pairs.source_code = disabled_sources.source_code

),

judged as (

    select
        *,
        case
            when publish_cause in {{ final_causes() }} then 'not_expected'
            when not is_in_magento then 'unknown_in_magento'
            when not is_in_sage then 'unknown_in_sage'
            -- Nothing to sell and nothing offered: nobody need publish that.
            when
                published_quantity is null
                and coalesce(magento_quantity, 0) = 0
                and sage_free_quantity + sage_allocated_to_web_quantity - buffer_quantity <= 0
                then 'matched'
            when published_quantity is null then 'not_published'
            when is_not_followed or publish_cause is not null then 'differs'
            when magento_quantity = published_quantity and wanted_quantity = published_quantity
                then 'matched'
            when is_published_after_magento_read and wanted_quantity = published_quantity
                then 'waiting'
            else 'differs'
        end as state
    from compared

),

final as (

    select
        md5(lower(sku) || '|' || source_code) as reconciliation_key,
        sku,
        source_code,
        stock_code,
        coalesce(is_for_sale_in_sage, false) as is_for_sale_in_sage,
        is_enabled_in_magento,
        sage_free_quantity::numeric(19, 4) as sage_free_quantity,
        sage_allocated_to_web_quantity::numeric(19, 4) as sage_allocated_to_web_quantity,
        buffer_quantity::numeric(19, 4) as buffer_quantity,
        sage_free_quantity_when_published::numeric(19, 4) as sage_free_quantity_when_published,
        wanted_quantity::numeric(19, 4) as wanted_quantity,
        published_quantity::numeric(19, 4) as published_quantity,
        publish_state,
        published_at,
        checked_at,
        magento_quantity::numeric(19, 4) as magento_quantity,
        magento_read_at,
        difference_quantity::numeric(19, 4) as difference_quantity,
        publish_error,
        state,
        case
            when state = 'matched' then null
            when publish_cause is not null then publish_cause
            when state in ('unknown_in_magento', 'unknown_in_sage') then state
            when is_source_disabled then 'source_disabled'
            when state = 'waiting' then 'not_read_back_yet'
            when state = 'not_published' or is_not_followed then 'stock_not_published'
            when wanted_quantity is distinct from published_quantity then 'stock_not_published'
            else 'stock_differs'
        end as cause
    from judged

)

select * from final

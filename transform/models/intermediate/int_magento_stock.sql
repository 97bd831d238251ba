with

mapped_sources as (

    select distinct magento_source as source_code from {{ ref('warehouses') }}

),

products as (

    select
        lower(sku) as sku_key,
        sku,
        is_enabled
    from {{ ref('stg_magento__products') }}
    -- Bundles and configurable products have no stock of their own.
    where product_type not in ('bundle', 'configurable', 'grouped')

),

source_items as (

    select
        lower(sku) as sku_key,
        source_code,
        quantity,
        read_at
    from {{ ref('stg_magento__source_items') }}

),

-- Magento stores rows for SKUs it does not know, so a source item alone is no product.
final as (

    select
        products.sku_key,
        products.sku,
        products.is_enabled,
        mapped_sources.source_code,
        source_items.quantity,
        source_items.read_at,
        source_items.sku_key is not null as is_assigned_to_source
    from products
    cross join mapped_sources
    left join source_items
        on
            products.sku_key = source_items.sku_key
            and mapped_sources.source_code = source_items.source_code

)

select * from final

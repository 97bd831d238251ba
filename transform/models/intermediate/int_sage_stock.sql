with

-- Rows with wildcards name what orders call a product (custom options make SKUs of their own), not
-- products that have stock.
sku_map as (

    select
        magento_sku,
        lower(magento_sku) as sku_key,
        lower(sage_code) as stock_code_key
    from {{ ref('skus') }}
    where magento_sku !~ '[*?[]'

),

items as (

    select
        stock_item_id,
        stock_code,
        lower(stock_code) as stock_code_key,
        is_active and is_allowed_on_sales_orders as is_for_sale
    from {{ ref('stg_sage200__stock_items') }}

),

-- Which SKUs sell an item: those that skus.csv names, else the one that bears its code, unless
-- skus.csv sends that one elsewhere. Neither system tells upper from lower case.
item_skus as (

    select
        items.stock_item_id,
        items.stock_code,
        items.is_for_sale,
        coalesce(named.magento_sku, items.stock_code) as sku
    from items
    left join sku_map as named on items.stock_code_key = named.stock_code_key
    left join sku_map as elsewhere on items.stock_code_key = elsewhere.sku_key
    where named.sku_key is not null or elsewhere.sku_key is null

),

sources as (

    select
        lower(sage_warehouse) as warehouse_key,
        magento_source as source_code,
        coalesce(buffer_quantity, 0) as buffer_quantity
    from {{ ref('warehouses') }}

),

holdings as (

    select
        levels.stock_item_id,
        sources.source_code,
        sum(levels.free_quantity) as free_quantity,
        sum(levels.allocated_to_web_quantity) as allocated_to_web_quantity,
        -- A nightly comparison reads all levels again, changed or not.
        max(coalesce(levels.updated_at, levels.read_at)) as changed_at
    from {{ ref('stg_sage200__stock_levels') }} as levels
    inner join sources on lower(levels.warehouse_name) = sources.warehouse_key
    group by levels.stock_item_id, sources.source_code

),

buffers as (

    select
        source_code,
        sum(buffer_quantity) as buffer_quantity
    from sources
    group by source_code

),

-- Every item at every source: an item that a warehouse never held has nothing there.
final as (

    select
        lower(item_skus.sku) as sku_key,
        item_skus.sku,
        buffers.source_code,
        item_skus.stock_code,
        item_skus.is_for_sale,
        holdings.stock_item_id is not null as is_held,
        coalesce(holdings.free_quantity, 0) as free_quantity,
        coalesce(holdings.allocated_to_web_quantity, 0) as allocated_to_web_quantity,
        buffers.buffer_quantity,
        holdings.changed_at
    from item_skus
    cross join buffers
    left join holdings
        on
            item_skus.stock_item_id = holdings.stock_item_id
            and buffers.source_code = holdings.source_code

)

select * from final

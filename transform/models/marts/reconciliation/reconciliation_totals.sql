{%- set order_states = [
    'matched', 'differs', 'duplicated_in_sage', 'waiting', 'rejected', 'in_doubt',
    'missing_in_sage', 'ignored', 'not_expected',
] -%}
with

reconciled as (

    select * from {{ ref('reconciliation_orders') }}

),

-- Money is added up per store and currency only; a document without an order has no store.
final as (

    select
        magento_source,
        coalesce(
            store_code,
            case when state = 'missing_in_magento' then 'no_order' else 'unknown_store' end
        ) as store_code,
        coalesce(order_currency, sage_currency) as currency,
        count(*) filter (where state != 'missing_in_magento') as order_count,
        coalesce(sum(magento_net_order_currency), 0)::numeric(19, 2) as magento_net,
        coalesce(sum(magento_tax_order_currency), 0)::numeric(19, 2) as magento_tax,
        coalesce(sum(magento_gross_order_currency), 0)::numeric(19, 2) as magento_gross,
        {% for state in order_states -%}
        count(*) filter (where state = '{{ state }}') as {{ state }}_count,
        coalesce(sum(magento_gross_order_currency) filter (where state = '{{ state }}'), 0)::numeric(19, 2)
            as {{ state }}_magento_gross,
        {% endfor -%}
        count(*) filter (where state = 'missing_in_magento') as missing_in_magento_count,
        coalesce(sum(sage_gross_sage_currency) filter (where state = 'missing_in_magento'), 0)::numeric(19, 2)
            as missing_in_magento_sage_gross,
        coalesce(
            sum(sage_net_sage_currency) filter (where sage_currency = coalesce(order_currency, sage_currency)), 0
        )::numeric(19, 2) as sage_net,
        coalesce(
            sum(sage_tax_sage_currency) filter (where sage_currency = coalesce(order_currency, sage_currency)), 0
        )::numeric(19, 2) as sage_tax,
        coalesce(
            sum(sage_gross_sage_currency) filter (where sage_currency = coalesce(order_currency, sage_currency)), 0
        )::numeric(19, 2) as sage_gross,
        coalesce(sum(gross_difference_order_currency), 0)::numeric(19, 2) as gross_difference,
        count(*) filter (where sage_currency != order_currency) as other_currency_count
    from reconciled
    group by 1, 2, 3

)

select * from final

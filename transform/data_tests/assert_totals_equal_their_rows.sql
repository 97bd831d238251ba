-- What the totals say of Magento and of Sage is what the rows say, per currency.
with

totals as (

    select
        currency,
        sum(magento_gross) as magento_gross,
        sum(sage_gross) as sage_gross
    from {{ ref('reconciliation_totals') }}
    group by currency

),

magento_rows as (

    select
        order_currency as currency,
        sum(magento_gross_order_currency) as magento_gross
    from {{ ref('reconciliation_orders') }}
    group by order_currency

),

sage_rows as (

    select
        sage_currency as currency,
        sum(sage_gross_sage_currency) as sage_gross
    from {{ ref('reconciliation_orders') }}
    where sage_currency = coalesce(order_currency, sage_currency)
    group by sage_currency

)

select
    totals.currency,
    totals.magento_gross,
    magento_rows.magento_gross as magento_gross_of_rows,
    totals.sage_gross,
    sage_rows.sage_gross as sage_gross_of_rows
from totals
left join magento_rows on totals.currency = magento_rows.currency
left join sage_rows on totals.currency = sage_rows.currency
where
    totals.magento_gross != coalesce(magento_rows.magento_gross, 0)
    or totals.sage_gross != coalesce(sage_rows.sage_gross, 0)

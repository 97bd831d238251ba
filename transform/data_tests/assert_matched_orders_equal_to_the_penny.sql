-- A matched order differs in nothing but what tax_strategy lets Sage have more than Magento.
with

matched as (

    select
        reconciliation.*,
        coalesce(queued.accepted_tax_difference_order_currency, 0) as accepted_tax,
        coalesce(queued.accepted_gross_difference_order_currency, 0) as accepted_gross
    from {{ ref('reconciliation_orders') }} as reconciliation
    left join {{ ref('int_outbox_orders') }} as queued
        on
            reconciliation.magento_source = queued.magento_source
            and reconciliation.increment_id = queued.increment_id
    where reconciliation.state = 'matched'

)

select *
from matched
where
    sage_document_count != 1
    or sage_currency is distinct from order_currency
    or magento_net_order_currency + accepted_gross - accepted_tax
    is distinct from sage_net_sage_currency
    or magento_tax_order_currency + accepted_tax is distinct from sage_tax_sage_currency
    or magento_gross_order_currency + accepted_gross is distinct from sage_gross_sage_currency

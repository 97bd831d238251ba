-- A matched order differs in nothing.
select *
from {{ ref('reconciliation_orders') }}
where
    state = 'matched'
    and (
        sage_document_count != 1
        or sage_currency is distinct from order_currency
        or magento_net_order_currency is distinct from sage_net_sage_currency
        or magento_tax_order_currency is distinct from sage_tax_sage_currency
        or magento_gross_order_currency is distinct from sage_gross_sage_currency
    )

-- Nothing that is not as it should be stays unsaid.
select reconciliation.*
from {{ ref('reconciliation_orders') }} as reconciliation
left join {{ ref('drift_exceptions') }} as exceptions
    on
        exceptions.document_type = 'sales_order'
        and reconciliation.cause = exceptions.cause
        and coalesce(reconciliation.increment_id, reconciliation.sage_document_nos)
        = exceptions.reference
where
    reconciliation.state not in ('matched', 'ignored', 'not_expected')
    and exceptions.exception_id is null

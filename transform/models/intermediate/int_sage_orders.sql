with

documents as (

    select * from {{ ref('int_sage_web_documents') }}
    where document_type = 'order'

),

-- A cancelled document holds no money; it only tells why the order is not in Sage any more.
aggregated as (

    select
        magento_source,
        order_reference as increment_id,
        count(*) filter (where not is_cancelled) as live_count,
        count(*) filter (where is_cancelled) as cancelled_count,
        string_agg(document_no, ', ' order by sales_document_id, document_key) filter (where not is_cancelled)
            as document_nos,
        string_agg(distinct account_number, ', ') as account_numbers,
        -- More than one currency cannot be added up; 'mixed' equals no order currency.
        case
            when count(distinct document_currency) filter (where not is_cancelled) > 1 then 'mixed'
            else min(document_currency) filter (where not is_cancelled)
        end as document_currency,
        (sum(net_document_currency) filter (where not is_cancelled))::numeric(19, 2)
            as net_document_currency,
        (sum(tax_document_currency) filter (where not is_cancelled))::numeric(19, 2)
            as tax_document_currency,
        (sum(gross_document_currency) filter (where not is_cancelled))::numeric(19, 2)
            as gross_document_currency,
        bool_or(is_on_hold) as is_on_hold
    from documents
    where order_reference is not null
    group by magento_source, order_reference

)

select * from aggregated

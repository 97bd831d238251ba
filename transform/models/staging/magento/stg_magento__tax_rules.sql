with

source as (

    select * from {{ source('tap_magento', 'tax_rules') }}

),

renamed as (

    select
        id as tax_rule_id,
        code as tax_rule_code,
        priority,
        to_jsonb(customer_tax_class_ids) as customer_tax_class_ids,
        to_jsonb(product_tax_class_ids) as product_tax_class_ids,
        to_jsonb(tax_rate_ids) as tax_rate_ids,
        _sdc_extracted_at at time zone 'UTC' as read_at
    from source
    where _sdc_deleted_at is null

)

select * from renamed
